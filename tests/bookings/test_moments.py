"""Dates, times and durations as booking programs write them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.bookings.moments import month_first, read_date, read_duration, read_moment

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    "text",
    [
        "2026-07-03 18:30",
        "2026-07-03T18:30:00",
        "2026-07-03T17:30:00Z",
        "2026-07-03T19:30:00+02:00",
        "2026-07-03T17:30:00.000Z",
        "2026-07-03 17:30 UTC",
        "03/07/2026 6:30 PM",
        "03.07.2026 18.30",
        "Friday, 3 July 2026, 18:30",
        "July 3, 2026 at 6:30pm",
        "Fri Jul 3, 2026 6:30 p.m.",
    ],
)
def test_a_moment_is_read_as_programs_write_it(text: str) -> None:
    """On the studio's clock, unless an offset is given."""
    assert read_moment(text, None, LONDON, american=False) == datetime(2026, 7, 3, 17, 30, tzinfo=UTC)


def test_american_dates_have_the_month_first() -> None:
    """As the other dates tell, and where none does as the country writes."""
    assert month_first(["03/02/2026", "03/14/2026"], otherwise=False)
    assert not month_first(["03/02/2026", "14/03/2026"], otherwise=True)
    assert month_first(["03/02/2026"], otherwise=True)
    assert read_date("03/02/2026", american=True)[0] == date(2026, 3, 2)


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-02-30 18:00", "2026-03-02", "2026-03-02 25:00", "18:00"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError):
        read_moment(text, None, LONDON, american=False)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("60", 60), ("60 min", 60), ("1:30", 90), ("1 h 30 min", 90), ("2 hours", 120), ("90 minutes", 90)],
)
def test_a_duration_is_read_as_programs_write_it(text: str, minutes: int) -> None:
    """In minutes, or hours and minutes."""
    assert read_duration(text) == timedelta(minutes=minutes)


@given(st.text(max_size=60), st.booleans())
def test_any_text_is_a_moment_or_a_value_error(text: str, american: bool) -> None:
    """And so is any duration."""
    for read in (lambda: read_moment(text, date(2026, 3, 2), LONDON, american=american), lambda: read_duration(text)):
        try:
            read()
        except (ValueError, OverflowError):
            continue
