"""Rules on quiet hours, over every zone and every change of the clocks."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.quiet import QuietHours, at_local, local_day

QUIET = QuietHours()
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis adds the zone
ZONES = st.timezone_keys(allow_prefix=False)


def local(text: str, timezone: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone), fold=fold)


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York", "Australia/Sydney", "Asia/Kathmandu"])
@pytest.mark.parametrize(
    ("moment", "allowed"),
    [
        ("2026-05-04T19:59:59.999999", "2026-05-04T19:59:59.999999"),
        ("2026-05-04T20:00", "2026-05-05T09:00"),
        ("2026-05-04T23:59", "2026-05-05T09:00"),
        ("2026-05-04T00:00", "2026-05-04T09:00"),
        ("2026-05-04T08:59:59.999999", "2026-05-04T09:00"),
        ("2026-05-04T09:00", "2026-05-04T09:00"),
    ],
)
def test_nothing_leaves_from_eight_in_the_evening_to_nine_in_the_morning(zone: str, moment: str, allowed: str) -> None:
    """Both ends are hers to the microsecond: eight is quiet, nine is not."""
    assert QUIET.next_allowed(local(moment, zone), zone) == local(allowed, zone)


@pytest.mark.parametrize(
    ("zone", "moment", "fold", "morning"),
    [
        ("Europe/London", "2026-03-28T20:30", 0, "2026-03-29T08:00Z"),
        ("Europe/London", "2026-10-25T01:30", 0, "2026-10-25T09:00Z"),
        ("Europe/London", "2026-10-25T01:30", 1, "2026-10-25T09:00Z"),
        ("America/New_York", "2026-03-08T01:59", 0, "2026-03-08T13:00Z"),
        ("America/New_York", "2026-11-01T01:30", 0, "2026-11-01T14:00Z"),
        ("America/New_York", "2026-11-01T01:30", 1, "2026-11-01T14:00Z"),
        ("Australia/Sydney", "2026-04-05T02:30", 0, "2026-04-04T23:00Z"),
        ("Australia/Sydney", "2026-04-05T02:30", 1, "2026-04-04T23:00Z"),
        ("Australia/Sydney", "2026-10-03T22:00", 0, "2026-10-03T22:00Z"),
        ("Pacific/Apia", "2011-12-29T21:00", 0, "2011-12-30T19:00Z"),  # 30 December 2011 did not exist there
    ],
)
def test_the_morning_is_nine_by_the_clock_that_changed_at_night(
    zone: str, moment: str, fold: int, morning: str
) -> None:
    """Whether the night had an hour more, an hour less, or lasted a day."""
    assert QUIET.next_allowed(local(moment, zone, fold=fold), zone) == datetime.fromisoformat(morning)


@given(moment=MOMENTS, zone=ZONES)
def test_an_allowed_moment_is_never_in_quiet_hours(moment: datetime, zone: str) -> None:
    """Wherever she lives, and whatever the clocks did that night."""
    allowed = QUIET.next_allowed(moment, zone).astimezone(ZoneInfo(zone)).time()
    assert time(9) <= allowed < time(20)


@given(moment=MOMENTS, zone=ZONES)
def test_waiting_never_goes_back_in_time_nor_twice(moment: datetime, zone: str) -> None:
    """A moment is kept or moved on, and one that was moved stays."""
    allowed = QUIET.next_allowed(moment, zone)
    assert moment <= allowed == QUIET.next_allowed(allowed, zone)


def test_an_allowed_moment_is_in_utc() -> None:
    """Local time lives at the edges only."""
    assert QUIET.next_allowed(
        local("2026-05-04T12:00", "Asia/Kathmandu"), "Europe/London"
    ).utcoffset() == UTC.utcoffset(None)


@pytest.mark.parametrize(
    ("day", "at", "moment"),
    [
        (date(2026, 3, 29), time(1, 30), "2026-03-29T01:30Z"),  # skipped: 02:30 by the wall
        (date(2026, 10, 25), time(1, 30), "2026-10-25T00:30Z"),  # comes twice: its first coming
        (date(2026, 7, 1), time(18), "2026-07-01T17:00Z"),
    ],
)
def test_a_wall_clock_time_is_one_moment(day: date, at: time, moment: str) -> None:
    """Also where the clocks skip it, or show it twice."""
    assert at_local(day, at, "Europe/London") == datetime.fromisoformat(moment)


def test_a_day_is_the_readers_own() -> None:
    """At noon in London it is tomorrow already in Auckland in part, and today in New York."""
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    days = [local_day(noon, zone).day for zone in ("Pacific/Auckland", "Europe/London", "America/New_York")]
    assert days == [3, 2, 2]
