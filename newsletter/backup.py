"""Backups: the store, its key, the settings and the pictures as one verified file, and back into a new home.

A backup is a zip of its parts and a manifest that holds the SHA-256 of each. It appears under its name only when it has
been read again and found whole.
"""

import hashlib
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from filelock import FileLock
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from newsletter.app import KEY_FILE, STORE_FILE, make_home
from newsletter.config import SETTINGS_FILE, Settings
from newsletter.context import App
from newsletter.errors import InputError, RefusedError
from newsletter.store import media
from newsletter.store.backup import check_file, copy_file, ready_for_another_home
from newsletter.store.database import HEAD

_PARTS = (SETTINGS_FILE, KEY_FILE, STORE_FILE)  # the store comes last: without it, restoring can begin anew
_MANIFEST = "manifest.json"
_LONGEST_MANIFEST = 10_000_000  # bytes
_CHUNK = 1 << 20
_DAMAGE = (  # what zipfile raises for a file that is no zip, or no whole one
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    KeyError,
    ValueError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
    OSError,
)
_FOR_POSTGRESQL = "Use pg_dump and pg_restore; after restoring, say “hold” before a worker starts."


class Part(BaseModel):
    """One file of a backup."""

    model_config = ConfigDict(frozen=True, strict=True)

    bytes: int = Field(ge=0)
    sha256: str


class Manifest(BaseModel):
    """What a backup says of itself. `counts` are the rows of each table."""

    model_config = ConfigDict(frozen=True)

    format: int = Field(default=1, ge=1, le=1)
    made_at: AwareDatetime
    store_id: str
    schema_version: str
    counts: dict[str, int]
    parts: dict[str, Part]


def require_store(settings: Settings) -> None:
    """Raises RefusedError where a home has no store yet: opening it would make one, and an empty backup."""
    if settings.database_url is None and not (settings.home / STORE_FILE).exists():
        raise RefusedError(f"There is no store in {settings.home}.", "Name its home with --home.")


def back_up(app: App, file: Path, now: datetime) -> Manifest:
    """Writes a backup while others may go on working. `file` is there when it is whole, or not at all.

    Raises RefusedError where it cannot be made or would overwrite something, StoreError where the store is damaged.
    """
    if not app.database.is_sqlite:
        raise RefusedError("This store is on PostgreSQL, which has backups of its own.", _FOR_POSTGRESQL)
    if file.exists():
        raise RefusedError(f"There is a file {file} already.", "Choose another name, such as one with the date.")
    if not file.absolute().parent.is_dir():
        raise InputError(f"There is no folder {file.absolute().parent}.", "Make it first, or choose another place.")
    with TemporaryDirectory(prefix=f"{file.name}.unfinished-", dir=file.absolute().parent) as name:
        folder = Path(name)  # which only this user can read
        copy_file(app.database, folder / STORE_FILE)
        manifest = _describe(app, folder, now)
        unfinished = folder / "backup.zip"
        _pack(unfinished, manifest, _sources(app.settings.home, folder))
        verify(unfinished)
        unfinished.replace(file)
    return manifest


def verify(file: Path) -> Manifest:
    """Reads a whole backup. Raises InputError where it is none, or a part is not what was kept."""
    with _opened(file) as archive:
        manifest = _manifest(archive, file)
        for name, part in manifest.parts.items():
            for _ in _content(archive, file, name, part):
                pass
    return manifest


def restore(settings: Settings, file: Path, now: datetime) -> Manifest:
    """Puts a backup into a home without a store. The restored store holds its mail (newsletter.store.meta).

    Raises InputError for a damaged backup, RefusedError where something would be overwritten; then no store is made.
    """
    if settings.database_url is not None:
        raise RefusedError("The store of this home is elsewhere: AFTERGLOW_DATABASE_URL is set.", _FOR_POSTGRESQL)
    home, manifest = settings.home, verify(file)
    if KEY_FILE not in manifest.parts and settings.secret_key is None:
        raise RefusedError(
            f"{file} holds no secret key: its store was given one.", "Set AFTERGLOW_SECRET_KEY to that very key."
        )
    make_home(home)
    with FileLock(home / ".lock"), TemporaryDirectory(prefix=".restoring-", dir=home) as name:
        _refuse_overwriting(home, manifest)
        folder = Path(name)
        _unpack(file, manifest, folder)
        check_file(folder / STORE_FILE)
        ready_for_another_home(folder / STORE_FILE, _reason(manifest), now)
        (home / media.FOLDER).mkdir(mode=0o700, exist_ok=True)
        for part in (*filter(_is_picture, manifest.parts), *_PARTS):
            if part in manifest.parts:
                (folder / part).replace(home / part)
    return manifest


