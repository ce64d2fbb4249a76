"""Names, places and tags are brought into one form, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers import place
from subscribers.errors import AudienceError
from subscribers.subscriber import NAME_LENGTH, clean_language, clean_name, clean_tags, first_name


@pytest.mark.parametrize(
    ("name", "greeting"),
    [
        ("Anna Maria Smith", "Anna"),
        ("Smith, Anna", "Anna"),
        ("Dr. Anna Smith", "Anna"),
        ("Mrs Smith", ""),
        ("", ""),
        ("   ", ""),
        ("anna@example.com", ""),
        ("www.win-big.example", ""),
        ("Jean-Luc", "Jean-Luc"),
        ("Åsa Öberg", "Åsa"),
        ("Smith,", "Smith"),
        ("{{name}} X", ""),
    ],
)
def test_a_greeting_is_the_given_name_or_nothing(name: str, greeting: str) -> None:
    """A wrong name is worse than none."""
    assert first_name(name) == greeting


def test_a_name_holds_no_control_characters() -> None:
    """Neither a line break, which could start a header, nor a character that turns the text around."""
    assert clean_name("An\0na\r\nBcc:\u202e x") == "Anna Bcc: x"


@given(st.text())
def test_any_name_ends_up_on_one_short_line(name: str) -> None:
    """Whatever was typed, cleaning it once is enough."""
    cleaned = clean_name(name)
    assert len(cleaned) <= NAME_LENGTH
    assert "\n" not in cleaned
    assert cleaned == clean_name(cleaned)
    cleaned.encode()


def test_a_link_is_no_name() -> None:
    """Sign-up forms are used to have spam mailed to others."""
    assert clean_name("Win now https://spam.example") == ""


@pytest.mark.parametrize(("typed", "zone"), [("europe/london", "Europe/London"), ("UTC", "UTC"), ("", "")])
def test_a_time_zone_is_found_in_any_capitals(typed: str, zone: str) -> None:
    """The name is kept as the time zone database writes it."""
    assert place.timezone(typed) == zone


@pytest.mark.parametrize("typed", ["Europe/Londn", "../etc/passwd", "Europe", "GMT+25", "\0"])
def test_an_unknown_time_zone_is_refused(typed: str) -> None:
    """Also one that looks like a path."""
    with pytest.raises(AudienceError, match="time zone"):
        place.timezone(typed)


@pytest.mark.parametrize(
    ("typed", "code"), [("gb", "GB"), ("UK", "GB"), ("Germany", "DE"), ("Deutschland", "DE"), ("us", "US"), (" ", "")]
)
def test_a_country_is_known_by_code_and_usual_name(typed: str, code: str) -> None:
    """People write what they call it."""
    assert place.country(typed) == code


def test_an_unknown_country_is_refused() -> None:
    """The rules of a country hang on it."""
    with pytest.raises(AudienceError, match="Atlantis"):
        place.country("Atlantis")


@pytest.mark.parametrize(("typed", "tag"), [("EN_gb", "en-GB"), ("de", "de"), ("zh-hant-tw", "zh-Hant-TW"), ("", "")])
def test_a_language_is_written_as_usual(typed: str, tag: str) -> None:
    """BCP 47 does not mind capitals, readers do."""
    assert clean_language(typed) == tag


def test_a_sentence_is_no_language() -> None:
    """What cannot be a tag is refused."""
    with pytest.raises(AudienceError, match="language"):
        clean_language("the usual one")


def test_tags_are_in_lower_case_and_each_once() -> None:
    """Regulars and regulars are one group."""
    assert clean_tags(["Regulars", " regulars ", "", "Friends"]) == ("friends", "regulars")


def test_a_tag_with_a_comma_is_refused() -> None:
    """It could not be named in a segment."""
    with pytest.raises(AudienceError, match="separator"):
        clean_tags(["a,b"])
