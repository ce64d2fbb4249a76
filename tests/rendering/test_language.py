"""What depends on the language: direction, slant, reading time."""

import pytest

from newsletter.domain.article import Paragraph, inline
from newsletter.rendering.language import direction, reading_minutes, slants, tag


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


@pytest.mark.parametrize(("text", "minutes"), [("", 1), ("word " * 660, 3), ("世" * 1200, 3)])
def test_reading_time_counts_words_and_ideographs(text: str, minutes: int) -> None:
    """Chinese has no spaces to count by."""
    assert reading_minutes([Paragraph(spans=inline(text))]) == minutes


def test_tag_that_names_no_language_is_passed_over() -> None:
    """For the studio's, or English."""
    assert tag("und", "de") == "de"
    assert tag('"><script>', "not a tag") == "en"
