"""Days, hours and numbers as a language writes them."""

from datetime import date, datetime

import pytest

from newsletter.rendering.cldr import long_date, long_moment, number, own_name


@pytest.mark.parametrize(
    ("spoken", "country", "expected"),
    [
        ("en", "US", "March 9, 2026"),
        ("en", "GB", "9 March 2026"),
        ("en", "", "9 March 2026"),
        ("en", "JP", "9 March 2026"),
        ("de", "US", "9. März 2026"),
        ("fr", "FR", "9 mars 2026"),
        ("es", "MX", "9 de marzo de 2026"),
    ],
)
def test_a_day_is_written_as_its_language_does_in_the_country(spoken: str, country: str, expected: str) -> None:
    """A country where the language is not at home changes nothing."""
    assert long_date(date(2026, 3, 9), spoken, country) == expected


@pytest.mark.parametrize("spoken", ["xx", "", "../en"])
def test_a_day_in_a_language_that_nobody_knows_is_iso(spoken: str) -> None:
    """Better plain than half translated."""
    assert long_date(date(2026, 3, 9), spoken, "US") == "2026-03-09"


@pytest.mark.parametrize(
    ("spoken", "country", "expected"),
    [
        ("en", "GB", "9 March 2026, 14:05"),
        ("en", "US", "March 9, 2026, 2:05\u202fPM"),
        ("de", "AT", "9. März 2026, 14:05"),
        ("fr", "CA", "9 mars 2026, 14 h 05"),
        ("xx", "", "2026-03-09, 14:05"),
    ],
)
def test_an_hour_is_written_by_the_clock_of_the_country(spoken: str, country: str, expected: str) -> None:
    """Of twelve hours or of twenty-four."""
    assert long_moment(datetime(2026, 3, 9, 14, 5), spoken, country) == expected  # noqa: DTZ001  # what a clock shows


@pytest.mark.parametrize(("spoken", "expected"), [("en", "12,345"), ("de", "12.345"), ("xx", "12345")])
def test_a_number_is_grouped_as_the_language_does(spoken: str, expected: str) -> None:
    """A point in one is a comma in another."""
    assert number(12345, spoken) == expected


@pytest.mark.parametrize(("spoken", "expected"), [("fr", "Français"), ("de", "Deutsch"), ("xx", "Xx")])
def test_a_language_is_called_what_its_speakers_call_it(spoken: str, expected: str) -> None:
    """Whoever looks for hers reads no other."""
    assert own_name(spoken) == expected
