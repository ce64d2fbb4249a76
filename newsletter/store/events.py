"""Events in the store: kept before the service gets its answer, followed by the clockwork, forgotten in part."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, Update, bindparam, delete, exists, func, or_, select, update

from newsletter.domain.delivery import CallState, DeliveryState
from newsletter.domain.event import MOVES, STATES, Event, Kind, Source, Weight, weight
from newsletter.store import tables
from newsletter.store.database import skip_locked
from newsletter.store.ledger import ledger
from subscribers.consent import Stream
from subscribers.store.insertion import insert_new, upsert
from subscribers.tables import subscriber, suppression

event, delivery = tables.event, tables.delivery
_MANY = 5000  # values in one IN: SQLite takes some thirty thousand


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event of the store that is to be followed."""

    id: int
    provider: str
    kind: Kind
    hard: bool
    weight: int
    delivery_id: int | None
    provider_message_id: str
    address_hash: str | None
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """The delivery that an event is about, and whose it is."""

    id: int
    subscriber_id: int
    address_hash: str
    stream: Stream
    state: DeliveryState
    call_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was told of a mail, for people to read."""

    kind: Kind
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What is to be written of a delivery: the weightiest that was told of it."""

    delivery_id: int
    weight: int
    reason: str
    at: datetime


def keep(
    connection: Connection, source: Source, told: Sequence[tuple[str, Event, int | None, str | None]], now: datetime
) -> None:
    """Keeps events, each with its service and the delivery or else the hash of the address it is about; those known
    already stay.

    One without a time of its own happened now. What a list says of an address says nothing of any single mail.
    """
    insert_new(
        connection,
        event,
        [
            {
                "provider": provider,
                "key": each.key,
                "source": source.value,
                "kind": each.kind.value,
                "weight": weight(each) if delivery_id or each.provider_message_id else 0,
                "hard": each.hard,
                "machine": each.machine,
                "link": each.link,
                "mid": each.mid,
                "delivery_id": delivery_id,
                "provider_message_id": each.provider_message_id,
                "address_hash": address_hash,
                "reason": each.reason,
                "at": min(each.at, now) if each.at else now,
                "received_at": now,
                "raw": each.raw,
            }
            for provider, each, delivery_id, address_hash in told
        ],
    )


def known(connection: Connection, provider: str, keys: Sequence[str]) -> set[str]:
    """Those of the keys that were told of before."""
    found = select(event.c.key).where(event.c.provider == provider)
    return {key for part in _parts(keys) for key in connection.execute(found.where(event.c.key.in_(part))).scalars()}


def newsletters(connection: Connection, delivery_ids: Iterable[int]) -> set[int]:
    """Those of the deliveries that carry a newsletter."""
    found = select(delivery.c.id).where(delivery.c.stream == Stream.MARKETING.value)
    parts = _parts(sorted(set(delivery_ids)))
    return {id for part in parts for id in connection.execute(found.where(delivery.c.id.in_(part))).scalars()}


def spend(connection: Connection, provider: str, token: str, now: datetime) -> bool:
    """Whether a token comes for the first time; from now on it does not."""
    spent = upsert(connection, tables.hook_token).values(provider=provider, token=token, seen_at=now)
    new = spent.on_conflict_do_nothing().returning(tables.hook_token.c.token)
    return connection.execute(new).first() is not None


def waiting(connection: Connection, now: datetime) -> bool:
    """Whether there is an event to follow, or a suppression that has come to its end."""
    unfollowed = select(event.c.id).where(event.c.followed_at.is_(None)).limit(1)
    ended = select(suppression.c.until).where(suppression.c.until <= now).limit(1)
    return any(connection.execute(each).first() is not None for each in (unfollowed, ended))


def take(connection: Connection, limit: int, now: datetime) -> tuple[Told, ...]:
    """Up to `limit` events that nobody has followed yet: followed from now on, if the transaction ends well."""
    waiting = select(event.c.id).where(event.c.followed_at.is_(None)).order_by(event.c.id).limit(limit)
    chosen = skip_locked(connection, waiting, event).scalar_subquery()
    columns = [event.c[name] for name in Told.__dataclass_fields__]
    rows = connection.execute(update(event).where(event.c.id.in_(chosen)).values(followed_at=now).returning(*columns))
    return tuple(sorted((_told(row) for row in rows), key=lambda told: told.id))


