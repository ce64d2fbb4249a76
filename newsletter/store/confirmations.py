"""Mails that somebody asked for, such as a confirmation: deliveries of no campaign and no session."""

from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from newsletter.domain.delivery import PRIORITY, DeliveryState
from newsletter.store import tables
from subscribers.consent import Stream


def queue(connection: Connection, subscriber_id: int, edition_id: int, now: datetime) -> int:
    """A mail of the service stream, due at once; returns its delivery's id."""
    delivery_id: int = connection.execute(
        insert(tables.delivery)
        .values(
            subscriber_id=subscriber_id,
            edition_id=edition_id,
            stream=Stream.SERVICE.value,
            priority=PRIORITY[Stream.SERVICE],
            state=DeliveryState.QUEUED.value,
            planned_at=now,
            due_at=now,
            created_at=now,
        )
        .returning(tables.delivery.c.id)
    ).scalar_one()
    return delivery_id


def queued_since(connection: Connection, subscriber_id: int, since: datetime) -> int:
    """How many mails this person was sent, or is to be sent, because somebody asked for them since that moment."""
    table = tables.delivery
    return connection.execute(
        select(func.count())
        .where(table.c.subscriber_id == subscriber_id, table.c.stream == Stream.SERVICE.value)
        .where(table.c.created_at > since)
    ).scalar_one()
