"""Failover: a mail service is given up after a while, or at once where its day is over."""

from datetime import UTC, datetime, timedelta

import pytest

from newsletter.domain.failover import PATIENCE, Standing

NOW = datetime(2026, 3, 2, 22, 50, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_a_service_that_takes_mail_is_not_given_up() -> None:
    assert not Standing().is_given_up(NOW, "UTC")
    assert not Standing().is_paused(NOW)


@pytest.mark.parametrize(("since", "given_up"), [(PATIENCE - MINUTE, False), (PATIENCE, True), (-PATIENCE, False)])
def test_a_service_is_given_up_once_patience_is_over(since: timedelta, given_up: bool) -> None:
    """A refusal from the future was dated by a clock that ran ahead."""
    refused = Standing(refused_since=NOW - since, resume_at=NOW + MINUTE)
    assert refused.is_given_up(NOW, "UTC") is given_up


@pytest.mark.parametrize(("minutes", "in_trouble"), [(0, False), (1, True), (90, True)])
def test_a_service_that_has_refused_for_a_minute_is_in_trouble(minutes: int, in_trouble: bool) -> None:
    """One that asks to slow down for some seconds is not."""
    assert Standing(refused_since=NOW - minutes * MINUTE).is_in_trouble(NOW) is in_trouble
    assert not Standing().is_in_trouble(NOW)


@pytest.mark.parametrize(
    ("pause", "timezone", "given_up"),
    [
        (24 * 60, "UTC", True),  # a quota that is used up
        (60, "UTC", False),
        (75, "UTC", True),
        (75, "America/New_York", False),  # there, the day goes on
        (11, "Europe/London", False),
        (14, "Europe/Athens", False),  # tomorrow already, and yet soon
    ],
)
def test_a_service_that_takes_nothing_more_today_is_given_up_at_once(pause: int, timezone: str, given_up: bool) -> None:
    """The studio's day counts; a short wait over midnight is no reason."""
    assert Standing(resume_at=NOW + pause * MINUTE).is_given_up(NOW, timezone) is given_up
