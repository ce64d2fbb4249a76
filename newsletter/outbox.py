"""The outbox: what is due is decided upon, called for, and recorded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from newsletter.calling import lease, record, transmit
from newsletter.context import App, Clock
from newsletter.domain import limits
from newsletter.domain.delivery import Call, DeliveryState
from newsletter.domain.limits import Room, Window
from newsletter.domain.message import Message, payload_hash
from newsletter.domain.sending import Cancel, Postpone, Send, Suppress, decide
from newsletter.store import calls, editions, meta, outbox, senders

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    """A call that is on record, and the messages whose bytes may leave now."""

    call: Call
    messages: tuple[Message, ...]
    lease_until: datetime


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
    reserved = outbox.personal_due(connection, limits.end_of(Window.DAY, now))
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
    until = lease(app, now)
    opened = calls.open_call(connection, call, worker=app.worker, lease_until=until)
    return _Prepared(call=opened, messages=messages, lease_until=until)


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
    """The bytes leave, and the answer is recorded.

    A computer may have slept since the call was put on record: once its lease is over it is another worker's to settle.
    """
    if clock() < prepared.lease_until:
        record(app, prepared.call, transmit(app, prepared.call, prepared.messages), clock())
