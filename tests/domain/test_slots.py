"""Slots: split once, filled in one pass, never read out of content."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain import slots
from newsletter.errors import TemplateError

READABLE = st.text(alphabet=st.characters(exclude_categories=["Cs"]))


def test_a_slot_takes_the_readers_value() -> None:
    parts = slots.split("Hello [[ first_name | there ]], this is [[ practitioner ]].")
    assert slots.fill(parts, {"first_name": "Anna", "practitioner": "Mara"}) == "Hello Anna, this is Mara."


def test_a_slot_without_a_value_takes_its_default() -> None:
    assert slots.fill(slots.split("Hello [[ first_name | there ]],"), {"first_name": ""}) == "Hello there,"


def test_a_value_is_never_read_as_a_slot() -> None:
    parts = slots.split("Hello [[ first_name ]],")
    assert (
        slots.fill(parts, {"first_name": "[[ practitioner ]]", "practitioner": "Mara"}) == "Hello [[ practitioner ]],"
    )


def test_values_pass_through_the_escape() -> None:
    assert slots.fill(slots.split("[[ first_name ]]!"), {"first_name": "a"}, str.upper) == "A!"


@pytest.mark.parametrize("text", ["[[ nick_name ]]", "[[ FIRST_NAME ]]", "[[first_name]]", "[[ first_name"])
def test_what_is_no_slot_is_refused(text: str) -> None:
    with pytest.raises(TemplateError):
        slots.split(text)


@given(READABLE)
def test_protected_content_comes_out_as_it_went_in(content: str) -> None:
    assert slots.fill(slots.split(slots.protect(content)), {}) == content


@given(READABLE, READABLE)
def test_content_beside_a_slot_never_becomes_one(before: str, after: str) -> None:
    text = slots.map_literals("\x00[[ first_name ]]\x01", {"\x00": before, "\x01": after}.__getitem__)
    assert slots.fill(slots.split(text), {"first_name": "Anna"}) == f"{before}Anna{after}"
