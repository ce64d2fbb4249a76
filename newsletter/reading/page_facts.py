"""What a web page says about its article outside the text: title, description, date, author, language, address."""

import datetime
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement

from newsletter.reading.addresses import link_address
from newsletter.reading.dates import read_date
from newsletter.reading.language import language_tag

_DATES = (
    *("article:published_time", "og:article:published_time", "article:published", "datepublished", "date", "pubdate"),
    *("publish_date", "dc.date", "dc.date.issued", "dcterms.created"),
)
_ARTICLES = re.compile(r"Article$|BlogPosting$|Report$")
_STANDFIRST = frozenset(
    {"dek", "deck", "standfirst", "subtitle", "sub-title", "subhead", "subheading", "subheadline", "tagline"}
    | {"entry-subtitle", "post-subtitle", "article-subtitle", "article__subtitle", "article-dek", "article__dek"}
    | {"p-summary", "entry-summary", "article-summary", "post-excerpt", "kicker-dek", "article-standfirst"}
)
_LONGEST_STANDFIRST = 400
_SEPARATOR = re.compile(r"\s+(?:[|–—·•»]|-|::)\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """`address` is the page's own word for where it lies, absolute or None."""

    title: str | None
    dek: str | None
    date: datetime.date | None
    author: str | None
    language: str | None
    address: str | None


def page_facts(document: HtmlElement) -> PageFacts:
    metas = _metas(document)
    linked_data = next(_linked_articles(document), {})
    description = metas.get("description") or metas.get("og:description") or metas.get("twitter:description")
    description = _standfirst(document) or description
    language = language_tag(document.get("lang")) or language_tag(metas.get("og:locale"))
    return PageFacts(
        title=_title(document, metas, linked_data),
        dek=description,
        date=_date(document, metas, linked_data, language or "en"),
        author=_author(document, metas, linked_data),
        language=language,
        address=_address(document, metas),
    )


def letters(text: str) -> str:
    """The letters and digits alone, in lower case: what two spellings of one title share."""
    return "".join(filter(str.isalnum, text.lower()))


def _metas(document: HtmlElement) -> dict[str, str]:
    """The first of each named meta element, under its name in lower case."""
    metas: dict[str, str] = {}
    for meta in document.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop")
        content = _line(meta.get("content"))
        if name and content:
            metas.setdefault(name.strip().lower(), content)
    return metas


def _linked_articles(document: HtmlElement) -> Iterator[dict[str, Any]]:
    """The articles that JSON-LD describes: https://schema.org/Article"""
    for script in document.iter("script"):
        if "ld+json" in (script.get("type") or ""):
            try:
                data = json.loads(script.text or "")
            except (ValueError, RecursionError):
                continue
            yield from (thing for thing in _things(data) if _ARTICLES.search(str(thing.get("@type"))))


def _things(data: object) -> Iterator[dict[str, Any]]:
    for thing in data if isinstance(data, list) else [data]:
        if isinstance(thing, dict):
            yield thing
            graph = thing.get("@graph")
            yield from (part for part in (graph if isinstance(graph, list) else []) if isinstance(part, dict))


def _title(document: HtmlElement, metas: dict[str, str], linked_data: dict[str, Any]) -> str | None:
    """The heading, where the page's title begins with it; else the title without the name of the site."""
    page = next((_text(title) for title in document.iter("title")), "")
    shared = metas.get("og:title") or metas.get("twitter:title") or ""
    headings = [text for heading in document.iter("h1") if (text := _text(heading))]
    for heading in (*headings, *(_text(heading) for heading in document.iter("h2"))):
        if len(letters(heading)) > 3 and any(letters(title).startswith(letters(heading)) for title in (shared, page)):
            return heading
    headline = linked_data.get("headline")
    site = metas.get("og:site_name", "")
    if shared or (isinstance(headline, str) and headline):
        return _without_site(shared or str(headline), site)
    return headings[0] if headings else _without_site(page, site) or None


def _without_site(title: str, site: str) -> str:
    """“Title | Site” without the site: by its name where the page gives it, else what follows the last bar."""
    parts = _SEPARATOR.split(title)
    if len(parts) > 1 and (letters(parts[-1]) == letters(site) or (not site and " | " in title)):
        return title[: title.rindex(parts[-1])].rstrip(" |–—·•»:-")
    return title


def _date(
    document: HtmlElement, metas: dict[str, str], linked_data: dict[str, Any], language: str
) -> datetime.date | None:
    stated = [metas[name] for name in _DATES if name in metas]
    stated += [str(linked_data[name]) for name in ("datePublished", "dateCreated") if name in linked_data]
    for time in document.iter("time"):
        stated += [time.get("datetime") or "", _text(time)]
    dates = (_day(text) or read_date(text, language) for text in stated)
    return next((found for found in dates if found), None)


def _day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def _author(document: HtmlElement, metas: dict[str, str], linked_data: dict[str, Any]) -> str | None:
    authors = linked_data.get("author")
    first = authors[0] if isinstance(authors, list) and authors else authors
    named = first.get("name") if isinstance(first, dict) else first
    linked = [_text(link) for link in document.iter("a") if "author" in (link.get("rel") or "").split()]
    for name in (metas.get("author"), named, metas.get("article:author"), *linked):
        if isinstance(name, str) and (name := _line(name)) and "://" not in name and len(name) < 100:
            return re.sub(r"^by\s+", "", name, flags=re.I)
    return None


def _standfirst(document: HtmlElement) -> str | None:
    """The line under the title that the page itself marks as such."""
    for element in document.iter("p", "h2", "h3", "h4", "div", "span"):
        if _STANDFIRST & set((element.get("class") or "").lower().split()):
            text = _text(element)
            if 0 < len(text) <= _LONGEST_STANDFIRST:
                return text
    return None


def _address(document: HtmlElement, metas: dict[str, str]) -> str | None:
    canonical = [link.get("href") for link in document.iter("link") if link.get("rel") == "canonical"]
    for address in (*canonical, metas.get("og:url")):
        if found := link_address(address, None):
            return found
    return None


def _text(element: HtmlElement) -> str:
    return _line("".join(element.itertext()))


def _line(text: str | None) -> str:
    return " ".join((text or "").split())
