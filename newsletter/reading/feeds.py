"""The bytes of a feed become its entries: RSS, Atom and JSON Feed, a broken one as far as it goes."""

import datetime
import io
import json
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lxml import html as lxml_html

from newsletter.errors import InputError
from newsletter.reading.addresses import link_address
from newsletter.reading.encoding import printable
from newsletter.reading.json_feed import paragraphs, read_json_feed
from newsletter.reading.language import language_tag

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, "
    "application/json;q=0.8, text/html;q=0.7, */*;q=0.5"
)
_MOST_ENTRIES = 500
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?[^>]{0,200}>\s*|<!--.{0,2000}?-->\s*){0,5}<(?:!doctype\s+html|html|head|body)\b",
    re.I | re.S,
)
_MARKUP = frozenset({"text/html", "application/xhtml+xml"})
_HARMLESS = frozenset(  # what feedparser notes of feeds that it read in full
    {"CharacterEncodingOverride", "NonXMLContentType", "CharacterEncodingUnknown", "UndeclaredNamespace"}
)
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """An entry as its feed has it. `content` and `summary` are HTML; empty where there is none.

    `guid` is the feed's own name for it, empty where it gives none; `updated` is as the feed wrote it.
    """

    guid: str = ""
    link: str = ""
    title: str = ""
    author: str | None = None
    date: datetime.date | None = None
    updated: str = ""
    language: str | None = None
    content: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDocument:
    """`note` says in plain words what is broken; empty where nothing is."""

    title: str
    entries: tuple[FeedEntry, ...]
    note: str = ""


def read_feed(data: bytes, address: str, content_type: str = "", charset: str | None = None) -> FeedDocument:
    """The feed in the bytes that came from `address`, its links made absolute.

    Raises InputError, naming the address, for what is no feed at all.
    """
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _from_json(data, address)
    parsed = _parsed(data, address, content_type, charset)
    if _HTML.match(data[:4096]) or not (parsed.get("version") or parsed["entries"] or parsed["feed"]):
        raise no_feed(address)
    feed = parsed["feed"]
    shared = language_tag(_text(feed.get("language")))
    return FeedDocument(
        title=words(_text(feed.get("title"))),
        entries=tuple(_entry(each, shared, address) for each in parsed["entries"][:_MOST_ENTRIES]),
        note=_note(parsed),
    )


def feed_address(page: str, address: str) -> str | None:
    """Where a page says that its feed is, the first that is not of comments; None where it says nothing."""
    try:
        document = lxml_html.document_fromstring(page.encode("utf-8", "replace"))
    except Exception:  # noqa: BLE001 - whatever this is, it names no feed
        return None
    found = [link for link in document.iter("link") if _is_feed_link(link.get("rel"), link.get("type"))]
    found.sort(key=lambda link: "comment" in f"{link.get('title')} {link.get('href')}".lower())
    return next((address_ for link in found if (address_ := link_address(link.get("href"), address))), None)


def no_feed(address: str) -> InputError:
    return InputError(
        f"There is no feed at {address}.", "Give the address of the feed, or of a page that names its feed."
    )


def words(html: str) -> str:
    """The words of a title, which may be HTML, in one line."""
    if "<" in html or "&" in html:
        try:
            html = "".join(lxml_html.fragment_fromstring(html, create_parent="div").itertext())
        except Exception:  # noqa: BLE001 - then it is no HTML, and stays as it is
            html = str(html)
    return " ".join(printable(html).split())


def _parsed(data: bytes, address: str, content_type: str, charset: str | None) -> dict[str, Any]:
    import feedparser  # here: it takes a tenth of a second to import

    headers = {"content-location": address}
    if content_type:
        headers["content-type"] = f"{content_type}; charset={charset}" if charset else content_type
    try:
        # As a stream: bytes could be taken for the name of a file. Its sanitiser stays off, for ours looks later.
        parsed: dict[str, Any] = feedparser.parse(io.BytesIO(data), response_headers=headers, sanitize_html=False)
    except Exception as error:  # a feed can break it in any of its ways
        raise InputError(f"The feed at {address} cannot be read.", "Ask whoever runs that site to mend it.") from error
    return parsed


def _note(parsed: dict[str, Any]) -> str:
    error = parsed.get("bozo_exception")
    if not parsed.get("bozo") or type(error).__name__ in _HARMLESS:
        return ""
    line = getattr(error, "getLineNumber", lambda: None)()
    where = f" near line {line}" if line else ""
    return f"The feed is not well-formed{where}; it was read as far as it goes."


def _entry(entry: dict[str, Any], language: str | None, address: str) -> FeedEntry:
    content = _fullest(entry.get("content") or [])
    summary = _html(entry.get("summary_detail") or {"value": entry.get("summary")})
    return FeedEntry(
        guid=_text(entry.get("id")).strip(),
        link=link_address(_text(entry.get("link")), address) or "",
        title=words(_text(entry.get("title"))),
        author=words(_text(entry.get("author"))) or None,
        date=_date(_own(entry, "published_parsed") or _own(entry, "updated_parsed")),
        updated=_text(_own(entry, "updated")),
        language=language_tag(_text((entry.get("title_detail") or {}).get("language"))) or language,
        content=content,
        summary=summary if summary != content else "",
    )


def _own(entry: dict[str, Any], key: str) -> Any:
    """feedparser gives a date of publishing for a missing date of updating, and warns that it will not for long."""
    return entry[key] if key in entry else None  # noqa: SIM401 - its get() is the one that warns


def _fullest(contents: Iterable[dict[str, Any]]) -> str:
    """The longest of what an entry gives as its content, HTML before anything else."""
    texts = ((each.get("type") in _MARKUP, _html(each)) for each in contents)
    return max(texts, key=lambda text: (text[0], len(text[1])), default=(False, ""))[1]


def _html(detail: dict[str, Any]) -> str:
    """Plain text is marked up: a < in it is no tag."""
    value = _text(detail.get("value"))
    return paragraphs(value) if detail.get("type") == "text/plain" else value


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _date(moment: time.struct_time | None) -> datetime.date | None:
    try:
        return datetime.date(moment.tm_year, moment.tm_mon, moment.tm_mday) if moment else None
    except ValueError:
        return None


def _is_feed_link(relation: str | None, kind: str | None) -> bool:
    return "alternate" in (relation or "").lower().split() and (kind or "").lower().strip() in _FEED_TYPES


def _from_json(data: bytes, address: str) -> FeedDocument:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError(f"The feed at {address} is damaged JSON.", "Ask whoever runs that site to mend it.") from error
    title, items = read_json_feed(document, address)
    return FeedDocument(title=words(title), entries=tuple(FeedEntry(**each) for each in items[:_MOST_ENTRIES]))
