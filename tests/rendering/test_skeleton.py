"""Tokens carry any text through a template and a compiler, and come back as they were."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from newsletter.domain import slots
from newsletter.errors import TemplateError
from newsletter.rendering import skeleton
from newsletter.rendering.skeleton import Slotted


@given(st.text())
def test_token_is_ascii_letters_and_digits(text: str) -> None:
    """Nothing in a token can be mistaken for markup, a slot or a template."""
    token = skeleton.sealed(text)

    assert not token or (token.isascii() and token.isalnum())


@given(st.lists(st.sampled_from(["[", "]", "[[", "]]", "[[ first_name ]]", "{{ x }}", "é", " ", "zq61qz", "<"])))
def test_literal_texts_side_by_side_never_make_a_slot(texts: list[str]) -> None:
    """Brackets of two neighbouring texts stay brackets."""
    filled = skeleton.fill("".join(map(skeleton.sealed, texts)), str)

    assert slots.fill(slots.split(filled), {"first_name": "NOBODY"}) == "".join(texts)


def test_slotted_text_keeps_its_slots() -> None:
    """Only a text that is marked as slotted has slots."""
    filled = skeleton.fill(skeleton.sealed(Slotted("Dear [[ first_name | you ]] & all")), skeleton.escape_html)

    assert filled == "Dear [[ first_name | you ]] &amp; all"


def test_slot_survives_an_attribute_of_the_compiler() -> None:
    """Slots are hidden from MRML, defaults in any script included."""
    text = 'a="[[ first_name | là ]]"'

    assert skeleton.hide_slots(text).isascii()
    assert skeleton.show_slots(skeleton.hide_slots(text)) == text


def test_unknown_slot_of_a_slotted_text_is_named() -> None:
    """A typing error in a slot never reaches a reader."""
    with pytest.raises(TemplateError, match="frist_name"):
        skeleton.sealed(Slotted("[[ frist_name ]]"))


def test_markup_and_numbers_are_printed_as_they_are() -> None:
    """Trusted markup and measures must be seen by the compiler."""
    assert skeleton.seal(Markup("<b>")) == "<b>"
    assert skeleton.seal(7) == 7
    assert skeleton.seal(None) == ""


def test_characters_no_document_can_hold_are_dropped() -> None:
    """A NUL, a lone surrogate or a non-character would make the mail unreadable."""
    assert skeleton.clean("a\x00b\ud800c\ufffed\te") == "abcd\te"


@pytest.mark.parametrize("text", ["{{ x }}", "{% x %}", "[[ x ]]", "[[[", "C:\\new", "%%{x}"])
def test_what_others_take_for_a_template_is_an_entity(text: str) -> None:
    """On the way to a reader a mail may pass a program that fills in templates of its own."""
    escaped = skeleton.escape_html(text)

    assert not any(mark in escaped for mark in ("{", "[[", "\\"))
    assert html.unescape(escaped) == text
