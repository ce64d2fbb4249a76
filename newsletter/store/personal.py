"""What the newsletter's own tables hold of one person: to be given to her, and to be forgotten."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from newsletter.domain.delivery import DeliveryState
from newsletter.store import deliveries, tables


def held(connection: Connection, subscriber_id: int) -> dict[str, Any]:
    """Her sessions and mails, ready for JSON; moments are ISO 8601 in UTC."""
    table = tables.session
    hers = select(table).where(table.c.subscriber_id == subscriber_id).order_by(table.c.ended_at)
    return {
        "sessions": [
            {
                "ended_at": row.ended_at.isoformat(),
                "services": row.services,
                "practitioner": row.practitioner,
                "flags": row.flags,
                "state": row.state,
                "line": row.line,
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
    }


def forget(connection: Connection, subscriber_id: int, now: datetime) -> None:
    """What was done in her sessions, and mail that has not left. That mails were sent stays: the ledger adds up."""
    table, delivery = tables.session, tables.delivery
    connection.execute(
        update(table)
        .where(table.c.subscriber_id == subscriber_id)
        .values(services=[], flags=[], practitioner="", line="", reference=None, changed_at=now)
    )
    connection.execute(
        update(delivery)
        .where(delivery.c.subscriber_id == subscriber_id, delivery.c.state == DeliveryState.QUEUED.value)
        .values(state=DeliveryState.CANCELLED.value, reason="her data was erased", final_at=now)
    )
