"""The reference article keeps within the size, shape and wording that we hold ourselves to."""

import re
from collections.abc import Callable
from pathlib import Path

import lxml.html
import pytest

from newsletter.domain.article import Article
from newsletter.domain.edition import Edition
from newsletter.domain.issue import Issue
from newsletter.domain.studio import Studio
from newsletter.reading.plaintext import read_text
from newsletter.rendering import compose
from newsletter.rendering.templates import Templates

FILE = Path(__file__).parents[3] / "shared" / "articles" / "why-am-i-crying-after-a-massage.txt"


@pytest.fixture(scope="module")
def article() -> Article:
    if not FILE.exists():
        pytest.skip("the reference article is not beside this checkout")
    return read_text(FILE.read_text(encoding="utf-8"), FILE.name)


@pytest.fixture(scope="module")
def edition(article: Article, studio: Studio, templates: Templates) -> Edition:
    return compose.newsletter(Issue(articles=(article,)), studio, templates)


def test_html_is_small(edition: Edition) -> None:
    """At most 22 KB, of which the style sheet takes little."""
    styles = re.findall(r"<style>(.*?)</style>", edition.html, re.DOTALL)

    assert len(edition.html.encode()) <= 22_000
    assert sum(map(len, styles)) <= 2_000


def test_no_sentence_is_lost_or_doubled(
    edition: Edition, page: Callable[[Edition], lxml.html.HtmlElement], letter: Callable[[Edition], str]
) -> None:
    """Each paragraph of the file stands once in the HTML and once in the letter."""
    lines = (" ".join(line.split()) for line in FILE.read_text(encoding="utf-8").splitlines()[2:])
    sentences = [line for line in lines if len(line) > 60]
    (frame,) = page(edition).xpath("//body/div/div[not(contains(@style, 'display:none'))]")
    body = " ".join(frame.text_content().split())
    written = " ".join(letter(edition).split())

    assert len(sentences) >= 30
    assert all(body.count(sentence) == 1 for sentence in sentences)
    assert all(written.count(sentence) == 1 for sentence in sentences)


def test_inbox_line_is_complete(edition: Edition) -> None:
    """A subject of at most 60 characters, a preheader of 40 to 130."""
    assert 0 < len(edition.subject) <= 60
    assert 40 <= len(edition.preheader) <= 130


def test_letter_keeps_to_78_columns(edition: Edition) -> None:
    """But for addresses, which stay whole; never two blank lines in a row, never an entity."""
    assert all(len(line) <= 78 for line in edition.text.splitlines() if "://" not in line)
    assert "\n\n\n" not in edition.text
    assert not re.search(r"&(?:\w+|#\d+);", edition.text)
