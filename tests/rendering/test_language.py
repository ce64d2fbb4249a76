"""What depends on the language: direction, date, reading time."""

from datetime import date

import pytest

from newsletter.domain.article import Paragraph, inline
from newsletter.rendering.language import direction, long_date, reading_minutes, slants, tag

ENGLISH = {
    "months": "January February March April May June July August September October November December",
    "date": "{day} {month} {year}",
    "date_month_first": "{month} {day}, {year}",
}


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "ltr"),
        ("ar-EG", "rtl"),
        ("he", "rtl"),
        ("az-Arab", "rtl"),
        ("ku-Latn", "ltr"),
        ("FA", "rtl"),
        ("ug-latn-CN", "ltr"),
    ],
)
def test_direction_follows_script_then_language(language: str, expected: str) -> None:
    """A script in the tag decides."""
    assert direction(language) == expected


@pytest.mark.parametrize(("language", "expected"), [("en", True), ("ru", True), ("ar", False), ("ja-JP", False)])
def test_only_scripts_with_an_italic_are_slanted(language: str, expected: bool) -> None:
    """A slanted Arabic or Japanese line is hard to read."""
    assert slants(language) is expected


@pytest.mark.parametrize(("country", "expected"), [("US", "March 9, 2026"), ("GB", "9 March 2026")])
def test_date_is_written_as_the_country_does(country: str, expected: str) -> None:
    """In words, independent of the machine's locale."""
    assert long_date(date(2026, 3, 9), ENGLISH, country) == expected


def test_date_in_an_untranslated_language_is_iso() -> None:
    """Better plain than half translated."""
    assert long_date(date(2026, 3, 9), {}, "US") == "2026-03-09"


@pytest.mark.parametrize(("text", "minutes"), [("", 1), ("word " * 660, 3), ("世" * 1200, 3)])
def test_reading_time_counts_words_and_ideographs(text: str, minutes: int) -> None:
    """Chinese has no spaces to count by."""
    assert reading_minutes([Paragraph(spans=inline(text))]) == minutes


def test_tag_that_names_no_language_is_passed_over() -> None:
    """For the studio's, or English."""
    assert tag("und", "de") == "de"
    assert tag('"><script>', "not a tag") == "en"