def _reason(manifest: Manifest) -> str:
    made = manifest.made_at.astimezone(UTC)
    return (
        f"this store was restored from a backup of {made:%d %B %Y at %H:%M} UTC, "
        "and what left after that moment still waits here and would go out twice"
    )


def _refuse_overwriting(home: Path, manifest: Manifest) -> None:
    if list(home.glob(f"{STORE_FILE}*")):  # its log alone, too: SQLite would play it into the restored store
        raise RefusedError(f"{home} has a store already.", "Restore into a new home: restore FILE --home DIR")
    for name, part in manifest.parts.items():
        there = home / name
        if there.exists() and hashlib.sha256(there.read_bytes()).hexdigest() != part.sha256:
            raise RefusedError(f"{there} is there, and another one than in the backup.", "Restore into a new home.")


def _describe(app: App, folder: Path, now: datetime) -> Manifest:
    counts = check_file(folder / STORE_FILE)
    sources = _sources(app.settings.home, folder)
    return Manifest(
        made_at=now,
        store_id=app.store_id,
        schema_version=HEAD,
        counts=counts,
        parts={name: _part(source) for name, source in sources.items()},
    )


def _sources(home: Path, folder: Path) -> dict[str, Path]:
    """Where each part is found: the store's copy in `folder`, what else there is in the home."""
    places = {name: home / name for name in _PARTS} | {STORE_FILE: folder / STORE_FILE}
    pictures = {f"{media.FOLDER}/{file.name}": file for file in sorted((home / media.FOLDER).glob("*.*"))}
    places |= {name: file for name, file in pictures.items() if _is_picture(name)}
    return {name: place for name, place in places.items() if place.exists()}


def _is_picture(name: str) -> bool:
    """Whether a part is a picture of the media folder, named by its hash."""
    folder, _, file = name.partition("/")
    return folder == media.FOLDER and media.NAME.fullmatch(file) is not None


def _part(source: Path) -> Part:
    with source.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Part(bytes=source.stat().st_size, sha256=digest)


def _pack(file: Path, manifest: Manifest, sources: dict[str, Path]) -> None:
    """Durable before it gets its name; only this user can read it, for the key is in it."""
    file.touch(mode=0o600)
    with file.open("wb") as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
            archive.writestr(_MANIFEST, manifest.model_dump_json(indent=2))
            for name, source in sources.items():
                archive.write(source, name)
        stream.flush()
        os.fsync(stream.fileno())


def _unpack(file: Path, manifest: Manifest, folder: Path) -> None:
    with _opened(file) as archive:
        for name, part in manifest.parts.items():
            place = folder / name
            place.parent.mkdir(exist_ok=True)
            place.touch(mode=0o600 if name == KEY_FILE else 0o666)
            with place.open("wb") as stream:
                for chunk in _content(archive, file, name, part):
                    stream.write(chunk)
                stream.flush()
                os.fsync(stream.fileno())


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    with file.open("rb") as stream:
        with _in_plain_words(file):
            archive = zipfile.ZipFile(stream)
        with archive:
            yield archive


def _manifest(archive: zipfile.ZipFile, file: Path) -> Manifest:
    with _in_plain_words(file), archive.open(_MANIFEST) as stream:
        manifest = Manifest.model_validate_json(stream.read(_LONGEST_MANIFEST))
        unknown = [name for name in manifest.parts if name not in _PARTS and not _is_picture(name)]
        if STORE_FILE not in manifest.parts or unknown:
            raise ValueError(manifest.parts)
    return manifest


def _content(archive: zipfile.ZipFile, file: Path, name: str, part: Part) -> Iterator[bytes]:
    """A part, chunk by chunk, never more than it says. Raises InputError at its end where it is not what was kept."""
    digest, left = hashlib.sha256(), part.bytes
    with _in_plain_words(file):
        if archive.getinfo(name).compress_type not in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
            raise ValueError(name)
        with archive.open(name) as stream:
            while chunk := stream.read(min(_CHUNK, left + 1)):
                left -= len(chunk)
                if left < 0:
                    raise ValueError(name)
                digest.update(chunk)
                yield chunk
        if left or digest.hexdigest() != part.sha256:
            raise ValueError(name)


@contextmanager
def _in_plain_words(file: Path) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise InputError(
            f"{file} is no backup of Afterglow, or it is damaged.", "Use another backup; nothing was changed."
        ) from error
