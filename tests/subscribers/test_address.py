"""An address has one spelling, and what is none is refused in plain words."""

import pytest
from email_validator import validate_email
from hypothesis import given
from hypothesis import strategies as st

from subscribers.address import normalise
from subscribers.errors import AudienceError


@pytest.mark.parametrize(
    ("typed", "known_as"),
    [
        ("  Anna@Example.COM ", "anna@example.com"),
        ("anna@münchen.de", "anna@xn--mnchen-3ya.de"),
        ("anna@straße.de", "anna@xn--strae-oqa.de"),
        ("mailto:anna@example.com", "anna@example.com"),
        ("<anna@example.com>", "anna@example.com"),
        ("\ufeffanna@example.com\u200b", "anna@example.com"),
        ("anna.o'neill+news@example.co.uk", "anna.o'neill+news@example.co.uk"),
    ],
)
def test_an_address_has_one_spelling(typed: str, known_as: str) -> None:
    """Capitals, blanks and international domains do not make another person."""
    assert normalise(typed) == known_as


@pytest.mark.parametrize(
    "typed",
    ["", "anna", "anna@", "@example.com", "anna@example", "a b@example.com", "änna@example.com", "anna@localhost.test",
     "anna..b@example.com", ".anna@example.com", "anna@-example.com", "anna@example.com, bob@example.com", "a@b\0.de"],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed: str) -> None:
    """The message quotes what was typed."""
    with pytest.raises(AudienceError, match="address"):
        normalise(typed)


def test_an_evident_slip_is_asked_back() -> None:
    """Mail with health matters must not go to whoever owns gmial.com."""
    with pytest.raises(AudienceError, match=r"did you mean anna@gmail\.com"):
        normalise("anna@gmial.com")


def test_a_long_wrong_address_is_quoted_in_part() -> None:
    """A message stays readable whatever stood in the cell."""
    with pytest.raises(AudienceError) as caught:
        normalise("a" * 10_000)
    assert len(str(caught.value)) < 300


@given(st.text())
def test_any_text_is_an_address_or_an_audience_error(text: str) -> None:
    """Nothing that can be typed breaks it, and an address normalised twice stays the same."""
    try:
        address = normalise(text)
    except AudienceError:
        return
    assert normalise(address) == address


@given(st.from_regex(r"[a-z0-9_.+'-]{1,20}@([a-z0-9-]{1,20}\.){1,3}[a-z]{1,10}", fullmatch=True))
def test_the_quick_way_accepts_only_what_the_full_rules_accept(text: str) -> None:
    """Most addresses never see the full rules; they must not get more lenient ones."""
    try:
        address = normalise(text)
    except AudienceError:
        return
    assert validate_email(address, check_deliverability=False).normalized.lower() == address