def mails(connection: Connection, delivery_ids: Iterable[int]) -> dict[int, Mail]:
    """Those of the deliveries that there are, by their ids."""
    return {
        row.id: _mail(row)
        for part in _parts(sorted(set(delivery_ids)))
        for row in connection.execute(_mails().where(ledger.c.id.in_(part)))
    }


def mail_to(connection: Connection, address_hash: str, provider_message_id: str) -> Mail | None:
    """The mail of hers that the service knows by that id; without one, the latest that left."""
    hers = _mails().where(subscriber.c.address_hash == address_hash, ledger.c.attempts > 0)
    if provider_message_id:
        hers = hers.where(ledger.c.provider_message_id == provider_message_id)
    row = connection.execute(hers.order_by(ledger.c.called_at.desc(), ledger.c.id.desc()).limit(1)).first()
    return _mail(row) if row else None


def assign(connection: Connection, deliveries: Mapping[int, int | None]) -> None:
    """Says of events which delivery they are about; None: none of ours."""
    rows = [{"of": id, "mail": delivery_id} for id, delivery_id in deliveries.items()]
    if rows:
        connection.execute(
            update(event).where(event.c.id == bindparam("of")).values(delivery_id=bindparam("mail")), rows
        )


def heaviest(connection: Connection, delivery_ids: Iterable[int], but: Iterable[int]) -> dict[int, int]:
    """The greatest weight that was told of each delivery, the events `but` left out."""
    left_out = list(but)
    found: dict[int, int] = {}
    for part in _parts(sorted(set(delivery_ids))):
        told = select(event.c.delivery_id, func.max(event.c.weight)).where(event.c.delivery_id.in_(part))
        earlier = told.where(event.c.followed_at.is_not(None), event.c.id.not_in(left_out))
        found |= {row[0]: row[1] for row in connection.execute(earlier.group_by(event.c.delivery_id))}
    return found


def move(connection: Connection, news: Sequence[News]) -> None:
    """Moves deliveries on: only forward, only those that left, whatever their calls say. Own row wins."""
    for each in STATES:
        rows = [
            {"of": one.delivery_id, "why": one.reason, "told_at": one.at}
            for one in sorted(news, key=lambda one: one.delivery_id)
            if one.weight == each
        ]
        if rows:
            connection.execute(_move_by(each), rows)


def _move_by(weight: int) -> Update:
    state, told_at = STATES[weight], bindparam("told_at", type_=delivery.c.final_at.type)
    values: dict[str, Any] = {"state": state.value, "reason": bindparam("why"), "final_at": told_at}
    if state is not DeliveryState.FAILED:
        call = tables.provider_call
        with_its_call = select(call.c.accepted_at).where(call.c.id == delivery.c.provider_call_id).scalar_subquery()
        values["accepted_at"] = func.coalesce(delivery.c.accepted_at, with_its_call, told_at)
    movable = or_(*(delivery.c.state == state.value for state in sorted(MOVES[weight])))  # no IN: for many rows at once
    left = or_(delivery.c.state != DeliveryState.QUEUED.value, delivery.c.attempts > 0)
    return update(delivery).where(delivery.c.id == bindparam("of"), movable, left).values(values)


def settle_calls(connection: Connection, call_ids: Iterable[int], now: datetime) -> None:
    """Closes the calls in doubt of which nothing is in doubt any more, and forgets what was frozen of their readers."""
    call = tables.provider_call
    doubt = exists().where(delivery.c.provider_call_id == call.c.id, delivery.c.state == DeliveryState.UNKNOWN.value)
    over = call.c.state.in_([CallState.DOUBTFUL.value, CallState.DONE.value])
    settled = {"state": CallState.DONE.value, "finished_at": now, "members": [], "reason": "settled by events"}
    for part in _parts(sorted(set(call_ids))):
        connection.execute(update(call).where(call.c.id.in_(part), over, ~doubt).values(settled))


