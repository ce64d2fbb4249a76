"""Senders in the store: when each may be called again, and how much it has handed over."""

from datetime import datetime

from sqlalchemy import Connection, case, select

from newsletter.domain.limits import LENGTH, Usage, Window, start_of
from newsletter.store import tables
from subscribers.store.insertion import upsert

_SINCE = "since"  # beside the windows: the day of the first mail, and all mails since


def pause(connection: Connection, provider: str, resume_at: datetime, reason: str) -> None:
    """Nothing is called through this provider before `resume_at`; of two pauses the longer one stands."""
    values = {"resume_at": resume_at, "reason": reason}
    paused = upsert(connection, tables.sender).values(provider=provider, **values)
    longer = tables.sender.c.resume_at < paused.excluded.resume_at
    connection.execute(paused.on_conflict_do_update(index_elements=["provider"], set_=values, where=longer))


def paused_until(connection: Connection, provider: str, now: datetime) -> datetime | None:
    """When the provider may be called again; None: at once."""
    paused = pause_of(connection, provider, now)
    return paused[0] if paused else None


def pause_of(connection: Connection, provider: str, now: datetime) -> tuple[datetime, str] | None:
    """Until when the provider is left alone, and why; None where it is not."""
    table = tables.sender
    row = connection.execute(select(table).where(table.c.provider == provider, table.c.resume_at > now)).first()
    return (row.resume_at, row.reason) if row else None


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
    return Usage(
        used=used, day_number=(start_of(Window.DAY, now) - start_of(Window.DAY, since)) // LENGTH[Window.DAY] + 1
    )
