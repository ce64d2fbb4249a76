"""Tasks in the store: bookings that only the therapist can decide about, until she has or they settle themselves."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, and_, delete, func, select, update

from newsletter.errors import NotFoundError
from newsletter.store.booking_tables import task
from subscribers.store.insertion import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """`message` says what there is to do; `service` and `ended_at` tell which booking it is about."""

    id: int
    reference: str
    source: str
    service: str
    ended_at: datetime | None
    message: str
    opened_at: datetime


_COLUMNS = [task.c[name] for name in Task.__dataclass_fields__]
_OPEN = task.c.dismissed_at.is_(None)
_SHOWN = and_(_OPEN, task.c.message != "")  # without a message it waits for the program's answer


def open_task(
    connection: Connection,
    *,
    reference: str,
    source: str,
    service: str,
    ended_at: datetime | None,
    message: str,
    now: datetime,
    retry_at: datetime | None,
) -> None:
    """Notes what there is to do about a booking; one that was dismissed stays so."""
    told = {"service": service, "ended_at": ended_at, "message": message, "retry_at": retry_at}
    noted = upsert(connection, task).values(reference=reference, source=source, opened_at=now, **told)
    connection.execute(noted.on_conflict_do_update(index_elements=["reference"], set_=told))


def close(connection: Connection, references: Collection[str]) -> None:
    """Nothing is left to do about these bookings; one that was dismissed stays so."""
    connection.execute(delete(task).where(task.c.reference.in_(sorted(references)), _OPEN))


def dismiss(connection: Connection, task_id: int, now: datetime) -> Task:
    """She has seen to it. Raises NotFoundError where there is no such task."""
    found = get(connection, task_id)
    connection.execute(update(task).where(task.c.id == task_id).values(dismissed_at=now, retry_at=None))
    return found


def get(connection: Connection, task_id: int) -> Task:
    """Raises NotFoundError where there is no open one."""
    row = connection.execute(select(*_COLUMNS).where(task.c.id == task_id, _SHOWN)).first()
    if row is None:
        raise NotFoundError(f"There is no task {task_id}.", "List them with: task list")
    return _task(row)


def all_open(connection: Connection) -> Sequence[Task]:
    """The one whose session is first, first."""
    return [
        _task(row) for row in connection.execute(select(*_COLUMNS).where(_SHOWN).order_by(task.c.ended_at, task.c.id))
    ]


def of_series(connection: Connection, series: str) -> Sequence[Task]:
    """The open tasks about the events of one series of a calendar."""
    hers = task.c.reference.startswith(f"{series}#", autoescape=True)
    return [_task(row) for row in connection.execute(select(*_COLUMNS).where(_SHOWN, hers).order_by(task.c.id))]


def counts(connection: Connection) -> dict[str, int]:
    """How many are open, by source."""
    rows = connection.execute(select(task.c.source, func.count()).where(_SHOWN).group_by(task.c.source))
    return {row[0]: row[1] for row in rows}


def are_due(connection: Connection, now: datetime) -> bool:
    """Whether there is one to be looked at again."""
    return connection.execute(select(task.c.id).where(_OPEN, task.c.retry_at <= now).limit(1)).first() is not None


def take_due(connection: Connection, now: datetime, retry_at: datetime, limit: int) -> list[str]:
    """The references of those to be looked at again; each of them next at `retry_at`."""
    due = select(task.c.id).where(_OPEN, task.c.retry_at <= now).order_by(task.c.retry_at, task.c.id).limit(limit)
    taken = update(task).where(task.c.id.in_(due.scalar_subquery())).values(retry_at=retry_at)
    return sorted(connection.execute(taken.returning(task.c.reference)).scalars())


def make_due(connection: Connection, now: datetime) -> None:
    """All that may settle themselves are looked at again."""
    connection.execute(update(task).where(_OPEN, task.c.retry_at > now).values(retry_at=now))


def _task(row: Row[tuple[object, ...]]) -> Task:
    return Task(**row._mapping)
