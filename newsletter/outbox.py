"""The outbox: what is due is decided upon, called for, and recorded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from newsletter.calling import Answer, lease, record, record_in, transmit
from newsletter.context import App, Clock
from newsletter.domain import limits
from newsletter.domain.delivery import Call, DeliveryState
from newsletter.domain.limits import Room, Window
from newsletter.domain.mailing import payload_hash
from newsletter.domain.message import Message
from newsletter.domain.sending import Cancel, Candidate, Postpone, Send, Suppress, decide
from newsletter.providers.base import Provider, largest_call
from newsletter.routing import Route, route
from newsletter.store import calls, deciding, editions, meta, outbox, senders
from newsletter.store.outbox import Claim

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    """A call that is on record, and the messages whose bytes may leave now."""

    call: Call
    provider: Provider
    messages: Sequence[Message]
    lease_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answered:
    """A call that was made, and what is to be recorded of it."""

    call: Call
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """What a turn leads to: a call, if anything may leave; and whether there may be more to be done."""

    prepared: _Prepared | None = None
    more: bool = False


def send_due(
    app: App, clock: Clock, *, progress: Progress = lambda _: None, stopping: Callable[[], bool] = lambda: False
) -> None:
    """Sends everything that is due, call by call; `stopping` is asked, and `clock` read, before each."""
    answered: _Answered | None = None
    more = True
    while more:
        turn = _take_turn(app, answered, clock(), last=stopping())
        if answered is not None:
            progress(len(answered.call.members))
        answered = _carry_out(app, turn.prepared, clock) if turn.prepared else None
        more = turn.more


def _take_turn(app: App, answered: _Answered | None, now: datetime, *, last: bool) -> _Turn:
    """One transaction, for one wait for the disk: the last call is recorded, and the next one put on record.

    Whatever hinders the next call, the answer to the last one is kept.
    """
    try:
        with app.database.write() as connection:
            if answered is not None:
                record_in(app, connection, answered.call, answered.answer, now)
            return _Turn() if last else _next_call(app, connection, now)
    except Exception:
        if answered is not None:
            record(app, answered.call, answered.answer, now)
        raise


def _next_call(app: App, connection: Connection, now: datetime) -> _Turn:
    way = None if meta.held(connection) else route(app, connection, now)
    claim = _claim(app, connection, way, now) if way else Claim()
    if not way or not claim.id:
        return _Turn()
    return _Turn(prepared=_prepare(app, connection, way.provider, claim, now), more=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """What the sender's limits leave for any mail, and for campaigns: of the day, care mail has its own kept free."""

    all: Room
    campaigns: Room


def room(app: App, connection: Connection, provider: str, now: datetime) -> Rooms:
    """How many mails that service may be handed now. Until the transaction ends, no other worker counts for it."""
    if not app.limits.are_set:
        return Rooms(all=Room(mails=None), campaigns=Room(mails=None))
    senders.count(connection, provider, 0, now)
    used = senders.usage(connection, provider, now)
    reserved = outbox.personal_due(connection, limits.end_of(Window.DAY, now))
    return Rooms(
        all=limits.room(app.limits, used, now), campaigns=limits.room(app.limits, used, now, reserved=reserved)
    )


def _claim(app: App, connection: Connection, way: Route, now: datetime) -> Claim:
    """The next due deliveries, held by this transaction."""
    here = room(app, connection, way.provider.name, now)
    limit = way.most if here.all.mails is None else min(way.most, here.all.mails)
    return outbox.claim(connection, now, limit, campaign_limit=here.campaigns.mails)


def _prepare(app: App, connection: Connection, provider: Provider, claim: Claim, now: datetime) -> _Prepared | None:
    """Records every decision: exceptions with their reasons, and one call for what goes out in the same edition.

    What is left over (another edition, a second mail to one person) stays queued for the next claim.
    """
    going = _of_one_writer(app, _of_one_edition(_one_a_person(_going(app, connection, claim, now))))
    if not going.id:
        return None
    edition_id, members = going.edition_id[0], going.members()
    messages = app.messages.build(editions.kept(connection, edition_id), members, now)
    if (most := largest_call(provider.capabilities, messages[0].content)) < len(messages):  # heavy mails: fewer a call
        messages, members = messages[:most], members[:most]
    call = Call(
        id=0,
        provider=provider.name,
        edition_id=edition_id,
        payload_hash=payload_hash(messages),
        members=members,
        prepared_at=now,
    )
    if app.limits.are_set:
        senders.count(connection, provider.name, len(members), now)
    until = lease(provider, now)
    opened = calls.open_call(connection, call, worker=app.worker, lease_until=until)
    return _Prepared(call=opened, provider=provider, messages=messages, lease_until=until)


def _going(app: App, connection: Connection, claim: Claim, now: datetime) -> Claim:
    """Those that may go out now; of the others, what was decided is recorded.

    Most readers leave nothing to decide but whether it is night where they are.
    """
    ours = app.studio.timezone
    nightly = {zone for zone in set(claim.timezone) if app.quiet.next_allowed(now, zone or ours) > now}
    if not nightly and not any(claim.questionable):
        return claim
    looked_at = [
        delivery_id
        for delivery_id, questionable, zone in zip(claim.id, claim.questionable, claim.timezone, strict=True)
        if questionable or zone in nightly
    ]
    kept = _decide(app, connection, deciding.candidates(connection, looked_at, ours, now), now)
    return claim.where(delivery_id not in kept for delivery_id in claim.id)


def _decide(app: App, connection: Connection, candidates: Sequence[Candidate], now: datetime) -> set[int]:
    """Which deliveries do not go out now; what was decided of them is recorded."""
    moved, ended = [], []
    for candidate in candidates:
        match decide(candidate, app.quiet, now, app.settings.marketing_a_month):
            case Send():
                pass
            case Postpone(until, reason):
                moved.append((candidate.delivery_id, until, reason))
            case Suppress(reason):
                ended.append((candidate.delivery_id, DeliveryState.SUPPRESSED, reason))
            case Cancel(reason):
                ended.append((candidate.delivery_id, DeliveryState.CANCELLED, reason))
    outbox.postpone(connection, moved)
    outbox.end(connection, ended, now)
    return {delivery_id for delivery_id, *_ in [*moved, *ended]}


def _of_one_edition(claim: Claim) -> Claim:
    if len(set(claim.edition_id)) < 2:
        return claim
    return claim.where(edition_id == claim.edition_id[0] for edition_id in claim.edition_id)


def _of_one_writer(app: App, claim: Claim) -> Claim:
    """Those that come from the sender of the first: a practitioner may have a name of her own."""
    if not app.studio.practitioners or len(set(claim.practitioner)) < 2:
        return claim
    first = app.studio.written_by(claim.practitioner[0])
    return claim.where(app.studio.written_by(name) == first for name in claim.practitioner)


def _one_a_person(claim: Claim) -> Claim:
    """The first mail of each reader."""
    if len(set(claim.subscriber_id)) == len(claim.id):
        return claim
    first_of_each = dict(reversed([*zip(claim.subscriber_id, claim.id, strict=True)]))
    first = set(first_of_each.values())
    return claim.where(delivery_id in first for delivery_id in claim.id)


def _carry_out(app: App, prepared: _Prepared, clock: Clock) -> _Answered | None:
    """The bytes leave.

    A computer may have slept since the call was put on record: once its lease is over it is another worker's to settle.
    """
    if clock() >= prepared.lease_until:
        return None
    answer = transmit(app, prepared.provider, prepared.call, prepared.messages)
    return _Answered(call=prepared.call, answer=answer)
