"""Notices: what booking programs tell is proved, kept before it is answered, and never holds more than is needed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from newsletter.context import App
from newsletter.domain.booking import Notice, Telling
from newsletter.errors import HookError, NotFoundError
from newsletter.providers.hooks.base import HookCall
from newsletter.store import lookups, notices
from subscribers.errors import AudienceError
from subscribers.store import ledger
from subscribers.suppression import address_hash

KEEP = timedelta(days=30)  # after the session, in which a program may still tell of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An authentic call of a booking program, read."""

    source: str
    telling: Telling


def read(app: App, source: str, call: HookCall, now: datetime) -> Call:
    """Raises NotFoundError for a program that is not set up, HookError for a call that is not to be believed."""
    program = app.booking_sources.get(source)
    if program is None:
        raise NotFoundError(f"No webhook of {source} is set up here.", "Set its secret; see docs/operating.md.")
    return Call(source=source, telling=program.read(call, now))


def keep(app: App, calls: Sequence[Call], now: datetime) -> list[HookError | None]:
    """Keeps what calls tell, durably, in one transaction; a repeated one adds nothing. None of them is refused."""
    with app.database.write() as connection:
        for call in calls:
            record(app, connection, call.source, call.telling.notices, now)
            for reference in call.telling.ask:
                lookups.ask(connection, call.source, reference, now)
    return [None for _ in calls]


def record(app: App, connection: Connection, source: str, told: Sequence[Notice], now: datetime) -> None:
    """Keeps notices of a source, within a transaction that is open already; of those who were erased, no more than that
    there is a booking."""
    notices.hear(connection, source, now)
    notices.keep(connection, [_without_erased(app, connection, each) for each in told], now)


def names_erased(app: App, connection: Connection, notice: Notice) -> bool:
    """Whether it names somebody whose data was erased, and whom nobody may bring back but herself."""
    try:
        for each in notice.addresses:
            ledger.refuse_erased(connection, address_hash(each, app.key))
    except AudienceError:
        return True
    return False


def forget(app: App, now: datetime) -> None:
    """Forgets what was told of bookings that are long over. Doing it again changes nothing."""
    with app.database.write() as connection:
        notices.forget(connection, now - KEEP)


def _without_erased(app: App, connection: Connection, notice: Notice) -> Notice:
    if not names_erased(app, connection, notice):
        return notice
    return replace(notice, addresses=(), service="", practitioner="", standing=None, ended_at=None)
