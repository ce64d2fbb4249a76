"""What the newsletter's own tables hold of one person: to be given to her, and to be forgotten."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select, update

from newsletter.domain.delivery import DeliveryState
from newsletter.store import deliveries, session_changes, tables, tracking
from subscribers.tables import subscriber

_ERASED = "her data was erased"


def held(connection: Connection, subscriber_id: int) -> dict[str, Any]:
    """Her sessions, her mails and what was told of them, ready for JSON; moments are ISO 8601 in UTC."""
    table = tables.session
    hers = select(table).where(table.c.subscriber_id == subscriber_id).order_by(table.c.ended_at)
    changes = defaultdict(list)
    for each in session_changes.of_client(connection, subscriber_id):
        entry = {"at": each.at.isoformat(), "state": each.state.value, "ended_at": each.ended_at.isoformat()}
        changes[each.session_id].append(entry)
    return {
        "sessions": [
            {
                "ended_at": row.ended_at.isoformat(),
                "services": row.services,
                "practitioner": row.practitioner,
                "flags": row.flags,
                "state": row.state,
                "line": row.line,
                "changes": changes[row.id],
            }
            for row in connection.execute(hers)
        ],
        "mails": [
            {
                "due_at": each.due_at.isoformat(),
                "stream": each.stream.value,
                "subject": each.subject,
                "state": each.state.value,
                "reason": each.reason,
                "accepted_at": each.accepted_at and each.accepted_at.isoformat(),
            }
            for each in deliveries.ledger(connection, subscriber_id=subscriber_id)
        ],
        "events": _told(connection, subscriber_id),
        "tracking": tracking.held(connection, subscriber_id),
    }


def _told(connection: Connection, subscriber_id: int) -> list[dict[str, Any]]:
    """What mail services told of her mails and of her address."""
    event = tables.event
    told = (
        select(event.c.at, event.c.provider, event.c.kind, event.c.reason, event.c.raw)
        .where(_about_her(subscriber_id))
        .order_by(event.c.at, event.c.id)
    )
    return [
        {"at": row.at.isoformat(), "service": row.provider, "kind": row.kind, "reason": row.reason, "as_told": row.raw}
        for row in connection.execute(told)
    ]


def _about_her(subscriber_id: int) -> ColumnElement[bool]:
    event, delivery = tables.event, tables.delivery
    mails = select(delivery.c.id).where(delivery.c.subscriber_id == subscriber_id)
    hashed = select(subscriber.c.address_hash).where(subscriber.c.id == subscriber_id)
    return or_(event.c.delivery_id.in_(mails), event.c.address_hash.in_(hashed))


def forget(connection: Connection, subscriber_id: int, now: datetime) -> None:
    """What was done in her sessions, what she opened and followed, and mail that has not left.

    That mails were sent stays: the ledger adds up.
    """
    tracking.forget_person(connection, subscriber_id)
    _forget_words(connection, subscriber_id)
    table, delivery = tables.session, tables.delivery
    connection.execute(
        update(table)
        .where(table.c.subscriber_id == subscriber_id)
        .values(services=[], flags=[], practitioner="", line="", reference=None, changed_at=now)
    )
    connection.execute(
        update(delivery)
        .where(delivery.c.subscriber_id == subscriber_id, delivery.c.state == DeliveryState.QUEUED.value)
        .values(state=DeliveryState.CANCELLED.value, reason=_ERASED, final_at=now)
    )


def _forget_words(connection: Connection, subscriber_id: int) -> None:
    """What mail services said about her, for their words hold her address; and by which plans she was written to."""
    event, delivery = tables.event, tables.delivery
    connection.execute(update(event).where(_about_her(subscriber_id)).values(raw=None, reason=""))
    quoting = delivery.c.subscriber_id == subscriber_id, delivery.c.reason.contains("@")
    connection.execute(update(delivery).where(*quoting).values(reason=_ERASED))
    plans = {"planned_version_id": None, "composed_version_id": None}  # each names what was done
    connection.execute(update(delivery).where(delivery.c.subscriber_id == subscriber_id).values(plans))
