"""Settling a call: what the outcome of a message means for its delivery, and when to try or to ask again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter.domain.delivery import Call, DeliveryState, Member, Outcome, Result

MOST_ATTEMPTS = 30  # with the waits below this is more than a day of asking
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is to be written of one delivery of a call.

    `due_at` is set only where it is queued again. `untried`: the mail never left, so the call does not count as an
    attempt; a service that puts off a whole call says nothing against its mails.
    """

    delivery_id: int
    state: DeliveryState
    reason: str = ""
    provider_message_id: str | None = None
    due_at: datetime | None = None
    untried: bool = False


def wait_before(attempt: int) -> timedelta:
    """How long to wait after the `attempt`-th time (from 1): doubling from a minute to an hour."""
    doublings: int = 2 ** min(attempt - 1, 10)
    return min(_FIRST_WAIT * doublings, _LONGEST_WAIT)


def settle(call: Call, results: Sequence[Result], now: datetime, *, tried: bool = True) -> tuple[Record, ...]:
    """A record for each member of the call, its results being in the same order.

    What was not sent waits before it is tried again, longer each time, and is given up after MOST_ATTEMPTS. Where the
    mails were not `tried` at all, the call as a whole having been put off, they are due as before.
    """
    return tuple(_record(member, result, now, tried) for member, result in zip(call.members, results, strict=True))


_STATES = {
    Outcome.ACCEPTED: DeliveryState.ACCEPTED,
    Outcome.REJECTED: DeliveryState.FAILED,
    Outcome.UNKNOWN: DeliveryState.UNKNOWN,
    Outcome.NOT_SENT: DeliveryState.QUEUED,
}


def _record(member: Member, result: Result, now: datetime, tried: bool) -> Record:
    state, reason, due_at = _STATES[result.outcome], result.reason, None
    if state is DeliveryState.QUEUED:
        if tried and member.attempt >= MOST_ATTEMPTS:
            state, reason = DeliveryState.FAILED, f"tried {member.attempt} times: {result.reason}"
        else:
            due_at = now + wait_before(member.attempt) if tried else now
    return Record(
        delivery_id=member.delivery_id,
        state=state,
        reason=reason,
        provider_message_id=result.provider_message_id,
        due_at=due_at,
        untried=not tried and result.outcome is Outcome.NOT_SENT,
    )
