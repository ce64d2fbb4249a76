"""Bookings of which their program has more to tell, in the store: each until it was asked."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from newsletter.store.booking_tables import booking_lookup as lookup
from subscribers.store.insertion import upsert

_LONGEST_FAULT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """`asked_at` is when the program last said that there is something new; `failures` in a row, the last one in
    `fault`."""

    reference: str
    source: str
    asked_at: datetime
    due_at: datetime
    failures: int
    fault: str


def ask(connection: Connection, source: str, reference: str, now: datetime) -> None:
    """From now on the booking is to be looked up; one that failed before keeps its waits."""
    row = {"reference": reference, "source": source, "asked_at": now, "due_at": now}
    wanted = upsert(connection, lookup).values(row)
    connection.execute(wanted.on_conflict_do_update(index_elements=["reference"], set_={"asked_at": now}))


def is_asked(connection: Connection, reference: str) -> bool:
    """Whether the booking is still to be looked up."""
    return connection.execute(select(lookup.c.source).where(lookup.c.reference == reference)).first() is not None


def claim(connection: Connection, now: datetime, until: datetime) -> Lookup | None:
    """The one that has been due longest, kept from other workers `until` then; None where none is."""
    due = lookup.c.due_at <= now
    first = select(lookup.c.reference).where(due).order_by(lookup.c.due_at, lookup.c.reference).limit(1)
    claimed = update(lookup).where(lookup.c.reference == first.scalar_subquery(), due).values(due_at=until)
    row = connection.execute(claimed.returning(lookup)).first()
    return Lookup(**row._mapping) if row else None


def done(connection: Connection, looked_up: Lookup, now: datetime) -> None:
    """It was looked up; what its program said meanwhile is asked for again."""
    mine = lookup.c.reference == looked_up.reference
    connection.execute(delete(lookup).where(mine, lookup.c.asked_at == looked_up.asked_at))
    connection.execute(update(lookup).where(mine).values(due_at=now, failures=0, fault=""))


def failed(connection: Connection, looked_up: Lookup, fault: str, due_at: datetime) -> None:
    values = {"fault": fault[:_LONGEST_FAULT], "due_at": due_at, "failures": lookup.c.failures + 1}
    connection.execute(update(lookup).where(lookup.c.reference == looked_up.reference).values(**values))


def put_off(connection: Connection, source: str, due_at: datetime) -> None:
    """Nothing is asked of that source before then."""
    connection.execute(update(lookup).where(lookup.c.source == source, lookup.c.due_at < due_at).values(due_at=due_at))


def give_up(connection: Connection, source: str) -> None:
    """Nobody can ask that source any more."""
    connection.execute(delete(lookup).where(lookup.c.source == source))


def faults(connection: Connection) -> dict[str, str]:
    """Why each source could not be asked last; those that answer are not there."""
    failing = select(lookup.c.source, func.max(lookup.c.fault)).where(lookup.c.fault != "").group_by(lookup.c.source)
    return {row[0]: row[1] for row in connection.execute(failing)}
