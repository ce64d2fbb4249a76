"""A care mail in a script from right to left: every part of it runs its own way."""

from dataclasses import replace

import lxml.html
import pytest

from newsletter.domain.aftercare import CareNote
from newsletter.domain.care_rules import in_order
from newsletter.domain.content import Content
from newsletter.domain.studio import Design, Studio
from newsletter.packs.letters import read_letter
from newsletter.packs.loading import safety_blocks
from newsletter.rendering import compose
from newsletter.rendering.card import card
from newsletter.rendering.templates import Templates

NOTE = CareNote(
    subject="כמה מילים אחרי הביקור",
    preheader="דברים קטנים וקלים לשעות הקרובות, ואיך להשיג אותי אם צריך.",
    title="עד מחר",
    blocks=read_letter("תודה שבאת.\n\nלהיום:\n- מנוחה\n- הליכה\n\n> גוף שנח מתאושש.\n\nבברכה,\n[[ practitioner ]]"),
    language="he",
)
SAFETY = safety_blocks(in_order(("emergency", "clot", "general")), country="GB", language="he")
FIELDS = {"first_name": "נועה", "practitioner": "מרה"}


def _runs(element: lxml.html.HtmlElement) -> str:
    """Which way its text runs, by the nearest element that says so."""
    return str(element.xpath("ancestor-or-self::*[@dir][1]/@dir")[0])


def _aligned(element: lxml.html.HtmlElement) -> str:
    """To which side its text is set, by the nearest element that says so."""
    styles = (str(style) for style in reversed(element.xpath("ancestor-or-self::*/@style")))
    sides = (style.replace(" ", "").partition("text-align:")[2][:4] for style in styles)
    return next((side for side in sides if side), "")


@pytest.fixture(params=list(Design))
def document(request: pytest.FixtureRequest, studio: Studio, templates: Templates) -> lxml.html.HtmlElement:
    dressed = replace(studio, design=request.param)
    edition = compose.care(NOTE, SAFETY, dressed, templates)
    return lxml.html.document_fromstring(Content.of(edition).html(FIELDS))


def _holding(document: lxml.html.HtmlElement, text: str) -> lxml.html.HtmlElement:
    """The innermost element with that text."""
    found: lxml.html.HtmlElement = document.xpath(f"//body//*[contains(text(), '{text}')]")[0]
    return found


@pytest.mark.parametrize("text", ["עד מחר", "תודה שבאת", "הליכה", "גוף שנח", "בברכה"])
def test_her_words_run_from_right_to_left(document: lxml.html.HtmlElement, text: str) -> None:
    """Title, letter, list, quotation and signature, in every design."""
    element = _holding(document, text)
    assert (document.get("lang"), document.get("dir"), _runs(element)) == ("he", "rtl", "rtl")
    assert _aligned(element) in ("righ", "cent")


def test_lists_and_quotations_are_mirrored(document: lxml.html.HtmlElement) -> None:
    """Their indents stand on the right."""
    letter = _holding(document, "הליכה").getparent()
    assert letter.get("style").endswith("0 24px 0 0")
    assert "border-left" not in document.find(".//blockquote").get("style")


@pytest.mark.parametrize("text", ["Hello", "Just reply to this mail", "Call 999", "chest pain", "Unsubscribe"])
def test_what_nobody_translated_runs_from_left_to_right(document: lxml.html.HtmlElement, text: str) -> None:
    """The frame and the safety blocks are in English then, say so, and keep their full stops at the end."""
    element = _holding(document, text)
    assert element.xpath("ancestor-or-self::*[@lang][1]/@lang") == ["en"]
    assert _runs(element) == "ltr"


def test_a_safety_block_in_another_language_is_set_its_own_way(document: lxml.html.HtmlElement) -> None:
    """Text, and the marks of its list, on the left."""
    sign = _holding(document, "chest pain")
    assert _aligned(sign) == "left"
    assert sign.xpath("ancestor::div[contains(@style, 'list-style-position')]")


def test_a_card_in_hebrew_runs_the_same_ways(studio: Studio, templates: Templates) -> None:
    """On paper too; a postal address is read as it is written."""
    document = lxml.html.document_fromstring(card(NOTE, SAFETY, studio, templates, FIELDS))
    assert (document.get("lang"), document.get("dir")) == ("he", "rtl")
    assert _runs(_holding(document, "הליכה")) == "rtl"
    assert {_runs(_holding(document, text)) for text in ("Hello", "Call 999", "chest pain")} == {"ltr"}
    assert _runs(document.find(".//footer/p")) == "auto"
