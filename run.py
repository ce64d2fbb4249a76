#!/usr/bin/env python3
"""Starts Afterglow with nothing but Python: makes its environment on first use, then hands over to newsletter.cli.

`python3 run.py COMMAND` for everything; `python3 run.py test` is the whole gate. The standard library only.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
LOCKS = {"run": ROOT / "requirements.txt", "test": ROOT / "requirements-test.txt"}
GATE = [
    ["-m", "ruff", "check", "."],
    ["-m", "ruff", "format", "--check", "."],
    ["-m", "mypy"],
    ["-c", "from importlinter.cli import lint_imports_command as lint; lint()"],
    ["-m", "pytest"],
]


def main(arguments: list[str]) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 -- whoever runs this may have an older Python
        stop(f"Afterglow needs Python 3.11 or newer; this is {sys.version.split()[0]}.", "Install a newer Python.")
    testing = arguments[:1] == ["test"]
    if not has_packages(testing):
        prepare("test" if testing else "run")
        return hand_over([str(ROOT / "run.py"), *arguments])
    if testing:
        return run_gate(arguments[1:])
    from newsletter.cli import main as command

    return command(arguments)


def has_packages(testing: bool) -> bool:
    """Whether this very Python can go on: it is our environment, or one that somebody else has filled."""
    if Path(sys.prefix) == ENVIRONMENT:
        return is_ready("test" if testing else "run")
    return sys.prefix != sys.base_prefix and all(map(is_installed, locked_versions("test" if testing else "run")))


def is_installed(name: str) -> bool:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False


def locked_versions(kind: str) -> list[str]:
    """The packages that the lock names for every platform; those for one platform only carry a marker."""
    lines = LOCKS[kind].read_text(encoding="utf-8").splitlines()
    return [found[1] for line in lines if (found := re.match(r"([A-Za-z0-9._-]+)(?:\[.*\])?==[^ ;]+ \\$", line))]


def prepare(kind: str) -> None:
    """Makes .venv and installs the lock into it, unless that was done; what was downloaded before is used again."""
    if is_ready(kind):
        return
    try:
        ENVIRONMENT.mkdir(exist_ok=True)
    except OSError as error:
        stop(f"{ENVIRONMENT} cannot be made: {error.strerror}.", "Give yourself write permission on this folder.")
    with only_one():
        if is_ready(kind):
            return
        if not PYTHON.exists():
            say("Making the environment in .venv (once) ...")
            make_environment()
        install(kind)
        stamp(kind).write_text(fingerprint(kind), encoding="utf-8")


def make_environment() -> None:
    try:
        import ensurepip  # noqa: F401 -- Debian ships venv without it
        import venv
    except ImportError:
        stop(
            "This Python cannot make environments (venv or pip is missing).",
            "On Debian or Ubuntu run: sudo apt install python3-venv. Elsewhere install Python from python.org.",
        )
    try:
        venv.create(ENVIRONMENT, with_pip=True)
    except (OSError, subprocess.CalledProcessError) as error:
        stop(f"The environment could not be made: {error}.", "Free some space, remove .venv and try again.")


def install(kind: str) -> None:
    """pip with the hashed lock, its many lines shown as one that moves."""
    total = LOCKS[kind].read_text(encoding="utf-8").count("==")
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    command += ["--require-hashes", "-r", str(LOCKS[kind])]
    output: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        done = 0
        for line in pip.stdout or ():
            output.append(line)
            if found := re.match(r"(?:Collecting|Requirement already satisfied:) ([A-Za-z0-9._-]+)", line):
                done += 1
                show_progress(done, total, found[1])
            elif line.startswith("Installing collected"):
                show_progress(total, total, "writing to disk")
    show_progress(None, total, "")
    if pip.returncode:
        stop(explanation("".join(output)), "What was downloaded is kept: run the same command again.")


def explanation(output: str) -> str:
    if re.search(r"Temporary failure|Connection|timed out|Max retries|NewConnectionError|getaddrinfo", output):
        return "The package registry did not answer. Check the internet connection (or your pip settings)."
    if "No space left" in output:
        return "The disk is full. Free about 600 MB."
    return "The packages could not be installed:\n" + "\n".join(output.splitlines()[-8:])


def show_progress(done: int | None, total: int, name: str) -> None:
    if sys.stderr.isatty():
        line = "" if done is None else f"  installing {min(done, total)} of about {total}: {name}"
        sys.stderr.write(f"\r{line:<70}" + ("\r" if done is None else ""))
    elif done is not None and done % 20 == 1:
        sys.stderr.write(f"  installing {min(done, total)} of about {total} ...\n")
    sys.stderr.flush()


def is_ready(kind: str) -> bool:
    """The test environment holds everything that running needs."""
    kinds = ["test"] if kind == "test" else ["run", "test"]
    return PYTHON.exists() and any(stamped(each) == fingerprint(each) for each in kinds)


def stamped(kind: str) -> str:
    try:
        return stamp(kind).read_text(encoding="utf-8")
    except OSError:
        return ""


def stamp(kind: str) -> Path:
    return ENVIRONMENT / f"afterglow-{kind}.stamp"


def fingerprint(kind: str) -> str:
    """Changes when the lock does, and when the folder was moved (an environment keeps absolute paths)."""
    return hashlib.sha256(LOCKS[kind].read_bytes() + str(ROOT).encode()).hexdigest()


@contextmanager
def only_one() -> Iterator[None]:
    """One process at a time fills the environment; a second one waits for it."""
    with (ENVIRONMENT / "afterglow.lock").open("w") as lock:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def hand_over(arguments: list[str]) -> int:
    """Goes on in the environment's Python: in this process where the system can, else in a child."""
    command = [str(PYTHON), *arguments]
    if sys.platform != "win32":  # Windows would return to the prompt before the new process is done
        os.execv(command[0], command)  # noqa: S606 -- our own Python
    return subprocess.call(command)


def run_gate(extra: list[str]) -> int:
    """Everything that must hold, cheapest first; stops at the first that does not."""
    for arguments in GATE:
        more = extra if arguments[-1] == "pytest" else []
        say("\n$ python " + " ".join([*arguments, *more]))
        if code := subprocess.call([sys.executable, *arguments, *more], cwd=ROOT):
            return code
    return 0


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def stop(message: str, remedy: str) -> NoReturn:
    say(f"{message}\n{remedy}")
    raise SystemExit(1)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
