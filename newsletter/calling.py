"""One call to the mail service: its bytes leave, and what came of it is recorded.

A call is committed before its bytes leave and finished after the answer is in; no transaction spans the network. So
whatever happens in between, the store knows which mails are in doubt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter.context import App
from newsletter.domain.delivery import Call, Outcome, Result
from newsletter.domain.message import Message
from newsletter.domain.settling import settle
from newsletter.errors import ProviderError
from newsletter.providers.base import LookUp
from newsletter.store import calls, editions, senders

_PAUSE = timedelta(minutes=1)  # after a call that could not be made at all, such as with the network down
_ASK_AGAIN = timedelta(minutes=5)  # a service's index may lag (PROVIDERS); "not found" proves nothing before
_LONGEST_SILENCE = timedelta(hours=1)
_ASK_FOR = timedelta(days=3)  # what a service has not found by then it will not find


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a call. `tried`: its mails themselves were; `pause`: the service is left alone for so long."""

    results: tuple[Result, ...]
    reason: str = ""
    tried: bool = True
    pause: timedelta | None = None

    @property
    def leaves_doubt(self) -> bool:
        return any(result.outcome is Outcome.UNKNOWN for result in self.results)


def transmit(app: App, call: Call, messages: Sequence[Message]) -> Answer:
    """The bytes leave under the key of the call: the same for every attempt, and no other store's."""
    try:
        return Answer(results=app.provider.send(f"{app.store_id}-{call.id}", messages))
    except ProviderError as error:
        return _refused(error, len(messages))


def record(app: App, call: Call, answer: Answer, now: datetime) -> None:
    """What became of the call and of each of its deliveries, in one transaction."""
    records = settle(call, answer.results, now, tried=answer.tried)
    ask_again_at = _next_question(app, call, answer, now)
    with app.database.write() as connection:
        calls.close_call(
            connection, call, records, worker=app.worker, reason=answer.reason, ask_again_at=ask_again_at, now=now
        )
        if answer.pause is not None:
            senders.pause(connection, call.provider, now + answer.pause, answer.reason)
        if app.limits.are_set and (untaken := sum(record.untried for record in records)):
            senders.count(connection, call.provider, -untaken, call.prepared_at)


def messages_of(app: App, call: Call) -> tuple[Message, ...]:
    """The messages of a call, made again from what was frozen."""
    with app.database.read() as connection:
        edition = editions.get(connection, call.edition_id)
    return app.messages.build(edition, call.members, call.prepared_at)


def lease(app: App, now: datetime) -> datetime:
    """Until when a call that begins now is left to its worker."""
    return now + app.provider.capabilities.longest_call


def may_replay(app: App, call: Call, moment: datetime) -> bool:
    """Whether the service still knows the key of the call at that moment."""
    window = app.provider.capabilities.replay
    return window is not None and moment < call.prepared_at + window


def _refused(error: ProviderError, size: int) -> Answer:
    """A call without an answer for each of its messages."""
    if error.in_doubt:
        outcome = Outcome.UNKNOWN
    elif error.permanent:
        outcome = Outcome.REJECTED
    else:
        outcome = Outcome.NOT_SENT
    reason, nothing_left = str(error), outcome is Outcome.NOT_SENT
    return Answer(
        results=(Result(outcome=outcome, reason=reason),) * size,
        reason=reason,
        tried=not nothing_left,
        pause=error.retry_after or (_PAUSE if nothing_left else None),
    )


def _next_question(app: App, call: Call, answer: Answer, now: datetime) -> datetime | None:
    """When to ask again; None where everything is settled, or nobody will ever be able to tell.

    A service that asked to slow down is asked when it said; else the waits grow with the age of the doubt.
    """
    if not answer.leaves_doubt:
        return None
    wait = answer.pause or max(_ASK_AGAIN, min(now - call.prepared_at, _LONGEST_SILENCE))
    return now + wait if _may_be_told(app, call, now + wait) else None


def _may_be_told(app: App, call: Call, moment: datetime) -> bool:
    """Whether asking at that moment can bring an answer; a service that is not set up may be again by then."""
    if moment > call.prepared_at + _ASK_FOR:
        return False
    if call.provider != app.provider.name:
        return True
    return app.provider.capabilities.look_up is not LookUp.NONE or may_replay(app, call, moment)
