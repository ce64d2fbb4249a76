"""Senders in the store: how each takes our mail, and how much it was handed."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, case, func, or_, select, update

from newsletter.domain.failover import PATIENCE, Standing
from newsletter.domain.limits import LENGTH, Usage, Window, start_of
from newsletter.store import tables
from subscribers.store.insertion import upsert
from subscribers.store.prepared import Prepared

_SINCE = "since"  # beside the windows: the day of the first mail, and all mails since
# Asked before every call, and said after it.
_STANDING = Prepared(
    select(*(tables.sender.c[name] for name in ("resume_at", "reason", "refused_since"))).where(
        tables.sender.c.provider == bindparam("of")
    )
)
_TOOK = Prepared(
    update(tables.sender)
    .where(tables.sender.c.provider == bindparam("of"), tables.sender.c.refused_since.is_not(None))
    .values(refused_since=None)
)


def pause(connection: Connection, provider: str, resume_at: datetime, reason: str) -> None:
    """Nothing is called through this provider before `resume_at`; of two pauses the longer one stands."""
    values = {"resume_at": resume_at, "reason": reason}
    paused = upsert(connection, tables.sender).values(provider=provider, **values)
    longer = tables.sender.c.resume_at < paused.excluded.resume_at
    connection.execute(paused.on_conflict_do_update(index_elements=["provider"], set_=values, where=longer))


def standing(connection: Connection, provider: str) -> Standing:
    """How the provider takes our mail."""
    for resume_at, reason, refused_since in _STANDING.rows(connection, {"of": provider}):
        return Standing(resume_at=resume_at, reason=reason, refused_since=refused_since)
    return Standing()


def refused(connection: Connection, provider: str, now: datetime) -> datetime:
    """The provider did not take a call; returns since when it has taken none. To be said before it is paused for it.

    If nobody has called it for long since its last pause, its trouble begins anew: nobody knows what was in between.
    """
    table = tables.sender
    noted = upsert(connection, table).values(provider=provider, resume_at=now, refused_since=now)
    new = noted.excluded.refused_since
    anew = or_(table.c.refused_since > new, table.c.resume_at < now - PATIENCE)
    since = case((anew, new), else_=func.coalesce(table.c.refused_since, new))
    kept = noted.on_conflict_do_update(index_elements=["provider"], set_={"refused_since": since})
    refused_since: datetime = connection.execute(kept.returning(table.c.refused_since)).scalar_one()
    return refused_since


def took(connection: Connection, provider: str) -> None:
    """The provider has taken a mail: whatever its trouble was, it is over."""
    _TOOK.change(connection, {"of": provider})


def paused_until(connection: Connection, provider: str, now: datetime) -> datetime | None:
    """When the provider may be called again; None: at once."""
    found = standing(connection, provider)
    return found.resume_at if found.is_paused(now) else None


def count(connection: Connection, provider: str, mails: int, now: datetime) -> None:
    """Adds mails that are handed over, or takes back (below zero) those that were not taken, in every window.

    Until the transaction ends, no other worker counts for this provider.
    """
    table = tables.sender_usage
    rows = [
        {"provider": provider, "window": window.value, "starts_at": start_of(window, now), "used": mails}
        for window in Window
    ]
    rows.append({"provider": provider, "window": _SINCE, "starts_at": start_of(Window.DAY, now), "used": mails})
    added = upsert(connection, table)
    new = added.excluded
    same = (table.c.starts_at == new.starts_at) | (table.c.window == _SINCE)
    connection.execute(
        added.on_conflict_do_update(
            index_elements=["provider", "window"],
            set_={
                "used": case((same, table.c.used + new.used), else_=new.used),
                "starts_at": case((same, table.c.starts_at), else_=new.starts_at),
            },
        ),
        rows,
    )


def usage(connection: Connection, provider: str, now: datetime) -> Usage:
    """What was handed over in the windows that hold `now`."""
    table = tables.sender_usage
    rows = {row.window: row for row in connection.execute(select(table).where(table.c.provider == provider))}
    used = {each: rows[each].used for each in Window if each in rows and rows[each].starts_at == start_of(each, now)}
    since = rows[_SINCE].starts_at if _SINCE in rows else now
    days = (start_of(Window.DAY, now) - start_of(Window.DAY, since)) // LENGTH[Window.DAY]
    return Usage(used=used, day_number=max(days, 0) + 1)  # the clock that began it may have run ahead
