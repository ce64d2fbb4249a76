"""What every mail must be, whatever it says and however it looks: small, sound, and readable by all."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

import lxml.html
import pytest

from newsletter.domain.content import Content
from newsletter.domain.edition import Edition
from newsletter.domain.studio import Studio
from subscribers.consent import Stream
from tests.rendering.conftest import FIELDS

Page = Callable[[Edition], lxml.html.HtmlElement]

# What mail programs understand, by caniemail's tables; docs/email.md says what those that some program lacks are for.
_RULES = """
    background-color border border-bottom border-color border-left border-radius border-right border-style border-width
    border-collapse color display font-family font-size font-style font-weight letter-spacing line-height margin
    max-width padding text-align text-decoration vertical-align white-space width word-break
    mso-line-height-rule mso-padding-alt mso-table-lspace mso-table-rspace -webkit-text-size-adjust
"""
_ELEMENTS = """
    html head title meta style body div table tbody tr td th p h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code hr br a
    strong em img
"""
_ATTRIBUTES = """
    align alt bgcolor border cellpadding cellspacing class content dir href http-equiv lang name role scope src style
    valign width xmlns xmlns:o
"""
RULES, ELEMENTS, ATTRIBUTES = (frozenset(words.split()) for words in (_RULES, _ELEMENTS, _ATTRIBUTES))
_INVISIBLE = re.compile("[\u034f\u200c\u00a0\u200b]")


@pytest.fixture(scope="session")
def html(edition: Edition) -> str:
    return Content.of(edition).html(FIELDS)


@pytest.fixture(scope="session")
def document(html: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(html)


@pytest.fixture(scope="session")
def text(edition: Edition) -> str:
    return Content.of(edition).text(FIELDS)


def test_no_mailbox_clips_it(edition: Edition, html: str) -> None:
    """Gmail clips near 102 KB, and drops style sheets of more than 16,384 characters, or with a rule in a rule."""
    (sheet,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)

    assert len(html.encode()) <= 80_000
    assert len(sheet) <= 16_384
    assert not re.search(r"@[^{}]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*@", sheet)


def test_document_says_what_programs_ask(document: lxml.html.HtmlElement, html: str, edition: Edition) -> None:
    """Doctype, character set, a viewport that can be zoomed, title, colour schemes, and Outlook's resolution."""
    names = {meta.get("name"): meta.get("content") for meta in document.iter("meta")}

    assert html.startswith("<!doctype html>")
    assert 'charset=utf-8"' in html.lower()
    assert names["viewport"] == "width=device-width, initial-scale=1"
    assert names["color-scheme"] == names["supported-color-schemes"] == "light dark"
    assert "x-apple-disable-message-reformatting" in names
    assert "format-detection" in names
    assert "<o:PixelsPerInch>96</o:PixelsPerInch>" in html
    assert document.findtext(".//title")


def test_only_what_mail_programs_understand(document: lxml.html.HtmlElement, html: str) -> None:
    """No VML, no scripts, no forms; elements, attributes and rules from short lists."""
    elements = [each for each in document.iter() if isinstance(each.tag, str)]
    styles = ";".join(each.get("style", "") for each in elements)
    rules = {rule.partition(":")[0].strip() for rule in styles.split(";")} - {""}

    assert {each.tag for each in elements} <= ELEMENTS
    assert {name for each in elements for name in each.attrib} <= ATTRIBUTES
    assert rules <= RULES
    assert "<v:" not in html


def test_every_table_is_data_or_says_that_it_is_not(document: lxml.html.HtmlElement, html: str) -> None:
    """Those that only Outlook sees as well; a heading cell is never empty."""
    outlooks = re.findall(
        r"<table[^>]*>", "".join(re.findall(r"<!--\[if[^\]]*\]>(.*?)<!\[endif\]-->", html, re.DOTALL))
    )

    assert all(
        table.get("role") == "presentation" or table.find(".//th") is not None for table in document.iter("table")
    )
    assert all('role="presentation"' in table for table in outlooks)
    assert all(cell.text_content().strip() for cell in document.iter("th"))


