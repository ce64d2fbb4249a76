"""Rules on what the outcome of a call means for its deliveries."""

from datetime import UTC, datetime, timedelta

import pytest

from newsletter.domain.delivery import Call, DeliveryState, Member, Outcome, Result
from newsletter.domain.settling import MOST_ATTEMPTS, Record, settle, wait_before

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def a_call(*attempts: int) -> Call:
    members = tuple(
        Member(
            delivery_id=number,
            subscriber_id=number,
            email=f"p{number}@example.com",
            name="",
            first_name="",
            practitioner="",
            attempt=attempt,
        )
        for number, attempt in enumerate(attempts, start=1)
    )
    return Call(id=1, provider="file", edition_id=1, payload_hash="", members=members, prepared_at=NOW)


def settled(outcome: Outcome, *, attempt: int = 1) -> Record:
    (record,) = settle(a_call(attempt), [Result(outcome=outcome, reason="why", provider_message_id="m-1")], NOW)
    return record


def test_the_wait_doubles_from_a_minute_to_an_hour() -> None:
    """And stays there."""
    minutes = [wait_before(attempt) / timedelta(minutes=1) for attempt in range(1, 10)]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert wait_before(10_000) == timedelta(hours=1)


def test_what_cannot_be_sent_is_tried_for_more_than_a_day() -> None:
    """A mail service that is down over night costs nobody her mail."""
    assert sum((wait_before(attempt) for attempt in range(1, MOST_ATTEMPTS)), timedelta()) > timedelta(hours=23)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.ACCEPTED, DeliveryState.ACCEPTED),
        (Outcome.REJECTED, DeliveryState.FAILED),
        (Outcome.UNKNOWN, DeliveryState.UNKNOWN),
    ],
)
def test_an_answer_settles_the_delivery(outcome: Outcome, state: DeliveryState) -> None:
    """With the service's own id and words; nothing is tried again."""
    assert settled(outcome) == Record(delivery_id=1, state=state, reason="why", provider_message_id="m-1")


def test_what_was_not_sent_is_queued_again_after_its_wait() -> None:
    """The fourth try waits eight minutes."""
    record = settled(Outcome.NOT_SENT, attempt=4)
    assert (record.state, record.due_at) == (DeliveryState.QUEUED, NOW + timedelta(minutes=8))


@pytest.mark.parametrize(
    ("attempt", "state"), [(MOST_ATTEMPTS - 1, DeliveryState.QUEUED), (MOST_ATTEMPTS, DeliveryState.FAILED)]
)
def test_the_last_attempt_is_the_last(attempt: int, state: DeliveryState) -> None:
    """Then it has failed."""
    assert settled(Outcome.NOT_SENT, attempt=attempt).state is state


def test_a_mail_that_is_given_up_says_how_often_it_was_tried() -> None:
    """And why the last time did not work."""
    record = settled(Outcome.NOT_SENT, attempt=MOST_ATTEMPTS)
    assert (record.reason, record.due_at) == (f"tried {MOST_ATTEMPTS} times: why", None)


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - {Outcome.NOT_SENT}))
def test_the_last_attempt_may_still_be_answered(outcome: Outcome) -> None:
    """Being the last does not make a mail fail that was taken."""
    assert settled(outcome, attempt=MOST_ATTEMPTS).reason == "why"


def test_each_member_gets_the_result_in_its_place() -> None:
    """Half a call may be accepted."""
    results = [Result(outcome=Outcome.ACCEPTED), Result(outcome=Outcome.REJECTED)]
    records = settle(a_call(1, 1), results, NOW)
    assert [(record.delivery_id, record.state) for record in records] == [
        (1, DeliveryState.ACCEPTED),
        (2, DeliveryState.FAILED),
    ]


def test_a_result_too_few_is_a_fault() -> None:
    """Nobody's outcome is guessed."""
    with pytest.raises(ValueError, match="shorter"):
        settle(a_call(1, 1), [Result(outcome=Outcome.ACCEPTED)], NOW)


@pytest.mark.parametrize("attempt", [1, MOST_ATTEMPTS])
def test_a_call_that_was_put_off_as_a_whole_says_nothing_against_its_mails(attempt: int) -> None:
    """They are due as before, and the attempt is not theirs."""
    (record,) = settle(a_call(attempt), [Result(outcome=Outcome.NOT_SENT, reason="slow down")], NOW, tried=False)
    assert record == Record(delivery_id=1, state=DeliveryState.QUEUED, reason="slow down", due_at=NOW, untried=True)
