"""A corpus of web pages, each with what is expected of it, as the field lays them out."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.ingestion_reading import Reading, of_article, of_html
from newsletter.domain.article_json import article_from_json
from newsletter.reading.encoding import declared_charset, decode

_EXPECTED = ("{stem}.expected.html", "{stem}.txt", "{stem}.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    name: str
    html: str
    expected: Reading


def load(folder: Path) -> list[Page]:
    """Every page below the folder, by name.

    Either a folder a page with `source.html` and `expected.html` (the layout of Mozilla's Readability), or pairs of
    `NAME.html` and `NAME.txt`, `NAME.json` or `NAME.expected.html`. The JSON is an article as `article show --json`
    prints it, or an object with the whole text as `text` or `articleBody`. HTML may be packed as `.html.gz`.
    """
    return sorted([*_folders(folder), *_pairs(folder)], key=lambda page: page.name)


def _folders(folder: Path) -> Iterator[Page]:
    for source in folder.rglob("source.html"):
        expected = source.with_name("expected.html")
        if expected.is_file():
            yield Page(name=source.parent.name, html=_text(source), expected=of_html(_text(expected)))


def _pairs(folder: Path) -> Iterator[Page]:
    for source in [*folder.rglob("*.html"), *folder.rglob("*.html.gz")]:
        stem = source.name.removesuffix(".gz").removesuffix(".html")
        if stem in ("source", "expected") or stem.endswith(".expected"):
            continue
        for pattern in _EXPECTED:
            expected = source.with_name(pattern.format(stem=stem))
            if expected.is_file():
                yield Page(name=stem, html=_text(source), expected=_expected(expected))
                break


def _expected(file: Path) -> Reading:
    if file.suffix == ".html":
        return of_html(_text(file))
    if file.suffix == ".txt":
        return Reading(text=_text(file))
    document = json.loads(_text(file))
    if "blocks" in document:
        return of_article(article_from_json(document))
    return Reading(text=document.get("text") or document["articleBody"])


def _text(file: Path) -> str:
    data = file.read_bytes()
    if file.suffix == ".gz":
        data = gzip.decompress(data)
    return decode(data, str(file), declared_charset(data))
