"""The holiday that the store knows of: one at a time."""

from datetime import date, datetime

from sqlalchemy import Connection

from newsletter.domain.holiday import Holiday
from newsletter.store import meta

_NAME = "holiday"


def known(connection: Connection) -> Holiday | None:
    """The holiday that was set last, be it to come, under way or over."""
    words = meta.remembered(connection, _NAME)
    if not words:
        return None
    first_day, last_day = (date.fromisoformat(words[name]) for name in ("first_day", "last_day"))
    return Holiday(first_day=first_day, last_day=last_day, cover=words["cover"])


def under_way(connection: Connection, now: datetime, timezone: str) -> Holiday | None:
    """The holiday that lasts at this moment; `timezone` is the studio's."""
    holiday = known(connection)
    return holiday if holiday is not None and holiday.lasts(now, timezone) else None


def keep(connection: Connection, holiday: Holiday) -> None:
    """In place of the one before."""
    days = {"first_day": holiday.first_day.isoformat(), "last_day": holiday.last_day.isoformat()}
    meta.remember(connection, _NAME, days | {"cover": holiday.cover})


def forget(connection: Connection) -> None:
    meta.remember(connection, _NAME, {})
