"""The outbox: what is due is decided upon, called for, and recorded; what a crash or a lost answer left is settled.

A call is committed before its bytes leave and finished after the answer is in; no transaction spans the network. So
whatever happens in between, the store knows which mails are in doubt, and they are settled by asking: the same call
under the same key where the service knows keys, a look-up where it has one. Never by hoping.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from newsletter.context import App, Clock
from newsletter.domain import limits
from newsletter.domain.delivery import Call, DeliveryState, Outcome, Result
from newsletter.domain.limits import LENGTH, Room, Window, start_of
from newsletter.domain.message import Message, payload_hash
from newsletter.domain.sending import Cancel, Postpone, Send, Suppress, decide
from newsletter.domain.settling import settle
from newsletter.errors import ProviderError, RefusedError
from newsletter.providers.base import LookUp
from newsletter.store import calls, editions, meta, outbox, senders

_PAUSE = timedelta(minutes=1)  # after a call that could not be made at all, such as with the network down
_LONGEST_SILENCE = timedelta(hours=1)
_ASK_AGAIN = timedelta(minutes=5)  # a service's index may lag (PROVIDERS); "not found" proves nothing before

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    """A call that is on record, and the messages whose bytes may leave now."""

    call: Call
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What came of a call. `tried`: its mails themselves were; `pause`: the service is left alone for so long."""

    results: tuple[Result, ...]
    reason: str = ""
    tried: bool = True
    pause: timedelta | None = None


def send_due(
    app: App, clock: Clock, *, progress: Progress = lambda _: None, stopping: Callable[[], bool] = lambda: False
) -> None:
    """Sends everything that is due, call by call; `stopping` is asked, and `clock` read, before each."""
    while not stopping():
        now = clock()
        with app.database.write() as connection:
            if meta.held(connection) or senders.paused_until(connection, app.provider.name, now):
                return
            due = _claim(app, connection, now)
            if not due:
                return
            prepared = _prepare(app, connection, due, now)
        if prepared is not None:
            _carry_out(app, prepared, clock)
            progress(len(prepared.messages))


def settle_doubts(app: App, clock: Clock) -> None:
    """Asks again about every call that a crash or a lost answer left in doubt, when its time has come."""
    while (call := _take_over(app, clock())) is not None:
        _record(app, call, _ask(app, call, _messages(app, call), clock()), clock())


