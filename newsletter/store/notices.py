"""Notices of bookings in the store: kept as they come, followed once, forgotten when nothing can come of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, or_, select, text, update

from newsletter.domain.booking import BY_HAND, Notice, Standing
from newsletter.store import tables
from newsletter.store.booking_tables import booking_address, booking_lookup, booking_notice, booking_source, task
from subscribers.store.insertion import insert_new, upsert

_MOST_NAMES = 100  # of one booking: nobody moves one more often
_MANY = 500  # references in one statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A notice in the store; `followed` before now."""

    id: int
    notice: Notice
    followed: bool


def keep(connection: Connection, notices: Sequence[Notice], now: datetime) -> None:
    """Keeps notices; one that is there already adds nothing."""
    insert_new(connection, booking_notice, [_row(each) | {"received_at": now} for each in notices])
    named = {(address, each.reference) for each in notices for address in each.addresses}
    insert_new(connection, booking_address, [{"email": email, "reference": name} for email, name in sorted(named)])


def hear(connection: Connection, source: str, now: datetime) -> None:
    """Notes that a source has told something."""
    heard = upsert(connection, booking_source).values(source=source, heard_at=now)
    connection.execute(heard.on_conflict_do_update(index_elements=["source"], set_={"heard_at": now}))


def last_heard(connection: Connection) -> dict[str, datetime]:
    """When each source told something last."""
    rows = connection.execute(select(booking_source.c.source, booking_source.c.heard_at))
    return {row.source: row.heard_at for row in rows}


def are_waiting(connection: Connection) -> bool:
    """Whether there is a notice that nobody has followed."""
    unfollowed = select(booking_notice.c.id).where(booking_notice.c.followed_at.is_(None))
    return connection.execute(unfollowed.limit(1)).first() is not None


def may_follow(connection: Connection) -> bool:
    """Whether no other worker follows notices until this transaction ends: two of one booking must not meet.

    On SQLite a writing transaction is alone anyway.
    """
    if connection.dialect.name == "sqlite":
        return True
    return bool(connection.execute(text("SELECT pg_try_advisory_xact_lock(727103)")).scalar())


def take(connection: Connection, limit: int, now: datetime) -> dict[int, str]:
    """The references of up to `limit` notices that nobody has followed, by their ids: followed from now on."""
    unfollowed = select(booking_notice.c.id).where(booking_notice.c.followed_at.is_(None))
    chosen = unfollowed.order_by(booking_notice.c.id).limit(limit).scalar_subquery()
    taken = update(booking_notice).where(booking_notice.c.id.in_(chosen)).values(followed_at=now)
    rows = connection.execute(taken.returning(booking_notice.c.id, booking_notice.c.reference))
    return {row.id: row.reference for row in sorted(rows, key=lambda row: row.id)}


def lineage(connection: Connection, reference: str) -> list[Kept]:
    """All notices of a booking, of those that it replaced, and of those that replaced it."""
    names = {reference}
    while True:
        rows = connection.execute(select(booking_notice).where(_about(names)).order_by(booking_notice.c.id)).all()
        found = names | {row.reference for row in rows} | {row.replaces for row in rows if row.replaces}
        if found == names or len(found) > _MOST_NAMES:
            return [Kept(id=row.id, notice=_notice(row), followed=row.followed_at is not None) for row in rows]
        names = found


def latest_of(connection: Connection, source: str, ended_after: datetime) -> dict[str, Notice]:
    """By reference, what a source told last of each booking that ends after that moment."""
    rows = connection.execute(
        select(booking_notice)
        .where(booking_notice.c.source == source, booking_notice.c.version < BY_HAND)
        .order_by(booking_notice.c.version, booking_notice.c.id)
    )
    latest = {row.reference: _notice(row) for row in rows}
    return {name: each for name, each in latest.items() if each.ended_at is not None and each.ended_at > ended_after}


def known(connection: Connection, source: str, references: Sequence[str]) -> set[str]:
    """Those of the references of which the source told before, or whose session is here."""
    found: set[str] = set()
    for start in range(0, len(references), _MANY):
        part = references[start : start + _MANY]
        table = booking_notice
        told = select(table.c.reference).where(table.c.source == source, table.c.reference.in_(part))
        found |= set(connection.execute(told).scalars())
        here = select(tables.session.c.reference).where(tables.session.c.reference.in_(part))
        found |= {each for each in connection.execute(here).scalars() if each}
    return found


def client_of_series(connection: Connection, series: str) -> int | None:
    """Whose the other sessions of a series are; None where nobody's or more than one client's."""
    table = tables.session
    whose = select(table.c.subscriber_id).where(table.c.reference.startswith(f"{series}#", autoescape=True)).distinct()
    found = connection.execute(whose.limit(2)).scalars().all()
    return found[0] if len(found) == 1 else None


def rename(connection: Connection, session_id: int, reference: str | None) -> None:
    """From now on `reference` finds the session, or with None no name does."""
    connection.execute(update(tables.session).where(tables.session.c.id == session_id).values(reference=reference))


def of_address(connection: Connection, email: str) -> list[Notice]:
    """What was told of bookings by somebody with that address."""
    rows = connection.execute(select(booking_notice).where(_hers(email)).order_by(booking_notice.c.id))
    return [_notice(row) for row in rows]


def forget_address(connection: Connection, email: str) -> None:
    """Forgets what was told of her bookings, and what was to be done about them."""
    references = select(booking_address.c.reference).where(booking_address.c.email == email)
    connection.execute(delete(task).where(task.c.reference.in_(references)))
    connection.execute(delete(booking_lookup).where(booking_lookup.c.reference.in_(references)))
    connection.execute(delete(booking_notice).where(_hers(email)))
    connection.execute(delete(booking_address).where(booking_address.c.email == email))


def forget(connection: Connection, before: datetime) -> None:
    """Forgets what was told before that moment of bookings that had ended by then, with their tasks."""
    old = func.coalesce(booking_notice.c.ended_at, booking_notice.c.received_at) < before
    connection.execute(delete(booking_notice).where(old, booking_notice.c.received_at < before))
    connection.execute(delete(task).where(func.coalesce(task.c.ended_at, task.c.opened_at) < before))
    told = exists().where(booking_notice.c.reference == booking_address.c.reference)
    connection.execute(delete(booking_address).where(~told))


def _about(names: Iterable[str]) -> Any:
    chosen = sorted(names)
    return or_(booking_notice.c.reference.in_(chosen), booking_notice.c.replaces.in_(chosen))


def _hers(email: str) -> Any:
    references = select(booking_address.c.reference).where(booking_address.c.email == email)
    return booking_notice.c.reference.in_(references)


def _row(notice: Notice) -> dict[str, Any]:
    return {
        "source": notice.source,
        "key": notice.key,
        "reference": notice.reference,
        "version": notice.version,
        "replaces": notice.replaces,
        "standing": notice.standing.value if notice.standing else None,
        "addresses": list(notice.addresses),
        "service": notice.service,
        "practitioner": notice.practitioner,
        "ended_at": notice.ended_at,
    }


def _notice(row: Row[Any]) -> Notice:
    return Notice(
        source=row.source,
        reference=row.reference,
        version=row.version,
        replaces=row.replaces,
        standing=Standing(row.standing) if row.standing else None,
        addresses=tuple(row.addresses),
        service=row.service,
        practitioner=row.practitioner,
        ended_at=row.ended_at,
    )
