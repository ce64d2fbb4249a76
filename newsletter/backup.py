"""Backups: the store, its key and the settings as one verified file, and back into a new home.

A backup is a zip of its parts and a manifest that holds the SHA-256 of each. It appears under its name only when it has
been read again and found whole.
"""

import zipfile
import zlib
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from newsletter.app import KEY_FILE, STORE_FILE
from newsletter.config import SETTINGS_FILE

_PARTS = (SETTINGS_FILE, KEY_FILE, STORE_FILE)  # the store comes last: a home is one only when it is complete
_MANIFEST = "manifest.json"
_LONGEST_MANIFEST = 1_000_000  # bytes
_CHUNK = 1 << 20
_OUTSIDE = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, NotImplementedError, RuntimeError)
_ELSEWHERE = "Use the tools of PostgreSQL: pg_dump and pg_restore; say “hold” there before a worker starts."


class Part(BaseModel):
    """One file of a backup."""

    model_config = ConfigDict(frozen=True, strict=True)

    bytes: int = Field(ge=0)
    sha256: str


class Manifest(BaseModel):
    """What a backup says of itself. `counts` are the rows of each table."""

    model_config = ConfigDict(frozen=True)

    format: int = Field(default=1, ge=1, le=1)
    made_at: datetime
    store_id: str
    schema_version: str
    counts: dict[str, int]
    parts: dict[str, Part]
