"""The last resort: what went wrong inside Afterglow itself goes into a file, for whoever mends it."""

import traceback
from pathlib import Path
from tempfile import NamedTemporaryFile


def keep(error: Exception) -> Path:
    """Writes the trace to a new file that only this user can read, and returns its place."""
    with NamedTemporaryFile("w", prefix="afterglow-fault-", suffix=".txt", delete=False, encoding="utf-8") as file:
        traceback.print_exception(error, file=file)
    return Path(file.name)
