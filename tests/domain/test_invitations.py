"""Rules on which invitations follow a session, and when."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.aftercare import CareNote, Offset, Plan, Purpose, Session, Step
from newsletter.domain.conditions import Condition, Visit
from newsletter.domain.planning import PlannedStep, own_rhythm, plan_invitations
from newsletter.domain.quiet import QuietHours, local_day
from subscribers.consent import Stream

LONDON = "Europe/London"
QUIET = QuietHours()
NOTE = CareNote(subject="Whenever", preheader="A few words", title="Come again", blocks=())
MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


def an_invitation(purpose: Purpose = Purpose.REBOOK, days: int = 21, **more: object) -> Step:
    offset = Offset(days=days, at=time(10))
    known = {"name": purpose.value, "note": NOTE, "stream": Stream.MARKETING, "grace": timedelta(days=7)} | more
    return Step(offset=offset, purpose=purpose, **known)  # type: ignore[arg-type]  # of many types


REBOOK = an_invitation(own_rhythm=True)
WIN_BACK = an_invitation(Purpose.WIN_BACK, 90)


def invited(
    *invitations: Step,
    ended_at: datetime = MONDAY,
    zone: str = LONDON,
    rhythm: int | None = None,
    flags: Sequence[str] = (),
) -> tuple[PlannedStep, ...]:
    plan = Plan(name="reiki", title="Reiki", steps=(), invitations=invitations)
    session = Session(
        id=1, subscriber_id=1, services=("reiki",), practitioner="", ended_at=ended_at, flags=frozenset(flags)
    )
    visit = Visit(number=1, services=frozenset(session.services))
    return plan_invitations(plan, session, timezone=zone, visit=visit, quiet=QUIET, rhythm=rhythm)


def test_an_invitation_is_due_on_its_day_by_the_clients_clock_over_a_change_of_clocks() -> None:
    """Ten in the morning is an hour earlier for the world once London is on summer time."""
    (item,) = invited(an_invitation(days=28))
    assert item.due_at == datetime(2026, 3, 30, 9, tzinfo=UTC)
    assert item.expires_at - item.due_at == timedelta(days=7)


def test_an_invitation_that_falls_on_a_weekend_waits_for_monday() -> None:
    """Whatever its plan says of weekdays."""
    assert invited(an_invitation(days=19))[0].due_at == datetime(2026, 3, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize("flag", ["tender", "anything"])
def test_nothing_invites_after_a_session_with_a_flag(flag: str) -> None:
    """Not even where a plan of the studio's own would."""
    assert invited(REBOOK, WIN_BACK, flags=[flag]) == ()


def test_what_is_sent_by_hand_is_not_planned() -> None:
    """The clockwork leaves it to the practitioner."""
    assert invited(an_invitation(by_hand=True)) == ()


def test_an_invitation_that_is_not_for_this_visit_says_why() -> None:
    """As a care mail does."""
    (item,) = invited(an_invitation(when=Condition(visit_from=2)))
    assert item.skipped == "is meant from visit 2 on"


@pytest.mark.parametrize(
    ("days", "rhythm"),
    [([], None), ([1], None), ([1, 8], None), ([1, 8, 29], 14), ([1, 8, 15, 60], 7), ([1, 1, 8], None)],
)
def test_a_rhythm_is_the_median_of_three_sessions_or_more(days: list[int], rhythm: int | None) -> None:
    """Two sessions on one day are one visit."""
    assert own_rhythm(date(2026, 1, 1) + timedelta(days=day) for day in days) == rhythm


@pytest.mark.parametrize(("rhythm", "days"), [(None, 21), (14, 14), (42, 42), (3, 7)])
def test_she_is_asked_again_when_she_usually_comes(rhythm: int | None, days: int) -> None:
    """But never within a week: whoever comes twice a week needs no reminder."""
    assert invited(REBOOK, rhythm=rhythm)[0].due_at.date() == date(2026, 3, 2) + timedelta(days=days)


def test_a_plan_that_does_not_ask_for_her_rhythm_keeps_its_own() -> None:
    """It is the studio's choice."""
    assert invited(an_invitation(), rhythm=42)[0].due_at.date() == date(2026, 3, 23)


@pytest.mark.parametrize(("rhythm", "skipped"), [(None, ""), (62, ""), (63, "she comes every 63 days or so")])
def test_whoever_comes_seldom_has_not_stayed_away(rhythm: int | None, skipped: str) -> None:
    """A win-back would say what is not so."""
    reason = invited(WIN_BACK, rhythm=rhythm)[0].skipped
    assert reason.startswith(skipped)
    assert bool(reason) is bool(skipped)


@given(
    ended_at=st.datetimes(datetime(2025, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 -- hypothesis adds the zone
    zone=st.timezone_keys(allow_prefix=False),
    rhythm=st.none() | st.integers(0, 400),
)
def test_invitations_are_planned_for_weekdays_outside_quiet_hours(
    ended_at: datetime, zone: str, rhythm: int | None
) -> None:
    """Wherever she lives and however often she comes."""
    for item in invited(REBOOK, WIN_BACK, ended_at=ended_at, zone=zone, rhythm=rhythm):
        assert item.due_at == QUIET.next_allowed(item.due_at, zone)
        assert local_day(item.due_at, zone).weekday() < 5
        assert item.due_at - ended_at > timedelta(days=5)
