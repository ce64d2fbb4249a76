"""Rules on a practitioner's holiday."""

from datetime import UTC, date, datetime

import pytest

from newsletter.domain.holiday import Holiday, planned
from newsletter.errors import InputError

LONDON = "Europe/London"
TODAY = date(2026, 7, 20)
AUGUST = Holiday(first_day=date(2026, 8, 1), last_day=date(2026, 8, 14), cover="Ruth, 07700 900123")


@pytest.mark.parametrize(
    ("moment", "lasts", "is_over"),
    [
        ("2026-07-31T22:59Z", False, False),
        ("2026-07-31T23:00Z", True, False),  # London is an hour ahead: midnight there
        ("2026-08-14T22:59Z", True, False),
        ("2026-08-14T23:00Z", False, True),
    ],
)
def test_a_holiday_lasts_from_midnight_to_midnight_on_the_studios_clock(
    moment: str, lasts: bool, is_over: bool
) -> None:
    """Both days included."""
    at = datetime.fromisoformat(moment)
    assert (AUGUST.lasts(at, LONDON), AUGUST.is_over(at, LONDON)) == (lasts, is_over)
    assert AUGUST.over_at(LONDON) == datetime(2026, 8, 14, 23, tzinfo=UTC)


def test_a_cover_is_kept_as_one_plain_line() -> None:
    """However it was pasted."""
    assert planned(AUGUST.first_day, AUGUST.last_day, " Ruth,\n\t07700 900123\x00 ", TODAY) == AUGUST


@pytest.mark.parametrize(
    ("first_day", "last_day", "cover", "fault"),
    [
        (date(2026, 8, 2), date(2026, 8, 1), "", "before it begins"),
        (date(2026, 7, 1), date(2026, 7, 19), "", "is over"),
        (date(2026, 8, 1), date(2027, 8, 2), "", "slip of the finger"),
        (TODAY, TODAY, "R" * 121, "121 characters"),
        (TODAY, TODAY, "Ruth, https://ruth.example", "address of a page"),
    ],
)
def test_days_and_covers_that_cannot_be_are_refused(first_day: date, last_day: date, cover: str, fault: str) -> None:
    """She hears of it at once, and not from a client."""
    with pytest.raises(InputError, match=fault):
        planned(first_day, last_day, cover, TODAY)
