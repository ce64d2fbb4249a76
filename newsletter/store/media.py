"""The media folder of a home: pictures by the hash of their bytes, written whole or not at all."""

import re
from pathlib import Path

from newsletter.errors import StoreError

FOLDER = "media"
NAME = re.compile(r"[0-9a-f]{32}\.(?:jpg|png)")
TYPES = {".jpg": "image/jpeg", ".png": "image/png"}


def keep(home: Path, name: str, data: bytes) -> None:
    """Writes a picture under its name; one that is there already is the same. Raises StoreError on a full disk."""
    file = home / FOLDER / name
    if file.exists():
        return
    unfinished = file.with_suffix(".new")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished.write_bytes(data)
        unfinished.replace(file)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise StoreError(f"The picture {file} cannot be written: {error.strerror}.", "Check the disk.") from error


def find(home: Path, name: str) -> Path | None:
    """The file of a picture; None for a name that is none of ours, or is not there."""
    file = home / FOLDER / name
    return file if NAME.fullmatch(name) and file.is_file() else None
