"""Calls to mail services in the store: on record before their bytes leave, and closed after the answer is in."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, exists, false, func, insert, not_, or_, select, update

from newsletter.domain.aftercare import SessionState
from newsletter.domain.campaign import CampaignState
from newsletter.domain.delivery import FINAL, LEFT, Call, CallState, DeliveryState, Member, Members
from newsletter.domain.settling import Record
from newsletter.store import tables
from newsletter.store.among import ids_for, is_among
from newsletter.store.constants import constant
from newsletter.store.database import skip_locked
from subscribers.consent import Stream
from subscribers.store.eligibility import suppressed
from subscribers.store.prepared import Prepared
from subscribers.tables import subscriber

delivery = tables.delivery
_COLUMNS = tuple(Members.__dataclass_fields__)
_OPENED = "provider", "edition_id", "payload_hash", "members", "state", "worker", "lease_until", "prepared_at"


def open_call(connection: Connection, call: Call, *, worker: str, lease_until: datetime) -> Call:
    """Records the call (its `id` is not looked at), before any byte leaves, and marks its deliveries as sending."""
    members = Members.of(call.members)
    values = {
        "provider": call.provider,
        "edition_id": call.edition_id,
        "payload_hash": call.payload_hash,
        "members": {name: getattr(members, name) for name in _COLUMNS},
        "state": CallState.OPEN.value,
        "worker": worker,
        "lease_until": lease_until,
        "prepared_at": call.prepared_at,
    }
    ((call_id,),) = _opened().rows(connection, values)
    called = {"call": call_id, "of": call.provider, "at": call.prepared_at}
    ids = ids_for(connection, members.delivery_id)
    _sending(connection.dialect.name).change(connection, called | ids)
    return replace(call, id=call_id, members=members)


def take_over(connection: Connection, *, worker: str, lease_until: datetime, now: datetime) -> Call | None:
    """A call to be settled, now under a lease of this worker.

    It is one whose lease ran out, in doubt or left by a crash; or one that an earlier life of this very worker left.
    """
    table = tables.provider_call
    unsettled = table.c.state.in_([CallState.OPEN.value, CallState.DOUBTFUL.value])
    own = and_(table.c.state == CallState.OPEN.value, table.c.worker == worker)
    found = select(table).where(unsettled, or_(table.c.lease_until < now, own)).order_by(table.c.id).limit(1)
    row = connection.execute(skip_locked(connection, found, table)).first()
    if row is None:
        return None
    connection.execute(
        update(table)
        .where(table.c.id == row.id)
        .values(state=CallState.OPEN.value, worker=worker, lease_until=lease_until)
    )
    return _call(row)


def accept_call(
    connection: Connection, call: Call, message_ids: Sequence[str | None], *, worker: str, now: datetime
) -> bool:
    """Records that every mail of a call was accepted, under the service's own ids: one row says so for all of them
    (newsletter.store.ledger).

    Returns False, and records nothing, where the mails must be looked at one by one: once the lease has passed to
    another worker, or where any of them was in doubt.
    """
    alike = len(set(message_ids)) == 1
    named = {} if alike else dict(zip(Members.of(call.members).delivery_id, message_ids, strict=True))
    values = {
        "of": call.id,
        "by": worker,
        "at": _answered(call, now),
        "alike": message_ids[0] if alike else None,
        "named": json.dumps(named) if named else None,
    }
    return _accepted().change(connection, values) == 1


def close_call(
    connection: Connection,
    call: Call,
    records: Sequence[Record],
    *,
    worker: str,
    reason: str,
    ask_again_at: datetime | None,
    now: datetime,
) -> None:
    """Records what became of each delivery of the call, and whether the service is to be asked again.

    Once the lease has passed to another worker, only what was accepted is recorded: that is true whoever asks, and the
    rest is the other's to settle. A delivery that a webhook moved on meanwhile is left as it is. What was frozen of the
    readers is forgotten once nothing of the call is in doubt: the ledger needs no second copy of their addresses.
    """
    table = tables.provider_call
    values: dict[str, Any] = {"state": CallState.DONE.value, "finished_at": now, "reason": reason}
    if ask_again_at is not None:
        values = {"state": CallState.DOUBTFUL.value, "lease_until": ask_again_at, "reason": reason}
    elif all(record.state is not DeliveryState.UNKNOWN for record in records):
        values["members"] = []
    own = table.c.id == call.id, table.c.state == CallState.OPEN.value, table.c.worker == worker
    if not connection.execute(update(table).where(*own).values(**values)).rowcount:
        records = [record for record in records if record.state is DeliveryState.ACCEPTED]
    _record(connection, call, records, _answered(call, now))


def abandoned(connection: Connection, now: datetime) -> int:
    """How many calls are open though their lease is over: whoever made them has died."""
    table = tables.provider_call
    return connection.execute(
        select(func.count()).where(table.c.state == CallState.OPEN.value, table.c.lease_until < now)
    ).scalar_one()


def decide_by_hand(connection: Connection, delivery_ids: Sequence[int], now: datetime, *, resend: bool) -> None:
    """Sends mails in doubt again, as new ones, or leaves them as lost; whatever the service says later."""
    values: dict[str, Any] = {"state": DeliveryState.QUEUED.value, "due_at": now, "reason": "sent again by hand"}
    if not resend:
        values = {"state": DeliveryState.FAILED.value, "final_at": now, "reason": "no answer came; left by hand"}
    connection.execute(
        update(delivery)
        .where(delivery.c.id.in_(delivery_ids), delivery.c.state == DeliveryState.UNKNOWN.value)
        .values(**values, provider_call_id=None)
    )


def objections(connection: Connection, call: Call) -> int:
    """How many mails of the call must not leave by it any more.

    The reader left; the campaign or session was cancelled; or the mail is not this call's any more: it is queued again,
    went out by another call, or was given up by hand.
    """
    mine = (
        delivery.join(subscriber, delivery.c.subscriber_id == subscriber.c.id)
        .outerjoin(tables.session, delivery.c.session_id == tables.session.c.id)
        .outerjoin(tables.campaign, delivery.c.campaign_id == tables.campaign.c.id)
    )
    over = or_(
        func.coalesce(tables.session.c.state.in_([SessionState.CANCELLED.value, SessionState.NO_SHOW.value]), false()),
        func.coalesce(tables.campaign.c.state == CampaignState.CANCELLED.value, false()),
        *(and_(delivery.c.stream == stream.value, suppressed(stream)) for stream in Stream),
    )
    going = connection.execute(
        select(func.count())
        .select_from(mine)
        .where(is_among(connection.dialect.name, delivery.c.id), delivery.c.provider_call_id == call.id)
        .where(delivery.c.state.in_([state.value for state in LEFT]), subscriber.c.email.is_not(None), not_(over)),
        ids_for(connection, Members.of(call.members).delivery_id),
    ).scalar_one()
    return len(call.members) - going


def hasten_doubts(connection: Connection, now: datetime) -> None:
    """Makes every call in doubt one to be asked about at once."""
    table = tables.provider_call
    connection.execute(
        update(table).where(table.c.state == CallState.DOUBTFUL.value).values(lease_until=now - timedelta(seconds=1))
    )


@cache
def _accepted() -> Prepared:
    table = tables.provider_call
    return Prepared(
        update(table)
        .where(table.c.id == bindparam("of"), table.c.state == CallState.OPEN.value, table.c.worker == bindparam("by"))
        .where(
            ~exists().where(
                delivery.c.provider_call_id == table.c.id, delivery.c.state == constant(DeliveryState.UNKNOWN)
            )
        )
        .values(
            state=CallState.DONE.value,
            finished_at=bindparam("at"),
            accepted_at=bindparam("at"),
            message_id=bindparam("alike"),
            message_ids=bindparam("named"),
            reason="",
            members=[],
        )
    )


@cache
def _opened() -> Prepared:
    table = tables.provider_call
    return Prepared(insert(table).values({name: bindparam(name) for name in _OPENED}).returning(table.c.id))


@cache
def _sending(dialect: str) -> Prepared:
    return Prepared(
        update(delivery)
        .where(is_among(dialect, delivery.c.id))
        .values(
            state=DeliveryState.SENDING.value,
            reason="",
            provider_call_id=bindparam("call"),
            provider=bindparam("of"),
            called_at=bindparam("at"),
            attempts=delivery.c.attempts + 1,
        )
    )


def _answered(call: Call, now: datetime) -> datetime:
    """No mail is taken before it left, whatever a clock says that was put back meanwhile."""
    return max(now, call.prepared_at)


def _record(connection: Connection, call: Call, records: Sequence[Record], now: datetime) -> None:
    """One statement for all deliveries that have the same in store; only the service's own ids go row by row."""
    alike: dict[tuple[Any, ...], list[int]] = {}
    for record in records:
        alike.setdefault((record.state, record.reason, record.due_at, record.untried), []).append(record.delivery_id)
    for (state, reason, due_at, untried), ids in alike.items():
        values: dict[str, Any] = {"state": state.value, "reason": reason}
        values["accepted_at"] = now if state is DeliveryState.ACCEPTED else None
        values["final_at"] = now if state in FINAL else None
        if due_at is not None:
            values["due_at"] = due_at
        if untried:
            values["attempts"] = delivery.c.attempts - 1
        connection.execute(
            update(delivery)
            .where(is_among(connection.dialect.name, delivery.c.id), delivery.c.provider_call_id == call.id)
            .where(delivery.c.state.in_([DeliveryState.SENDING.value, DeliveryState.UNKNOWN.value]))
            .values(**values),
            ids_for(connection, ids),
        )
    named = [{"of": each.delivery_id, "name": each.provider_message_id} for each in records]
    if named := [row for row in named if row["name"]]:
        own = delivery.c.id == bindparam("of"), delivery.c.provider_call_id == call.id
        connection.execute(update(delivery).where(*own).values(provider_message_id=bindparam("name")), named)


def _call(row: Row[Any]) -> Call:
    return Call(
        id=row.id,
        provider=row.provider,
        edition_id=row.edition_id,
        payload_hash=row.payload_hash,
        members=_thawed(row.members),
        prepared_at=row.prepared_at,
    )


def _thawed(written: dict[str, Any] | list[dict[str, Any]]) -> Members:
    """What was frozen of the readers: by columns, or in calls of before one by one; nothing where it was forgotten."""
    return Members(**written) if isinstance(written, dict) else Members.of(Member(**each) for each in written)