def reconcile(app: App, clock: Clock) -> None:
    """Asks about everything in doubt now, without waiting for its time. Raises RefusedError while mail is held."""
    with app.database.write() as connection:
        if (hold := meta.held(connection)) is not None:
            raise RefusedError(f"All mail is held: {hold.reason}.", "Go on with: resume")
        calls.hasten_doubts(connection, clock())
    settle_doubts(app, clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """What the sender's limits leave for any mail, and for campaigns: of the day, care mail has its own kept free."""

    all: Room
    campaigns: Room


def room(app: App, connection: Connection, now: datetime) -> Rooms:
    """How many mails may be handed over now. Until the transaction ends, no other worker counts for this sender."""
    if not app.limits.are_set:
        return Rooms(all=Room(mails=None), campaigns=Room(mails=None))
    senders.count(connection, app.provider.name, 0, now)
    used = senders.usage(connection, app.provider.name, now)
    tomorrow = start_of(Window.DAY, now) + LENGTH[Window.DAY]
    reserved = outbox.personal_due(connection, tomorrow)
    return Rooms(
        all=limits.room(app.limits, used, now), campaigns=limits.room(app.limits, used, now, reserved=reserved)
    )


def _claim(app: App, connection: Connection, now: datetime) -> list[outbox.Due]:
    """The next due deliveries, held by this transaction, with all that decides about them."""
    batch = app.provider.capabilities.batch
    here = room(app, connection, now)
    limit = batch if here.all.mails is None else min(batch, here.all.mails)
    ids = outbox.lock_due(connection, now, limit, campaign_limit=here.campaigns.mails) if limit else []
    return outbox.load_due(connection, ids, app.studio.timezone, now)


def _prepare(app: App, connection: Connection, due: Sequence[outbox.Due], now: datetime) -> _Prepared | None:
    """Records every decision: exceptions with their reasons, and one call for what goes out in the same edition.

    What is left over (another edition, a second mail to one person) stays queued for the next claim.
    """
    going = _decide(app, connection, due, now)
    if not going:
        return None
    edition_id = going[0].edition_id
    first_of_each = {item.member.subscriber_id: item for item in reversed(going)}.values()
    members = tuple(item.member for item in reversed(first_of_each) if item.edition_id == edition_id)
    messages = app.messages.build(editions.get(connection, edition_id), members, now)
    call = Call(
        id=0,
        provider=app.provider.name,
        edition_id=edition_id,
        payload_hash=payload_hash(messages),
        members=members,
        prepared_at=now,
    )
    if app.limits.are_set:
        senders.count(connection, app.provider.name, len(members), now)
    opened = calls.open_call(connection, call, worker=app.worker, lease_until=_lease(app, now))
    return _Prepared(call=opened, messages=messages)


def _decide(app: App, connection: Connection, due: Sequence[outbox.Due], now: datetime) -> list[outbox.Due]:
    """Those that may go out now; of the others, what was decided is recorded."""
    going, moved, ended = [], [], []
    for item in due:
        match decide(item.candidate, app.quiet, now):
            case Send():
                going.append(item)
            case Postpone(until, reason):
                moved.append((item.member.delivery_id, until, reason))
            case Suppress(reason):
                ended.append((item.member.delivery_id, DeliveryState.SUPPRESSED, reason))
            case Cancel(reason):
                ended.append((item.member.delivery_id, DeliveryState.CANCELLED, reason))
    outbox.postpone(connection, moved)
    outbox.end(connection, ended, now)
    return going


def _carry_out(app: App, prepared: _Prepared, clock: Clock) -> None:
    """The bytes leave, and the answer is recorded."""
    _record(app, prepared.call, _transmit(app, prepared.call, prepared.messages), clock())


def _transmit(app: App, call: Call, messages: Sequence[Message]) -> _Answer:
    try:
        return _Answer(results=app.provider.send(_key(app, call), messages))
    except ProviderError as error:
        return _refused(error, len(messages))


def _refused(error: ProviderError, size: int) -> _Answer:
    """A call without an answer for each of its messages."""
    if error.in_doubt:
        outcome = Outcome.UNKNOWN
    elif error.permanent:
        outcome = Outcome.REJECTED
    else:
        outcome = Outcome.NOT_SENT
    reason, nothing_left = str(error), outcome is Outcome.NOT_SENT
    return _Answer(
        results=(Result(outcome=outcome, reason=reason),) * size,
        reason=reason,
        tried=not nothing_left,
        pause=error.retry_after or (_PAUSE if nothing_left else None),
    )


def _take_over(app: App, now: datetime) -> Call | None:
    with app.database.write() as connection:
        if meta.held(connection):  # asking may mean to make the same call again, and that may send
            return None
        return calls.take_over(connection, worker=app.worker, lease_until=_lease(app, now), now=now)


def _ask(app: App, call: Call, messages: Sequence[Message], now: datetime) -> _Answer:
    """What became of a call in doubt: by the same call again, by a look-up, or nobody knows."""
    if call.provider != app.provider.name:
        return _nobody_knows(call, f"it went through {call.provider}, which is not set up any more")
    if _may_replay(app, call, now) and payload_hash(messages) == call.payload_hash:
        answer = _transmit(app, call, messages)
        return _Answer(results=tuple(map(_still_in_doubt, answer.results)), reason=answer.reason, pause=answer.pause)
    if app.provider.capabilities.look_up is not LookUp.NONE:
        return _look_up(app, messages)
    return _nobody_knows(call, f"no answer came, and {call.provider} cannot be asked")


def _look_up(app: App, messages: Sequence[Message]) -> _Answer:
    try:
        found = tuple(app.provider.look_up(message) for message in messages)
        return _Answer(results=found, tried=False)
    except ProviderError as error:
        unknown = Result(outcome=Outcome.UNKNOWN, reason=str(error))
        return _Answer(results=(unknown,) * len(messages), reason=str(error), pause=error.retry_after)


def _still_in_doubt(result: Result) -> Result:
    """A repeated call that could not be sent says nothing about the first one."""
    if result.outcome is Outcome.NOT_SENT:
        return Result(outcome=Outcome.UNKNOWN, reason=result.reason)
    return result


def _nobody_knows(call: Call, reason: str) -> _Answer:
    return _Answer(results=(Result(outcome=Outcome.UNKNOWN, reason=reason),) * len(call.members), reason=reason)


def _next_question(app: App, call: Call, answer: _Answer, now: datetime) -> datetime | None:
    """When to ask again; None where everything is settled, or nobody will ever be able to tell."""
    if all(result.outcome is not Outcome.UNKNOWN for result in answer.results):
        return None
    age = now - call.prepared_at
    later = now + max(_ASK_AGAIN, min(age, _LONGEST_SILENCE), answer.pause or timedelta())
    return later if _may_be_told(app, call, later) else None


def _may_be_told(app: App, call: Call, moment: datetime) -> bool:
    """Whether asking at that moment can bring an answer; a service that is not set up may be again by then."""
    if call.provider != app.provider.name:
        return True
    return app.provider.capabilities.look_up is not LookUp.NONE or _may_replay(app, call, moment)


def _may_replay(app: App, call: Call, moment: datetime) -> bool:
    window = app.provider.capabilities.replay
    return window is not None and moment < call.prepared_at + window


def _record(app: App, call: Call, answer: _Answer, now: datetime) -> None:
    """What became of the call and of each of its deliveries, in one transaction."""
    records = settle(call, answer.results, now, tried=answer.tried)
    ask_again_at = _next_question(app, call, answer, now)
    with app.database.write() as connection:
        calls.close_call(connection, call, records, reason=answer.reason, ask_again_at=ask_again_at, now=now)
        if answer.pause is not None:
            senders.pause(connection, call.provider, now + answer.pause, answer.reason)
        if app.limits.are_set and (untaken := sum(record.untried for record in records)):
            senders.count(connection, call.provider, -untaken, call.prepared_at)


def _messages(app: App, call: Call) -> tuple[Message, ...]:
    with app.database.read() as connection:
        edition = editions.get(connection, call.edition_id)
    return app.messages.build(edition, call.members, call.prepared_at)


def _key(app: App, call: Call) -> str:
    """The idempotency key of a call: the same for every attempt, and no other store's."""
    return f"{app.store_id}-{call.id}"


def _lease(app: App, now: datetime) -> datetime:
    return now + app.provider.capabilities.longest_call
