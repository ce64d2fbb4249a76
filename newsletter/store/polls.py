"""Polls in the store: how far the events and the list of each service were read, and when it is asked again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from newsletter.store import tables
from subscribers.store.insertion import upsert

_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """`provider` is the service's name, followed by what is read of it where that is not its events.

    `failures` in a row, and in `reason` the last one; `succeeded_at` is when a poll last came to its end.
    """

    provider: str
    cursor: str
    next_at: datetime
    succeeded_at: datetime | None
    failures: int
    reason: str


def get(connection: Connection, provider: str) -> Poll | None:
    """None for a service that was never asked."""
    row = connection.execute(select(tables.poll).where(tables.poll.c.provider == provider)).first()
    return Poll(**row._mapping) if row else None


def last_call(connection: Connection, provider: str) -> datetime | None:
    """When the latest call to the service was prepared; None where there was none."""
    call = tables.provider_call
    latest = select(call.c.prepared_at).where(call.c.provider == provider).order_by(call.c.id.desc()).limit(1)
    moment: datetime | None = connection.execute(latest).scalar()
    return moment


def claim(connection: Connection, provider: str, now: datetime, until: datetime) -> Poll | None:
    """The poll if it is due, kept from other workers `until` then; None: it is not due, or another worker's."""
    poll = tables.poll
    first = {"provider": provider, "cursor": "", "next_at": now, "failures": 0, "reason": ""}
    connection.execute(upsert(connection, poll).values(first).on_conflict_do_nothing())
    due = poll.c.provider == provider, poll.c.next_at <= now
    row = connection.execute(update(poll).where(*due).values(next_at=until).returning(poll)).first()
    return Poll(**row._mapping) if row else None


def advance(connection: Connection, provider: str, cursor: str) -> None:
    """What is before `cursor` has been read and kept."""
    connection.execute(update(tables.poll).where(tables.poll.c.provider == provider).values(cursor=cursor))


def succeed(connection: Connection, provider: str, now: datetime, next_at: datetime) -> None:
    _close(connection, provider, next_at=next_at, succeeded_at=now, failures=0, reason="")


def fail(connection: Connection, provider: str, next_at: datetime, reason: str) -> None:
    _close(
        connection,
        provider,
        next_at=next_at,
        failures=tables.poll.c.failures + 1,
        reason=reason[:_LONGEST_REASON],
    )


def _close(connection: Connection, provider: str, **values: Any) -> None:
    connection.execute(update(tables.poll).where(tables.poll.c.provider == provider).values(values))
