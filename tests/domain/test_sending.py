"""Rules on the last look before a mail leaves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.quiet import QuietHours, local_day
from newsletter.domain.sending import MONTH, Cancel, Candidate, Decision, Invited, Postpone, Send, Suppress, decide
from subscribers.consent import Stream
from subscribers.suppression import Reason

QUIET = QuietHours()
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOMORROW = datetime(2026, 3, 3, 9, tzinfo=UTC)
FREE = Candidate(
    delivery_id=1,
    subscriber_id=1,
    stream=Stream.MARKETING,
    timezone="Europe/London",
    reachable=True,
    suppression=None,
    consent=True,
    session_stands=True,
    campaign_stands=True,
    expires_at=None,
    last_mail_at=None,
    care_due_at=None,
)
# What may stand in the way, in the order in which it is looked at, and what is decided then.
OBSTACLES: list[tuple[dict[str, Any], Decision]] = [
    ({"session_stands": False}, Cancel("the session was cancelled")),
    ({"campaign_stands": False}, Cancel("the campaign was cancelled")),
    ({"reachable": False}, Suppress("has no address any more")),
    ({"suppression": Reason.UNSUBSCRIBE}, Suppress("has unsubscribed")),
    ({"consent": False}, Suppress("has not agreed to newsletters")),
    ({"expires_at": NOON - timedelta(seconds=1)}, Suppress("its moment had passed")),
    ({"timezone": "Australia/Sydney"}, Postpone(datetime(2026, 3, 2, 22, tzinfo=UTC), "quiet hours")),
    ({"last_mail_at": NOON - timedelta(hours=2)}, Postpone(TOMORROW, "another mail went to her that day")),
    ({"care_due_at": NOON + timedelta(hours=2)}, Postpone(TOMORROW, "a care mail goes to her that day")),
]


def after(obstacles: list[tuple[dict[str, Any], Decision]], **changes: Any) -> Candidate:
    for change, _ in obstacles:
        changes = change | changes
    return replace(FREE, **changes)


def test_a_mail_with_nothing_in_its_way_is_sent() -> None:
    """The usual case."""
    assert decide(FREE, QUIET, NOON) == Send()


@pytest.mark.parametrize(("change", "decision"), OBSTACLES)
def test_each_obstacle_has_its_own_answer(change: dict[str, Any], decision: Decision) -> None:
    """With the reason in the words of the ledger."""
    assert decide(replace(FREE, **change), QUIET, NOON) == decision


@pytest.mark.parametrize("first", range(len(OBSTACLES)))
def test_of_several_obstacles_the_weightiest_is_named(first: int) -> None:
    """A cancelled session before suppression, consent, expiry, quiet hours and the daily cap, in this order."""
    assert decide(after(OBSTACLES[first:]), QUIET, NOON) == OBSTACLES[first][1]


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("stream", Stream)
def test_a_suppressed_address_gets_nothing_of_the_stream(reason: Reason, stream: Stream) -> None:
    """Whatever the reason, it can be told."""
    decision = decide(replace(FREE, stream=stream, suppression=reason), QUIET, NOON)
    assert isinstance(decision, Suppress)
    assert decision.reason


def test_care_needs_a_consent_of_its_own() -> None:
    """The reason says to what she has not agreed."""
    candidate = replace(FREE, stream=Stream.CARE, consent=False)
    assert decide(candidate, QUIET, NOON) == Suppress("has not agreed to care mails")


@pytest.mark.parametrize(("change", "_"), [*OBSTACLES[4:5], *OBSTACLES[6:]])
def test_a_service_mail_waits_for_nothing_she_asked_for(change: dict[str, Any], _: Decision) -> None:
    """A confirmation comes at once: without consent, at night, and beside other mail."""
    assert decide(replace(FREE, stream=Stream.SERVICE, **change), QUIET, NOON) == Send()


def test_care_does_not_wait_for_care_that_is_due_later_that_day() -> None:
    """Only newsletters give way."""
    candidate = replace(FREE, stream=Stream.CARE, care_due_at=NOON + timedelta(hours=2))
    assert decide(candidate, QUIET, NOON) == Send()


def test_a_mail_leaves_on_the_very_moment_it_would_expire() -> None:
    """Late is only what comes after."""
    assert decide(replace(FREE, expires_at=NOON), QUIET, NOON) == Send()


@pytest.mark.parametrize(("change", "postponed"), OBSTACLES[6:])
def test_a_mail_that_would_come_too_late_is_not_postponed(change: dict[str, Any], postponed: Decision) -> None:
    """It is suppressed, and the reason says both."""
    candidate = replace(FREE, expires_at=NOON + timedelta(hours=1), **change)
    assert isinstance(postponed, Postpone)
    assert decide(candidate, QUIET, NOON) == Suppress(f"{postponed.reason}, and later would be too late")


def test_a_day_ends_at_her_own_midnight() -> None:
    """Yesterday evening's mail in London was this morning's in Auckland, not hers."""
    late_yesterday = NOON.replace(day=1, hour=23)
    assert decide(replace(FREE, last_mail_at=late_yesterday), QUIET, NOON) == Send()


INVITATION = replace(FREE, invited=Invited(), expires_at=NOON + timedelta(days=7))
SATURDAY = datetime(2026, 3, 7, 12, tzinfo=UTC)
MONDAY = datetime(2026, 3, 9, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("known", "decision"),
    [
        (Invited(), Send()),
        (Invited(came_again=True), Cancel("has come or booked again")),
        (Invited(newsletter_due_at=NOON + timedelta(hours=3)), Postpone(TOMORROW, "a newsletter goes out that day")),
        (Invited(newsletter_due_at=NOON - timedelta(days=3)), Postpone(TOMORROW, "a newsletter goes out that day")),
        (Invited(newsletter_due_at=NOON + timedelta(days=1), newsletters_to_come=1), Send()),
        (Invited(newsletters_to_come=2), Postpone(TOMORROW, "newsletters to come fill her month")),
        (
            Invited(holiday_over_at=NOON + timedelta(hours=36), holiday="you are on holiday"),
            Postpone(TOMORROW + timedelta(days=1), "you are on holiday"),
        ),
        (
            Invited(holiday_over_at=NOON + timedelta(days=9), holiday="you are on holiday"),
            Suppress("you are on holiday, and later would be too late"),
        ),
    ],
)
def test_an_invitation_gives_way_to_everything(known: Invited, decision: Decision) -> None:
    """To a booking, a newsletter, a holiday; as long as it is not too late."""
    assert decide(replace(INVITATION, invited=known), QUIET, NOON) == decision


def test_an_invitation_leaves_on_weekdays_only() -> None:
    """Also where it was put off to a weekend."""
    late = replace(INVITATION, expires_at=MONDAY)
    assert decide(late, QUIET, SATURDAY) == Postpone(MONDAY, "is sent on weekdays only")
    friday = SATURDAY - timedelta(days=1)
    after_a_mail = replace(late, last_mail_at=friday - timedelta(hours=1))
    assert decide(after_a_mail, QUIET, friday) == Postpone(MONDAY, "another mail went to her that day")


def test_an_invitation_needs_the_consent_of_its_stream() -> None:
    """In words that fit it."""
    assert decide(replace(INVITATION, consent=False), QUIET, NOON) == Suppress("has not agreed to invitations")


EARLIER = (NOON - timedelta(days=9), NOON - timedelta(days=26))


def test_a_newsletter_too_many_in_a_month_is_left_out() -> None:
    """Weeks later it would be stale; the campaign can be sent to the rest by hand."""
    reason = "has had 2 newsletters or invitations within a month"
    assert decide(replace(FREE, marketing_at=EARLIER), QUIET, NOON) == Suppress(reason)
    assert decide(replace(FREE, marketing_at=EARLIER), QUIET, NOON, most_a_month=3) == Send()
    assert decide(replace(FREE, marketing_at=EARLIER[:1]), QUIET, NOON) == Send()
    assert decide(replace(FREE, marketing_at=(EARLIER[0], NOON - MONTH)), QUIET, NOON) == Send()


def test_an_invitation_finds_room_later_in_the_month() -> None:
    """On the morning on which the older mail is a month ago, if that is not too late."""
    reason = "has had 2 newsletters or invitations within a month"
    room_at = EARLIER[1] + MONTH
    full = replace(INVITATION, marketing_at=EARLIER)
    assert decide(full, QUIET, NOON) == Postpone(room_at, reason)
    too_late = replace(full, expires_at=room_at - timedelta(hours=1))
    assert decide(too_late, QUIET, NOON) == Suppress(f"{reason}, and later would be too late")


def test_an_invitation_leaves_room_for_the_newsletters_to_come() -> None:
    """One went, one is to come: that makes two."""
    known = Invited(newsletter_due_at=NOON + timedelta(days=9), newsletters_to_come=1)
    candidate = replace(INVITATION, marketing_at=EARLIER[:1], invited=known)
    assert decide(candidate, QUIET, NOON) == Postpone(TOMORROW, "newsletters to come fill her month")


def test_care_is_no_part_of_the_month() -> None:
    """However many newsletters she gets."""
    assert decide(replace(FREE, stream=Stream.CARE, marketing_at=EARLIER), QUIET, NOON) == Send()


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis adds the zone
CANDIDATES = st.builds(
    Candidate,
    delivery_id=st.just(1),
    subscriber_id=st.just(1),
    stream=st.sampled_from([Stream.CARE, Stream.MARKETING]),
    timezone=st.timezone_keys(allow_prefix=False),
    reachable=st.booleans(),
    suppression=st.none() | st.sampled_from(Reason),
    consent=st.booleans(),
    session_stands=st.booleans(),
    campaign_stands=st.booleans(),
    expires_at=st.none() | MOMENTS,
    last_mail_at=st.none() | MOMENTS,
    care_due_at=st.none() | MOMENTS,
    marketing_at=st.lists(MOMENTS, max_size=3).map(lambda moments: tuple(sorted(moments, reverse=True))),
    invited=st.none()
    | st.builds(
        Invited,
        came_again=st.booleans(),
        newsletter_due_at=st.none() | MOMENTS,
        newsletters_to_come=st.integers(0, 2),
    ),
)
NEARBY = st.timedeltas(timedelta(hours=-30), timedelta(hours=30))


@given(candidate=CANDIDATES, now=MOMENTS)
def test_nothing_is_sent_against_her_will(candidate: Candidate, now: datetime) -> None:
    """Not without consent, not past a suppression, not at night."""
    sent = decide(candidate, QUIET, now) == Send()
    stands = candidate.session_stands and candidate.campaign_stands
    allowed = stands and candidate.reachable and candidate.consent and candidate.suppression is None
    assert not sent or (allowed and QUIET.next_allowed(now, candidate.timezone) == now)


@given(candidate=CANDIDATES, now=MOMENTS, apart=NEARBY)
def test_nobody_gets_two_mails_on_one_day(candidate: Candidate, now: datetime, apart: timedelta) -> None:
    """Of her own days, not of the studio's."""
    last = now + apart
    sent = decide(replace(candidate, last_mail_at=last), QUIET, now) == Send()
    assert not sent or local_day(last, candidate.timezone) != local_day(now, candidate.timezone)


@given(candidate=CANDIDATES, now=MOMENTS, apart=NEARBY)
def test_a_postponed_mail_waits_for_an_allowed_moment(candidate: Candidate, now: datetime, apart: timedelta) -> None:
    """Later than now, outside quiet hours, and before it would expire."""
    match decide(replace(candidate, last_mail_at=now + apart), QUIET, now):
        case Postpone(until, _):
            assert now < until == QUIET.next_allowed(until, candidate.timezone)
            assert candidate.expires_at is None or until <= candidate.expires_at
