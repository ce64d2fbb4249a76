"""Bytes become text: the encoding is found, line ends are one kind, and what is no text is refused."""

import codecs
import re

from charset_normalizer import from_bytes

from newsletter.errors import InputError

_BOMS = (  # the longer first: UTF-32 begins like UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHER_KINDS = (
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"RIFF", "a picture or a recording"),
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\xd0\xcf\x11\xe0", "an old Word document"),
    (b"{\\rtf", "a rich text document"),
    (b"\x1f\x8b", "a compressed file"),
)
# Labels that stand for a wider encoding on the web: https://encoding.spec.whatwg.org/#names-and-labels
_WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "utf-16": "utf-8",  # a declaration that could be read as ASCII cannot be in UTF-16
    "utf-16-le": "utf-8",
    "utf-16-be": "utf-8",
}
_NO_CHARSETS = frozenset({"utf-7", "idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"})
_GUESSES = [
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp874"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949", "koi8_r", "mac_roman"),
]
_DECLARED = re.compile(
    rb"""(?:<meta[^>]{0,200}?charset|<\?xml[^>]{0,80}?encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.I
)
_LINE_END = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
_UNWESTERN = re.compile(r"[^\W\d_][¡-©«-¬®-±´¶¸»-¿×÷][^\W\d_]|\w[¹²³]\w")


def decode(data: bytes, name: str, charset: str | None = None) -> str:
    """The text of `data`, its line ends `\\n`, every printable character as it was written.

    A byte order mark decides, then `charset` (from a header or a document's own declaration), then the bytes
    themselves. Raises InputError, naming `name`, for what is no text.
    """
    _refuse_other_kinds(data, name)
    text = _by_mark(data, name)
    if text is None:
        text = _by_charset(data, charset)
    if text is None:
        text = _by_bytes(data)
    strange = len(_UNPRINTABLE.findall(text))
    if strange > 1 + len(text) / 200:
        raise InputError(f"{name} is not text.", "Give a text, Markdown, HTML or Word file.")
    return _LINE_END.sub("\n", printable(text))


def printable(text: str) -> str:
    """The text without control characters, which neither HTML nor XML can hold; line ends and tabs stay."""
    return _UNPRINTABLE.sub("", text)


def declared_charset(data: bytes) -> str | None:
    """The encoding that an HTML document names for itself near its start."""
    found = _DECLARED.search(data[:4096])
    return found[1].decode("ascii") if found else None


def _refuse_other_kinds(data: bytes, name: str) -> None:
    for magic, kind in _OTHER_KINDS:
        if data.startswith(magic):
            raise InputError(f"{name} is {kind}, not text.", "Save the article as .docx, .txt, .md or .html.")


def _by_mark(data: bytes, name: str) -> str | None:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                raise InputError(f"{name} begins as {encoding.upper()} but is damaged.", "Save it again.") from error
    return None


def _by_charset(data: bytes, charset: str | None) -> str | None:
    try:
        encoding = codecs.lookup(charset or "").name
        return None if encoding in _NO_CHARSETS else data.decode(_WIDER.get(encoding, encoding))
    except (LookupError, ValueError):  # an unknown label, or a wrong one
        return None


def _by_bytes(data: bytes) -> str:
    wide = _wide(data) if b"\0" in data else None
    if wide is not None:
        return wide
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _by_habit(data)


def _wide(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: the reading with the most ASCII, since spaces and line ends are ASCII."""
    readings: list[tuple[int, str]] = []
    for encoding in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        plain = sum(letter.isascii() for letter in text)
        if plain * 20 > len(text) and not _UNPRINTABLE.search(text):
            readings.append((plain, text))
    return max(readings, default=(0, None))[1]


def _by_habit(data: bytes) -> str:
    """Text from before Unicode: Windows-1252 where that reads well, else what its letters make likely."""
    western = data.decode("cp1252", errors="replace")
    foreign = sum(not letter.isascii() for letter in western)
    if "\ufffd" not in western and foreign * 4 < len(western) and not _UNWESTERN.search(western):
        return western
    best = from_bytes(data, cp_isolation=_GUESSES).best()
    return str(best) if best else western
