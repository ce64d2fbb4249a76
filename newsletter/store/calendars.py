"""Calendars in the store, each under its secret address, with how it was when it was last read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import Connection, delete, insert, select, update

from newsletter.errors import NotFoundError
from newsletter.store import due
from newsletter.store.booking_tables import booking_source, calendar, task


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """`url` is as secret as a password; people are shown the `host`. `read_at` is when it last came as a whole."""

    id: int
    url: str
    etag: str
    modified: str
    added_at: datetime
    due_at: datetime
    polled_at: datetime | None
    read_at: datetime | None
    failures: int
    fault: str
    note: str

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def source(self) -> str:
        """What its notices name as theirs."""
        return f"calendar:{self.id}"


def add(connection: Connection, url: str, now: datetime) -> Calendar:
    """Keeps a calendar that is due at once; the same address again is the same calendar."""
    row = connection.execute(select(calendar).where(calendar.c.url == url)).first()
    if row is None:
        added = insert(calendar).values(url=url, added_at=now, due_at=now).returning(calendar)
        row = connection.execute(added).one()
    return Calendar(**row._mapping)


def get(connection: Connection, calendar_id: int) -> Calendar:
    """Raises NotFoundError where there is none."""
    row = connection.execute(select(calendar).where(calendar.c.id == calendar_id)).first()
    if row is None:
        raise NotFoundError(f"There is no calendar {calendar_id}.", "List them with: calendar list")
    return Calendar(**row._mapping)


def all_calendars(connection: Connection) -> Sequence[Calendar]:
    """In the order they were added."""
    return [Calendar(**row._mapping) for row in connection.execute(select(calendar).order_by(calendar.c.id))]


def remove(connection: Connection, removed: Calendar) -> None:
    """Forgets the calendar and what was to be done about it; its sessions stay."""
    connection.execute(delete(task).where(task.c.source == removed.source))
    connection.execute(delete(booking_source).where(booking_source.c.source == removed.source))
    connection.execute(delete(calendar).where(calendar.c.id == removed.id))


def claim(connection: Connection, now: datetime, lease: timedelta, calendar_id: int | None = None) -> Calendar | None:
    """The one to read next, or the one named (newsletter.store.due)."""
    row = due.claim(connection, calendar, now, lease, calendar_id)
    return Calendar(**row._mapping) if row else None


def unchanged(connection: Connection, calendar_id: int, *, due_at: datetime, now: datetime) -> None:
    """It was asked for, and is as it was."""
    _change(connection, calendar_id, due_at=due_at, polled_at=now, failures=0, fault="")


def read(
    connection: Connection, calendar_id: int, *, due_at: datetime, now: datetime, etag: str, modified: str, note: str
) -> None:
    """It came as a whole."""
    values = {"due_at": due_at, "polled_at": now, "read_at": now, "etag": etag, "modified": modified, "note": note}
    _change(connection, calendar_id, **values, failures=0, fault="")


def failed(connection: Connection, calendar_id: int, fault: str, *, due_at: datetime, now: datetime) -> None:
    """The `fault` must not hold the address."""
    _change(connection, calendar_id, fault=fault, due_at=due_at, polled_at=now, failures=calendar.c.failures + 1)


def _change(connection: Connection, calendar_id: int, **values: object) -> None:
    connection.execute(update(calendar).where(calendar.c.id == calendar_id).values(**values))
