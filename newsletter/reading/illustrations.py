"""Where the pictures of an article lie: on the web, beside its file, or inside its Word document."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zipfile import BadZipFile, ZipFile

from newsletter.errors import InputError

LARGEST = 15 * 2**20  # bytes of a picture as it comes in
EMBEDDED = "embedded:"  # before the hash of a picture inside a Word document

Loader = Callable[[str], bytes]  # from a picture's address to its bytes; raises InputError


def loader(*, beside: Path | None = None, allow_private: bool = False) -> Loader:
    """Reads pictures from the web, and for an article from a file, `beside` it: in its own folder or below.

    No other place of the disk is looked at, whatever the article names: an article may come from somebody else.
    """

    def load(source: str) -> bytes:
        if source.startswith(EMBEDDED):
            return _inside(beside, source.removeprefix(EMBEDDED))
        if urlsplit(source).scheme in ("http", "https"):
            return _fetched(source, allow_private)
        if beside is None:
            raise InputError(f"The picture {source} has no full address.", "Give one that begins with https://.")
        return _beside(beside, source)

    return load


def embedded(data: bytes) -> str:
    """The address of a picture inside a document, by its content."""
    return EMBEDDED + hashlib.sha256(data).hexdigest()[:32]


def _fetched(source: str, allow_private: bool) -> bytes:
    from newsletter.reading.fetch import Limits, fetch

    limits = Limits(size=LARGEST, seconds=15)
    return fetch(source, limits=limits, allow_private=allow_private, headers={"Accept": "image/*"}).body


def _beside(article: Path, source: str) -> bytes:
    folder = article.parent.resolve()
    try:
        file = (folder / unquote(urlsplit(source).path)).resolve()
        if not file.is_relative_to(folder):
            raise InputError(f"The picture {source} lies outside the article's folder.", "Put it beside the article.")
        if not file.is_file():
            raise InputError(f"The picture {source} is not beside the article.", "Put it there, or correct its name.")
        if file.stat().st_size > LARGEST:
            raise InputError(f"The picture {source} is larger than {LARGEST // 2**20} MB.", "Make it smaller.")
        return file.read_bytes()
    except (OSError, ValueError) as error:
        raise InputError(f"The picture {source} cannot be read.", "Check its name and that you may open it.") from error


def _inside(document: Path | None, wanted: str) -> bytes:
    try:
        with ZipFile(io.BytesIO(document.read_bytes() if document else b"")) as archive:
            for member in archive.infolist():
                if "media/" in member.filename and member.file_size <= LARGEST:
                    data = archive.read(member)
                    if embedded(data) == EMBEDDED + wanted:
                        return data
    except (BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError) as error:
        raise InputError("A picture inside the document is damaged.", "Insert it again.") from error
    raise InputError("A picture inside the document cannot be found.", "Insert it again.")
