"""Limits: what is left of each window, and when there is room again."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.limits import Limits, Usage, Window, end_of, room, start_of

NOW = datetime(2026, 3, 2, 10, 30, 15, 500, tzinfo=UTC)


def test_without_limits_there_is_room_for_all() -> None:
    assert room(Limits(), Usage(used={}), NOW).mails is None


def test_the_tightest_window_decides() -> None:
    used = Usage(used={Window.HOUR: 5, Window.DAY: 95})
    assert room(Limits(per_hour=20, per_day=100), used, NOW).mails == 5


def test_without_room_the_latest_of_the_full_windows_says_when() -> None:
    full = room(Limits(per_hour=20, per_day=100), Usage(used={Window.HOUR: 20, Window.DAY: 100}), NOW)
    assert (full.mails, full.resume_at) == (0, datetime(2026, 3, 3, tzinfo=UTC))


def test_a_warm_up_ends_in_the_daily_limit() -> None:
    limits = Limits(per_day=100, warm_up=(10, 500))
    assert [limits.of(Window.DAY, day) for day in (1, 2, 3)] == [10, 100, 100]


def test_what_is_reserved_is_not_left_for_campaigns() -> None:
    assert room(Limits(per_day=100), Usage(used={Window.DAY: 90}), NOW, reserved=7).mails == 3


@given(st.sampled_from(Window), st.datetimes(timezones=st.just(UTC)))
def test_every_moment_lies_in_its_window(window: Window, moment: datetime) -> None:
    if moment.year < 9999:
        assert start_of(window, moment) <= moment < end_of(window, moment)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_there_is_never_more_room_than_the_limit_leaves(limit: int, used: int, reserved: int) -> None:
    here = room(Limits(per_day=limit + 1), Usage(used={Window.DAY: used}), NOW, reserved=reserved)
    assert here.mails == max(limit + 1 - used - reserved, 0)
    assert (here.resume_at is None) == (here.mails > 0)
    assert here.resume_at is None or here.resume_at > NOW + timedelta(0)
