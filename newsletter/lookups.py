"""Lookups: programs that only say which booking is new are asked how it stands, by the clockwork alone."""

import logging
from datetime import datetime, timedelta

from newsletter import notices
from newsletter.context import App, Clock
from newsletter.errors import ProviderError
from newsletter.store import lookups
from newsletter.store.lookups import Lookup

log = logging.getLogger(__name__)

_AT_ONCE = 10  # bookings of one beat, so that mail never waits long behind a slow program
_LEASE = timedelta(minutes=10)
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)


def look_up_due(app: App, clock: Clock) -> int:
    """Asks about the bookings that have waited longest; returns how many. A fault ends it: the next waits as well."""
    for number in range(_AT_ONCE):
        with app.database.write() as connection:
            wanted = lookups.claim(connection, clock(), clock() + _LEASE)
        if wanted is None:
            return number
        if not _look_up(app, wanted, clock):
            return number + 1
    return _AT_ONCE


def _look_up(app: App, wanted: Lookup, clock: Clock) -> bool:
    source, now = app.booking_sources.get(wanted.source), clock()
    if source is None or not source.answers:
        with app.database.write() as connection:
            lookups.give_up(connection, wanted.source)
        return True
    try:
        found = source.look_up(wanted.reference, now)
    except ProviderError as error:
        _postpone(app, wanted, f"{source.title} gave no answer." if error.in_doubt else error.message, error, clock())
        return False
    with app.database.write() as connection:
        lookups.done(connection, wanted, clock())
        if found is not None:
            notices.record(app, connection, wanted.source, [found], clock())
    return True


def _postpone(app: App, wanted: Lookup, fault: str, error: ProviderError, now: datetime) -> None:
    """Longer each time, and never before the program said; a fault is named in the log when it is new."""
    doublings: int = 2 ** min(wanted.failures, 10)
    wait = min(max(error.retry_after or timedelta(), min(_FIRST_WAIT * doublings, _LONGEST_WAIT)), timedelta(days=1))
    if fault != wanted.fault and error.retry_after is None:
        log.warning("A booking could not be looked up. %s", fault)
    with app.database.write() as connection:
        lookups.failed(connection, wanted, fault, now + wait)
        lookups.put_off(connection, wanted.source, now + wait)
