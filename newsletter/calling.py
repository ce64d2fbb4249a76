"""One call to the mail service: its bytes leave, and what came of it is recorded.

A call is committed before its bytes leave and finished after the answer is in; no transaction spans the network. So
whatever happens in between, the store knows which mails are in doubt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from newsletter.context import App
from newsletter.domain.clock import LONGEST_LEASE, LONGEST_PAUSE, SLACK
from newsletter.domain.delivery import Call, Outcome, Result
from newsletter.domain.message import Message
from newsletter.domain.settling import settle
from newsletter.errors import ProviderError
from newsletter.providers.base import LookUp, Provider
from newsletter.store import calls, editions, senders

_PAUSE = timedelta(minutes=1)  # after a call that could not be made at all, such as with the network down
_ASK_AGAIN = timedelta(minutes=5)  # a service's index may lag (PROVIDERS); "not found" proves nothing before
_LONGEST_SILENCE = timedelta(hours=1)
_CERTAIN = frozenset({Outcome.ACCEPTED, Outcome.REJECTED})
_ASK_FOR = timedelta(days=3)  # what a service has not found by then it will not find


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a call. `tried`: its mails themselves were; `pause`: the service is left alone for so long;
    `refused`: the service did not take the call as a whole, whatever is in it, or it left nothing but doubt."""

    results: tuple[Result, ...]
    reason: str = ""
    tried: bool = True
    pause: timedelta | None = None
    refused: bool = False

    @property
    def accepts_all(self) -> bool:
        return all(result.outcome is Outcome.ACCEPTED for result in self.results)

    @property
    def leaves_doubt(self) -> bool:
        return any(result.outcome is Outcome.UNKNOWN for result in self.results)


def transmit(app: App, provider: Provider, call: Call, messages: Sequence[Message]) -> Answer:
    """The bytes leave under the key of the call: the same for every attempt, and no other store's."""
    try:
        results = provider.send(f"{app.store_id}-{call.id}", messages)
    except ProviderError as error:
        return _refused(error, len(messages))
    if any(result.outcome in _CERTAIN for result in results):
        return Answer(results=results)
    lost = next((result.reason for result in results if result.outcome is Outcome.UNKNOWN), None)
    return Answer(results=results, reason=lost or "", refused=lost is not None)


def record(app: App, call: Call, answer: Answer, now: datetime) -> None:
    """What became of the call and of each of its deliveries, in one transaction."""
    with app.database.write() as connection:
        record_in(app, connection, call, answer, now)


def record_in(app: App, connection: Connection, call: Call, answer: Answer, now: datetime) -> None:
    """What became of the call and of each of its deliveries, in a transaction that does more."""
    if not answer.accepts_all or not _accept(app, connection, call, answer, now):
        _settle(app, connection, call, answer, now)
    _note_sender(connection, call.provider, answer, now)


def messages_of(app: App, call: Call) -> Sequence[Message]:
    """The messages of a call, made again from what was frozen."""
    with app.database.read() as connection:
        edition = editions.get(connection, call.edition_id)
    return app.messages.build(edition, call.members, call.prepared_at)


def lease(provider: Provider, now: datetime) -> datetime:
    """Until when a call that begins now is left to its worker."""
    return now + provider.capabilities.longest_call


def may_replay(provider: Provider, call: Call, moment: datetime) -> bool:
    """Whether the service still knows the key of the call at that moment.

    Before the call was made, as a clock says that was put back, nobody knows how long ago it really was.
    """
    window = provider.capabilities.replay
    return window is not None and call.prepared_at - SLACK <= moment < call.prepared_at + window


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
        refused=not error.permanent,
    )


def _accept(app: App, connection: Connection, call: Call, answer: Answer, now: datetime) -> bool:
    """The rule: everything went well, and there is nothing to be said of any single mail."""
    ids = [result.provider_message_id for result in answer.results]
    return calls.accept_call(connection, call, ids, worker=app.worker, now=now)


def _settle(app: App, connection: Connection, call: Call, answer: Answer, now: datetime) -> None:
    """The exception: what became of each mail is recorded by itself."""
    records = settle(call, answer.results, now, tried=answer.tried)
    ask_again_at = _next_question(app, call, answer, now)
    calls.close_call(
        connection, call, records, worker=app.worker, reason=answer.reason, ask_again_at=ask_again_at, now=now
    )
    if app.limits.are_set and (untaken := sum(record.untried for record in records)):
        senders.count(connection, call.provider, -untaken, call.prepared_at)


def _note_sender(connection: Connection, provider: str, answer: Answer, now: datetime) -> None:
    """What the answer says of the service: that it wants to be left alone, is in trouble, or well again.

    A service that answers nothing sensible is left alone too, for longer while its trouble goes on: each call would
    leave more mails in doubt.
    """
    pause = answer.pause
    if answer.refused:
        since = senders.refused(connection, provider, now)
        pause = pause or min(max(_PAUSE, now - since), _LONGEST_SILENCE)
    elif answer.tried and any(result.outcome is Outcome.ACCEPTED for result in answer.results):
        senders.took(connection, provider)
    if pause is not None:
        senders.pause(connection, provider, now + min(pause, LONGEST_PAUSE), answer.reason)


def _next_question(app: App, call: Call, answer: Answer, now: datetime) -> datetime | None:
    """When to ask again; None where everything is settled, or nobody will ever be able to tell.

    A service that asked to slow down is asked when it said; else the waits grow with the age of the doubt.
    """
    if not answer.leaves_doubt:
        return None
    wait = answer.pause or max(_ASK_AGAIN, min(abs(now - call.prepared_at), _LONGEST_SILENCE))
    wait = min(wait, LONGEST_LEASE)
    return now + wait if _may_be_told(app, call, now + wait) else None


def _may_be_told(app: App, call: Call, moment: datetime) -> bool:
    """Whether asking at that moment can bring an answer; a service that is not set up may be again by then."""
    if abs(moment - call.prepared_at) > _ASK_FOR:  # from a future so far off, its clock ran ahead
        return False
    provider = app.service(call.provider)
    return provider is None or provider.capabilities.look_up is not LookUp.NONE or may_replay(provider, call, moment)
