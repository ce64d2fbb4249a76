"""Workers in the store: who is at work, by their latest sign of life."""

from datetime import datetime

from sqlalchemy import Connection, delete, func, or_, select

from newsletter.store import tables
from subscribers.store.insertion import upsert


def beat(connection: Connection, name: str, now: datetime) -> None:
    """A sign of life of the worker of that name."""
    alive = upsert(connection, tables.worker).values(name=name, started_at=now, beat_at=now)
    connection.execute(alive.on_conflict_do_update(index_elements=["name"], set_={"beat_at": now}))


def leave(connection: Connection, name: str) -> None:
    """The worker has ended in good order."""
    connection.execute(delete(tables.worker).where(tables.worker.c.name == name))


def last_beat(connection: Connection) -> datetime | None:
    """The latest sign of life of any worker; None where there is none."""
    moment: datetime | None = connection.execute(select(func.max(tables.worker.c.beat_at))).scalar()
    return moment


def forget(connection: Connection, *, before: datetime, after: datetime) -> int:
    """Forgets workers whose last sign of life is older, or from a future that cannot be. Returns how many."""
    beat_at = tables.worker.c.beat_at
    return connection.execute(delete(tables.worker).where(or_(beat_at < before, beat_at > after))).rowcount
