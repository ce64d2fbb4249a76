"""JSON Feed: its items as the values of feed entries. https://www.jsonfeed.org/version/1.1/"""

from collections.abc import Mapping
from datetime import date
from html import escape
from typing import Any

from newsletter.errors import InputError
from newsletter.reading.addresses import link_address
from newsletter.reading.language import language_tag

_VERSION = "jsonfeed.org/version/"


def read_json_feed(document: object, address: str) -> tuple[str, list[dict[str, Any]]]:
    """The title of the feed, and the values of each item that holds anything; what is no such value is left out.

    Raises InputError, naming the address, for JSON that is no feed.
    """
    feed = _mapping(document)
    items = feed.get("items")
    if _VERSION not in _text(feed.get("version")) and not isinstance(items, list):
        raise InputError(f"There is no feed at {address}.", "Give the address of the feed, or of a page that names it.")
    language = language_tag(_text(feed.get("language")))
    found = [item for item in items if isinstance(item, dict) and item] if isinstance(items, list) else []
    return _text(feed.get("title")), [_values(item, address, language) for item in found]


def _values(item: Mapping[str, Any], address: str, language: str | None) -> dict[str, Any]:
    return {
        "guid": _name(item.get("id")),
        "link": link_address(_text(item.get("url")) or _text(item.get("external_url")), address) or "",
        "title": _text(item.get("title")),
        "author": _author(item),
        "date": _date(_text(item.get("date_published"))),
        "updated": _text(item.get("date_modified")),
        "language": language_tag(_text(item.get("language"))) or language,
        "content": _text(item.get("content_html")) or paragraphs(_text(item.get("content_text"))),
        "summary": paragraphs(_text(item.get("summary"))),
    }


def _author(item: Mapping[str, Any]) -> str | None:
    """Version 1.1 has a list of authors, version 1 a single one."""
    authors = item.get("authors")
    first = authors[0] if isinstance(authors, list) and authors else item.get("author")
    return _text(_mapping(first).get("name")) or None


def paragraphs(text: str) -> str:
    """Plain text as HTML; a blank line parts paragraphs."""
    parts = (part for part in text.replace("\r\n", "\n").split("\n\n") if part.strip())
    return "".join(f"<p>{escape(part)}</p>".replace("\n", "<br>") for part in parts)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _name(value: object) -> str:
    """The specification wants a string, and readers to take a number as one."""
    return str(value) if isinstance(value, str | int | float) else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
