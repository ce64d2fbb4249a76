"""A rhythm is read as people say it, and falls on the studio's clock."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.rhythm import Rhythm, parse
from newsletter.errors import InputError

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)  # a Monday
RHYTHMS = st.builds(
    Rhythm,
    weekday=st.integers(0, 6),
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    place=st.sampled_from([None, 1, 2, 3, 4, -1]),
)
MOMENTS = st.integers(0, 20 * 365 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("written", "next_time"),
    [
        ("tuesdays 09:00", datetime(2026, 3, 3, 9, tzinfo=LONDON)),
        ("every Tuesday 9:00", datetime(2026, 3, 3, 9, tzinfo=LONDON)),
        ("monday 09:30", datetime(2026, 3, 9, 9, 30, tzinfo=LONDON)),
        ("monday 09:31", datetime(2026, 3, 2, 9, 31, tzinfo=LONDON)),
        ("first monday 10:00", datetime(2026, 3, 2, 10, tzinfo=LONDON)),
        ("first monday 09:00", datetime(2026, 4, 6, 9, tzinfo=LONDON)),
        ("last friday 17:15", datetime(2026, 3, 27, 17, 15, tzinfo=LONDON)),
        ("fourth sunday 08:00", datetime(2026, 3, 22, 8, tzinfo=LONDON)),
    ],
)
def test_it_is_read_and_falls_where_people_mean(written: str, next_time: datetime) -> None:
    assert parse(written).after(NOW, "Europe/London") == next_time


@pytest.mark.parametrize(
    "written", ["", "tuesday", "09:00", "fifth monday 09:00", "tuesday 24:00", "tuesday 09:60", "someday 09:00"]
)
def test_what_is_no_rhythm_is_refused(written: str) -> None:
    with pytest.raises(InputError):
        parse(written)


@given(RHYTHMS)
def test_what_is_written_is_read_back(rhythm: Rhythm) -> None:
    assert parse(str(rhythm)) == rhythm


@given(RHYTHMS, MOMENTS, st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe", "UTC"]))
def test_it_is_always_later_and_at_that_hour(rhythm: Rhythm, moment: datetime, timezone: str) -> None:
    """Over every change of the clocks; an hour that they skip is made good after it."""
    then = rhythm.after(moment, timezone)
    assert then > moment
    local = then.astimezone(ZoneInfo(timezone))
    assert local.weekday() == rhythm.weekday
    skipped = datetime.combine(local.date(), rhythm.at, ZoneInfo(timezone)).astimezone(UTC) == then
    assert local.time() == rhythm.at or skipped
    assert (then - moment).days <= 63


def test_the_fifth_of_a_weekday_belongs_to_no_place_but_the_last() -> None:
    last = Rhythm(weekday=0, at=time(9), place=-1)
    assert last.after(datetime(2026, 3, 24, tzinfo=UTC), "UTC").day == 30
