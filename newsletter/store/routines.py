"""Routines in the store: due rows, so that a slept laptop or two workers change nothing."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, insert, or_, select, update

from newsletter.domain.rhythm import Rhythm, parse
from newsletter.domain.routine import TO_ANSWER, Routine
from newsletter.errors import NotFoundError
from newsletter.store import tables

_LEASE = timedelta(minutes=5)


def add(
    connection: Connection,
    *,
    feed_id: int,
    rhythm: Rhythm,
    digest: bool,
    segment: str,
    design: str,
    asks: bool,
    due_at: datetime,
    now: datetime,
) -> int:
    """A routine for what the feed brings from now on; returns its id."""
    values = {"feed_id": feed_id, "rhythm": str(rhythm), "digest": digest, "segment": segment, "design": design}
    added = insert(tables.routine).values(**values, asks=asks, created_at=now, due_at=due_at)
    routine_id: int = connection.execute(added.returning(tables.routine.c.id)).scalar_one()
    return routine_id


def all_routines(connection: Connection) -> list[Routine]:
    """In the order they were made."""
    return [_routine(row) for row in connection.execute(select(tables.routine).order_by(tables.routine.c.id))]


def remove(connection: Connection, routine_id: int) -> None:
    """What it made already stays as it is. Raises NotFoundError where there is none."""
    if not connection.execute(delete(tables.routine).where(tables.routine.c.id == routine_id)).rowcount:
        raise NotFoundError(f"There is no routine {routine_id}.", "List them with: routine list")


def take(connection: Connection, now: datetime) -> Routine | None:
    """One whose newsletter is to be made, for this worker alone for a few minutes; None where there is none."""
    table = tables.routine
    asked = and_(table.c.asks, table.c.due_at <= now + TO_ANSWER)
    free = or_(table.c.leased_until.is_(None), table.c.leased_until <= now)
    due = select(table).where(free, or_(asked, table.c.due_at <= now)).order_by(table.c.due_at, table.c.id).limit(1)
    row = connection.execute(due.with_for_update(skip_locked=True)).first()
    if row is None:
        return None
    connection.execute(update(table).where(table.c.id == row.id).values(leased_until=now + _LEASE))
    return _routine(row)


def advance(connection: Connection, routine: Routine, due_at: datetime) -> None:
    """Sets its next time, unless that was done already."""
    table = tables.routine
    same = table.c.id == routine.id, table.c.due_at == routine.due_at
    connection.execute(update(table).where(*same).values(due_at=due_at, leased_until=None))


def _routine(row: Row[Any]) -> Routine:
    values = {name: getattr(row, name) for name in Routine.__dataclass_fields__} | {"rhythm": parse(row.rhythm)}
    return Routine(**values)
