"""Where an article comes from, a file or a fetched page, and which reader it needs."""

import io
import re
from pathlib import Path, PurePath
from zipfile import BadZipFile, ZipFile

from newsletter.domain.article import Article
from newsletter.errors import InputError
from newsletter.reading.encoding import declared_charset, decode
from newsletter.reading.fetch import Fetched
from newsletter.reading.html import read_html
from newsletter.reading.markdown import read_markdown
from newsletter.reading.plaintext import read_text
from newsletter.reading.word import read_word

_KINDS = {
    ".txt": "text",
    ".text": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".docx": "word",
}
_OTHER_KINDS = frozenset(
    {".pdf", ".doc", ".odt", ".rtf", ".pages", ".epub", ".tex", ".ppt", ".pptx", ".xls", ".xlsx", ".ods", ".odp"}
    | {
        ".jpg",
        ".jpeg",
        ".png",
        ".gif",
        ".webp",
        ".svg",
        ".heic",
        ".tif",
        ".tiff",
        ".zip",
        ".eml",
        ".msg",
        ".mp3",
        ".mp4",
    }
)
_TYPES = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "text",
    "text/markdown": "markdown",
    "": None,
}
_LARGEST = 20 * 2**20
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<(?:!doctype html|html|head|body|article)\b", re.I | re.S
)
_MARKDOWN = re.compile(r"\s*(?:# \S|---[ \t]*\n[A-Za-z][\w-]*[ \t]*:)")


def is_address(source: str) -> bool:
    """Whether a source is a web address and not a path."""
    return re.match(r"https?://", source, re.I) is not None


def read_file(path: Path | str) -> Article:
    """The article in a text, Markdown, HTML or Word file; a file with another ending is known by what is in it.

    Raises InputError, naming the file, for one that is missing, too large, damaged, or without an article.
    """
    name = PurePath(path).as_posix()
    path = Path(path)
    try:
        if path.is_dir():
            raise InputError(f"{name} is a folder.", "Give a file, or have the folder read as a whole.")
        if path.exists() and not path.is_file():
            raise InputError(f"{name} is no file.", "Give a text, Markdown, HTML or Word file.")
        _check_size(name, path.stat().st_size)
        return read_document(path.read_bytes(), name)
    except FileNotFoundError as error:
        raise InputError(f"{name} does not exist.", "Check its name and folder.") from error
    except (OSError, ValueError) as error:  # not allowed, a name too long, a name with a NUL
        raise InputError(f"{name} cannot be read.", "Check that you may open it.") from error


def read_folder(path: Path | str) -> list[Path]:
    """The files in a folder that can be articles, by name; hidden files and folders within are left alone.

    Raises InputError where it is no folder, or holds none.
    """
    path = Path(path)
    if not path.is_dir():
        raise InputError(f"{path.as_posix()} is no folder.", "Check its name.")
    found = sorted(file for file in path.iterdir() if _is_article(file))
    if not found:
        raise InputError(f"{path.as_posix()} holds no article.", f"Put files into it that end in {', '.join(_KINDS)}.")
    return found


def read_document(data: bytes, source: str, base: str | None = None) -> Article:
    """The article in the bytes of a file that was called `source`, such as an upload. Raises InputError."""
    _check_size(source, len(data))
    _check_kind(source)
    kind = _KINDS.get(PurePath(source).suffix.lower())
    return _read(data, source, kind or _sniffed(data), base=base)


def read_page(url: str, fetched: Fetched) -> Article:
    """The article of a page that was asked for under `url`; its source is where the page was found in the end.

    Raises InputError, naming `url`, for what is no page and for a page without an article.
    """
    if fetched.content_type not in _TYPES:
        raise InputError(f"{url} is {fetched.content_type}, not a page.", "Give the address of a page with an article.")
    kind = _TYPES[fetched.content_type] or _sniffed(fetched.body)
    return _read(fetched.body, fetched.url, kind, charset=fetched.charset, base=fetched.url)


def _read(data: bytes, source: str, kind: str, *, charset: str | None = None, base: str | None = None) -> Article:
    if not data.strip():
        raise InputError(f"{source} is empty.", "Give a file with an article in it.")
    if kind == "word":
        return read_word(data, source)
    text = decode(data, source, charset or (declared_charset(data) if kind == "html" else None))
    if not text.strip():
        raise InputError(f"{source} is empty.", "Give a file with an article in it.")
    if kind == "html":
        return read_html(text, source, base)
    if kind == "markdown" or (kind == "unknown" and _MARKDOWN.match(text)):
        return read_markdown(text, source, base)
    return read_text(text, source)


def _check_kind(source: str) -> None:
    """What is called x.pdf is none of our texts, even where its bytes could be read as one."""
    ending = PurePath(source).suffix.lower()
    if ending in _OTHER_KINDS:
        raise InputError(
            f"{source} is a {ending} file, which cannot be read.", "Save the article as .docx, .txt, .md or .html."
        )


def _check_size(source: str, size: int) -> None:
    if size > _LARGEST:
        raise InputError(
            f"{source} is {size / 2**20:.0f} MB.", f"Give a file of at most {_LARGEST // 2**20} MB: the text alone."
        )


def _sniffed(data: bytes) -> str:
    if data.startswith(b"PK\x03\x04") and _is_word(data):
        return "word"
    return "html" if _HTML.match(data[:4096]) else "unknown"


def _is_word(data: bytes) -> bool:
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            return "word/document.xml" in archive.namelist()
    except (BadZipFile, NotImplementedError, ValueError):
        return False


def _is_article(file: Path) -> bool:
    return file.suffix.lower() in _KINDS and not file.name.startswith((".", "~$")) and file.is_file()