def test_one_h1_and_no_level_skipped(document: lxml.html.HtmlElement) -> None:
    levels = [int(each.tag[1]) for each in document.xpath("//h1|//h2|//h3|//h4|//h5|//h6")]

    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_all_words_have_a_language_and_a_direction(document: lxml.html.HtmlElement, edition: Edition) -> None:
    """Also where webmail throws html and body away."""
    (wrapper,) = document.find("body")

    assert document.get("lang") == wrapper.get("lang") == edition.language
    assert document.get("dir") == wrapper.get("dir") in {"ltr", "rtl"}
    assert wrapper.get("role") == "article"


def test_pictures_have_words_and_a_width(document: lxml.html.HtmlElement) -> None:
    assert all(image.get("alt") is not None and int(image.get("width")) <= 600 for image in document.iter("img"))


def test_links_lead_somewhere_and_say_where(document: lxml.html.HtmlElement, edition: Edition) -> None:
    """Safe addresses, names of their own, and out of all but a confirmation a way."""
    links = list(document.iter("a"))

    assert all(re.match(r"https://|mailto:", link.get("href")) for link in links)
    assert all(_name(link) for link in links)
    assert not {_name(link).lower() for link in links} & {"here", "click here", "read more", "more", "this", "link"}
    assert ("https://example.com/unsubscribe/1" in {link.get("href") for link in links}) == (
        edition.stream is not Stream.SERVICE
    )


def test_inbox_shows_a_subject_and_a_preheader_in_full(edition: Edition, document: lxml.html.HtmlElement) -> None:
    """Up to 60 characters, then 40 to 130, padded, and the same as the description."""
    hidden = document.find("body")[0][0].text_content()
    subject = Content.of(edition).subject(FIELDS)

    assert 0 < len(subject) <= 60
    assert len(edition.preheader) <= 130
    assert len(edition.preheader) >= 40 or edition.stream is not Stream.MARKETING
    assert len(_INVISIBLE.findall(hidden)) >= 50
    assert document.xpath("//meta[@name='description']/@content") == [_INVISIBLE.sub("", hidden)]


def test_nothing_is_left_to_fill_in(html: str) -> None:
    """Not even what only looks like a template, should the mail pass a program that reads one."""
    body = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)

    assert not re.search(r"\{\{|\{%|\[\[|\\", body)


def test_letter_is_a_letter(text: str) -> None:
    """78 columns but for addresses, no entities, no markup, no runs of blank lines."""
    bare = [re.sub(r"https?://\S+", "", line) for line in text.splitlines()]

    assert max(map(len, bare)) <= 78
    assert "\n\n\n\n" not in text  # a program may have two blank lines
    assert not re.search(r"&(?:nbsp|amp|lt|gt|quot|#\d+|zwnj);", text)
    assert not re.search(r"<(?:/?(?:p|div|td|table|br|a|span|img)\b)", text)


def test_letter_says_all_that_the_page_says(document: lxml.html.HtmlElement, text: str) -> None:
    """Every link, and every word as often at least; only a button may be worded anew."""
    words, written = (Counter(_words(each)) for each in (" ".join(_seen(document)), text))
    links = {link.get("href") for link in document.iter("a")}

    assert all(link in text for link in links)
    assert (words & written).total() >= 0.98 * words.total()


def test_postal_address_and_reason_stand_below(document: lxml.html.HtmlElement, text: str, studio: Studio) -> None:
    """The law wants the one, and trust the other."""
    for said in (" ".join(_seen(document)), text):
        flat = " ".join(said.split())
        assert " ".join(studio.postal_address.split()) in flat
        assert "You get this" in flat


def _name(link: lxml.html.HtmlElement) -> str:
    return " ".join([link.text_content(), *(image.get("alt") for image in link.iter("img"))]).strip()


def _seen(document: lxml.html.HtmlElement) -> Iterator[str]:
    """The texts of the body but for the hidden preheader; comments are for Outlook."""
    return iter(document.xpath("//body/div/*[not(contains(@style, 'display:none'))]//text()[not(parent::comment())]"))


def _words(text: str) -> list[str]:
    return re.findall(r"[\w’'-]+", re.sub(r"https?://\S+", "", text.lower()))
