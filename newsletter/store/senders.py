"""Senders in the store: when each may be called again, and how much it has handed over."""

from datetime import datetime

from sqlalchemy import Connection, select

from newsletter.store import tables
from subscribers.store.insertion import upsert


def pause(connection: Connection, provider: str, resume_at: datetime, reason: str) -> None:
    """Nothing is called through this provider before `resume_at`."""
    values = {"resume_at": resume_at, "reason": reason}
    paused = upsert(connection, tables.sender).values(provider=provider, **values)
    connection.execute(paused.on_conflict_do_update(index_elements=["provider"], set_=values))


def paused_until(connection: Connection, provider: str, now: datetime) -> datetime | None:
    """When the provider may be called again; None: at once."""
    table = tables.sender
    moment: datetime | None = connection.execute(
        select(table.c.resume_at).where(table.c.provider == provider, table.c.resume_at > now)
    ).scalar()
    return moment
