"""Dates are read as people write them, and never guessed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.reading.dates import read_date


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Oct 28, 2024",
            "October 28, 2024",
            "Oct. 28th 2024",
            "28 October 2024",
            "28th of October, 2024",
            "28-Oct-2024",
        ),
        *("Monday, October 28, 2024", "Mon, 28 Oct 2024", "Published on Oct 28, 2024", "Posted: 28 October 2024"),
        *("2024-10-28", "2024/10/28", "2024-10-28T08:00:00Z", "28.10.2024", "28/10/2024", "10/28/2024"),
        *(
            "28. Oktober 2024",
            "Montag, 28. Oktober 2024",
            "28 octobre 2024",
            "28 de octubre de 2024",
            " Oct 28, 2024. ",
        ),
    ],
)
def test_every_usual_form_is_read(text: str) -> None:
    """The forms of four languages, with and without the day of the week."""
    assert read_date(text) == date(2024, 10, 28)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "10/11/2024",
            "03.04.2024",
            "Feb 30, 2024",
            "2024-13-01",
            "Oct 2024",
            "In October 28 people came",
            "28.10.24",
        ),
        *("Oct 28, 2024 was a good day", "May 5, 20245", "Someday 28, 2024", "9" * 5000),
    ],
)
def test_what_is_no_date_or_could_be_two_is_left(text: str) -> None:
    """A wrong date is worse than none."""
    assert read_date(text) is None


def test_only_english_writes_the_month_first() -> None:
    """Where the language leaves no doubt, a date of numbers is read."""
    assert read_date("03.04.2024", "de") == date(2024, 4, 3)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_an_iso_date_is_itself(day: date) -> None:
    """The one form without any doubt."""
    assert read_date(day.isoformat()) == day


@given(st.text(max_size=60))
def test_any_text_is_a_date_or_none(text: str) -> None:
    """Nothing is ever raised."""
    assert read_date(text) is None or any(letter.isdigit() for letter in text)