def bounced_in_a_row(connection: Connection, subscriber_ids: Iterable[int], times: int) -> set[int]:
    """Those whose latest `times` mails that anything is known of all bounced softly."""
    found: set[int] = set()
    for part in _parts(sorted(set(subscriber_ids))):
        outcome = (
            select(delivery.c.subscriber_id, delivery.c.id, func.max(event.c.weight).label("outcome"))
            .join_from(delivery, event, event.c.delivery_id == delivery.c.id)
            .where(delivery.c.subscriber_id.in_(part), event.c.weight >= Weight.SOFT_BOUNCE)
            .group_by(delivery.c.subscriber_id, delivery.c.id)
            .subquery()
        )
        place = func.row_number().over(partition_by=outcome.c.subscriber_id, order_by=outcome.c.id.desc())
        ranked = select(outcome.c.subscriber_id, outcome.c.outcome, place.label("place")).subquery()
        rows = connection.execute(
            select(ranked.c.subscriber_id)
            .where(ranked.c.place <= times)
            .group_by(ranked.c.subscriber_id)
            .having(func.count() == times, func.max(ranked.c.outcome) == Weight.SOFT_BOUNCE)
        )
        found.update(rows.scalars())
    return found


def forget_raw(connection: Connection, before: datetime) -> int:
    """Forgets the words in which services told of things, once they are old or belong to a person who was erased."""
    erased = (
        select(event.c.id)
        .join_from(event, delivery, event.c.delivery_id == delivery.c.id)
        .join(subscriber, delivery.c.subscriber_id == subscriber.c.id)
        .where(event.c.raw.is_not(None), subscriber.c.email.is_(None))
    )
    old = event.c.received_at < before
    gone = update(event).where(event.c.raw.is_not(None), or_(old, event.c.id.in_(erased))).values(raw=None)
    return connection.execute(gone).rowcount


def forget_tokens(connection: Connection, before: datetime) -> None:
    connection.execute(delete(tables.hook_token).where(tables.hook_token.c.seen_at < before))


def last_heard(connection: Connection, provider: str, source: Source) -> datetime | None:
    """When the service last told us anything in that way; None: never."""
    own = event.c.provider == provider, event.c.source == source.value
    heard: datetime | None = connection.execute(
        select(event.c.received_at).where(*own).order_by(event.c.id.desc()).limit(1)
    ).scalar()
    return heard


def strangers(connection: Connection, since: datetime) -> dict[str, int]:
    """How many events of each service since that moment were about mail that this store never sent."""
    rows = connection.execute(
        select(event.c.provider, func.count())
        .where(event.c.delivery_id.is_(None), event.c.followed_at.is_not(None), event.c.received_at >= since)
        .where(event.c.kind != Kind.UNKNOWN.value)
        .group_by(event.c.provider)
    )
    return {row[0]: row[1] for row in rows}


def latest(connection: Connection) -> int:
    """The number of the event that was kept last; 0 where there is none."""
    return connection.execute(select(func.max(event.c.id))).scalar() or 0


def heard_since(connection: Connection, provider: str, number: int, mid: str, provider_message_id: str) -> list[Heard]:
    """What a service told after the event of that number of a mail, by our id or its own, in the order it came."""
    named = event.c.mid == mid
    if provider_message_id:
        named = or_(named, event.c.provider_message_id == provider_message_id)
    told = select(event).where(event.c.id > number, event.c.provider == provider, named).order_by(event.c.id)
    return [Heard(kind=Kind(row.kind), at=row.at, reason=row.reason) for row in connection.execute(told)]


def _mails() -> Select[Any]:
    columns = (ledger.c.id, ledger.c.subscriber_id, subscriber.c.address_hash, ledger.c.stream, ledger.c.state)
    joined = ledger.join(subscriber, ledger.c.subscriber_id == subscriber.c.id)
    return select(*columns, ledger.c.provider_call_id.label("call_id")).select_from(joined)


def _mail(row: Row[Any]) -> Mail:
    return Mail(**dict(row._mapping) | {"stream": Stream(row.stream), "state": DeliveryState(row.state)})


def _told(row: Row[Any]) -> Told:
    return Told(**dict(row._mapping) | {"kind": Kind(row.kind)})


def _parts(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[start : start + _MANY] for start in range(0, len(values), _MANY))
