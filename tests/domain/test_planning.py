"""Rules on which mails follow a session, and when."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.aftercare import CareNote, Offset, Plan, Session, Step
from newsletter.domain.conditions import Condition, Visit
from newsletter.domain.planning import PlannedStep, due_moment, plan_for, plan_steps
from newsletter.domain.quiet import QuietHours, local_day
from newsletter.errors import InputError

LONDON = "Europe/London"
NOTE = CareNote(subject="After your visit", preheader="A few words", title="After your visit", blocks=())
QUIET = QuietHours()


def a_step(name: str, offset: Offset, *, first_visit_only: bool = False, safety: tuple[str, ...] = ()) -> Step:
    return Step(name=name, offset=offset, note=NOTE, first_visit_only=first_visit_only, safety=safety)


def a_plan(name: str, *steps: Step) -> Plan:
    return Plan(name=name, title=name, steps=steps)


def a_session(ended_at: datetime) -> Session:
    return Session(id=1, subscriber_id=1, services=("reiki",), practitioner="Mara", ended_at=ended_at)


def planned(
    steps: Sequence[Step], ended_at: str = "2026-05-04T15:00Z", *, zone: str = LONDON, visit: int = 1
) -> tuple[PlannedStep, ...]:
    session = a_session(datetime.fromisoformat(ended_at))
    who = Visit(number=visit, services=frozenset(session.services))
    return plan_steps(a_plan("reiki", *steps), session, timezone=zone, visit=who, quiet=QUIET)


PLANS = {
    name: a_plan(name, a_step(f"{name}-1", Offset(hours=2), safety=("general", name)), a_step("2", Offset(hours=72)))
    for name in ("tender", "prenatal", "deep-tissue", "relaxation", "reiki")
}


@pytest.mark.parametrize(
    ("offset", "ended_at", "due"),
    [
        (Offset(hours=2), "2026-05-04T15:00Z", "2026-05-04T17:00Z"),
        (Offset(hours=24), "2026-03-28T15:00Z", "2026-03-29T15:00Z"),  # a day of hours, through the short night
        (Offset(days=1, at=time(10)), "2026-03-28T15:00Z", "2026-03-29T09:00Z"),
        (Offset(days=1, at=time(10)), "2026-10-24T15:00Z", "2026-10-25T10:00Z"),
        (Offset(days=1, at=time(10)), "2026-07-04T23:30Z", "2026-07-06T09:00Z"),  # it was past midnight for her
        (Offset(days=2), "2026-05-04T15:00Z", "2026-05-06T15:00Z"),
    ],
)
def test_a_step_is_due_by_hours_or_by_her_calendar(offset: Offset, ended_at: str, due: str) -> None:
    """Hours are counted as they pass; days are read off her wall."""
    assert due_moment(offset, datetime.fromisoformat(ended_at), LONDON) == datetime.fromisoformat(due)


def test_hours_pass_alike_whatever_zone_the_end_is_written_in() -> None:
    """Python adds to a local time by the wall: through the short night a day would have 23 hours."""
    ended_at = datetime(2026, 3, 28, 15, tzinfo=ZoneInfo(LONDON))
    assert due_moment(Offset(hours=24), ended_at, LONDON) == datetime(2026, 3, 29, 15, tzinfo=UTC)


def test_a_first_visits_mail_goes_to_nobody_who_was_here_before() -> None:
    """A welcome on the tenth visit would be silly."""
    steps = [a_step("welcome", Offset(hours=2), first_visit_only=True), a_step("check-in", Offset(hours=48))]
    assert [item.step.name for item in planned(steps)] == ["welcome", "check-in"]
    assert [item.step.name for item in planned(steps, visit=2)] == ["check-in"]


def test_of_two_steps_on_one_day_the_later_waits_for_the_next_free_morning() -> None:
    """And what that morning held moves on too."""
    steps = [a_step("a", Offset(hours=1)), a_step("b", Offset(hours=3)), a_step("c", Offset(days=1, at=time(12)))]
    assert [(item.step.name, item.due_at.isoformat()) for item in planned(steps)] == [
        ("a", "2026-05-04T16:00:00+00:00"),
        ("b", "2026-05-05T08:00:00+00:00"),
        ("c", "2026-05-06T08:00:00+00:00"),
    ]


def test_a_step_in_the_evening_waits_for_the_morning_and_so_does_its_end() -> None:
    """The grace is counted from the moment it is really due."""
    (item,) = planned([a_step("a", Offset(hours=2))], "2026-05-04T18:30Z")
    assert (item.due_at.hour, item.expires_at - item.due_at) == (8, timedelta(hours=20))


def test_a_step_at_a_time_that_passed_during_the_session_comes_after_it() -> None:
    """Noon of the day is no moment for a session that ended at four."""
    (item,) = planned([a_step("a", Offset(days=0, at=time(12)))])
    assert item.due_at == datetime(2026, 5, 4, 15, tzinfo=UTC)


OFFSETS = st.one_of(
    st.builds(Offset, hours=st.floats(0, 300)),
    st.builds(Offset, days=st.integers(0, 14), at=st.times()),
)
SESSION_ENDS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis adds the zone


@given(offsets=st.lists(OFFSETS, max_size=6), ended_at=SESSION_ENDS, zone=st.timezone_keys(allow_prefix=False))
def test_planned_mails_are_welcome_ones(offsets: list[Offset], ended_at: datetime, zone: str) -> None:
    """Each on a day of its own, none in quiet hours, none before the session was over, none left out."""
    steps = [a_step(str(number), offset) for number, offset in enumerate(offsets)]
    moments = [item.due_at for item in planned(steps, ended_at.isoformat(), zone=zone)]
    assert len({local_day(moment, zone) for moment in moments}) == len(steps)
    assert all(ended_at <= moment == QUIET.next_allowed(moment, zone) for moment in moments)


def test_a_session_of_one_service_follows_its_plan_as_it_is() -> None:
    """Nothing is added to what was written for it."""
    assert plan_for(["relaxation"], [], PLANS) is PLANS["relaxation"]


def test_tender_takes_the_place_of_every_service() -> None:
    """The session that touched her decides the tone, whatever was done."""
    assert [step.name for step in plan_for(["prenatal"], ["tender"], PLANS).steps] == ["tender-1", "2"]


@pytest.mark.parametrize("services", [["reiki", "deep-tissue", "relaxation"], ["deep-tissue", "relaxation", "reiki"]])
def test_of_several_services_the_strictest_leads(services: list[str]) -> None:
    """In whatever order they were entered."""
    assert plan_for(services, [], PLANS).name == "deep-tissue"


def test_every_mail_of_several_services_carries_what_each_of_them_warns_of() -> None:
    """Its own first, none twice."""
    plan = plan_for(["relaxation", "deep-tissue"], [], PLANS)
    assert plan.steps[0].safety == ("general", "deep-tissue", "relaxation")
    assert set(plan.steps[1].safety) == {"general", "deep-tissue", "relaxation"}


def test_a_tender_mail_keeps_the_warnings_of_what_was_done() -> None:
    """Cupping marks do not care how she felt."""
    plan = plan_for(["deep-tissue"], ["tender"], PLANS)
    assert plan.steps[0].safety == ("general", "tender", "deep-tissue")


def test_an_unknown_service_is_named_with_those_that_are_known() -> None:
    """A typing error is mended at a glance."""
    with pytest.raises(InputError, match=r"“reikki”.* deep-tissue, prenatal, reiki, relaxation"):
        plan_for(["reiki", "reikki"], [], PLANS)


@pytest.mark.parametrize("flags", [[], ["tender"]])
def test_a_session_without_a_service_has_no_plan(flags: list[str]) -> None:
    """Not even a tender one: nobody could say what it was."""
    with pytest.raises(InputError, match="needs a service"):
        plan_for([], flags, PLANS)


def test_a_service_of_the_studios_own_leads_before_gentle_ones_and_after_strict_ones() -> None:
    """What it involves nobody here knows; the strictest precautions win."""
    plans = {name: a_plan(name) for name in ("reiki", "cupping", "scalp")}
    assert plan_for(["reiki", "scalp"], (), plans).name == "scalp"
    assert plan_for(["scalp", "cupping"], (), plans).name == "cupping"


def test_a_step_that_is_sent_by_hand_is_never_planned() -> None:
    """The clockwork leaves it to the practitioner."""
    by_hand = Step(name="later", offset=Offset(days=28, at=time(10)), note=NOTE, by_hand=True)
    assert planned([by_hand]) == ()


def test_a_step_that_is_not_for_this_visit_says_why_and_takes_no_day() -> None:
    """What is left out must not push aside what goes."""
    later = Step(name="later", offset=Offset(hours=1), note=NOTE, when=Condition(visit_from=2))
    kept, left_out = planned([later, a_step("check-in", Offset(hours=2))])
    assert (kept.step.name, kept.due_at.hour, kept.skipped) == ("check-in", 17, "")
    assert (left_out.step.name, left_out.skipped) == ("later", "is meant from visit 2 on")


@pytest.mark.parametrize(
    ("ended_at", "due"), [("2026-05-01T10:00Z", "2026-05-04"), ("2026-05-03T10:00Z", "2026-05-04")]
)
def test_a_step_for_weekdays_waits_for_monday(ended_at: str, due: str) -> None:
    """From Saturday and from Sunday alike."""
    days = 1 if ended_at.startswith("2026-05-01") else 0
    step = Step(name="a", offset=Offset(days=days, at=time(15)), note=NOTE, weekdays_only=True)
    assert planned([step], ended_at)[0].due_at.date().isoformat() == due


def test_two_steps_for_weekdays_that_share_a_friday_skip_the_weekend() -> None:
    """The second one's next free morning is Monday's."""
    steps = [Step(name=name, offset=Offset(hours=1), note=NOTE, weekdays_only=True) for name in "ab"]
    assert [item.due_at.day for item in planned(steps, "2026-05-01T10:00Z")] == [1, 4]
