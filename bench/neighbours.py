"""The packages of projects that we are measured against: fetched on first use, and kept apart from ours."""

import hashlib
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

_LOCK = Path(__file__).with_name("requirements.txt")
_PIP = ("-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet", "--no-deps", "--require-hashes")


class UnavailableError(Exception):
    """They could not be fetched; says what to do."""


def packages() -> Path:
    """The folder that holds them, for PYTHONPATH; a changed lock makes a new one. Raises UnavailableError."""
    folder = Path(sys.prefix) / f"neighbours-{hashlib.sha256(_LOCK.read_bytes()).hexdigest()[:12]}"
    if not folder.exists():
        try:
            with TemporaryDirectory(dir=folder.parent, prefix="neighbours-unfinished-") as unfinished:
                _install(Path(unfinished, "packages")).rename(folder)
        except OSError as error:
            raise UnavailableError(f"{folder} cannot be made: {error.strerror}.") from error
    return folder


def _install(folder: Path) -> Path:
    command = [sys.executable, *_PIP, "--target", str(folder), "-r", str(_LOCK)]
    pip = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    if pip.returncode:
        said = pip.stderr.strip().splitlines() or ["pip failed."]
        raise UnavailableError(f"{said[-1]}\nCheck the internet connection (or pip's settings), then try again.")
    return folder
