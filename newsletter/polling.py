"""Polling: a service that cannot call us, such as at a laptop behind a router, is asked what became of mails."""

import logging
from datetime import datetime, timedelta

from newsletter import asking
from newsletter.asking import Reading
from newsletter.context import App, Clock
from newsletter.errors import ProviderError
from newsletter.store import polls
from newsletter.store.polls import Poll

log = logging.getLogger(__name__)

LONGEST_SILENCE = timedelta(hours=6)  # after many failures in a row
_LEASE = timedelta(minutes=15)
_WORTH_ASKING = timedelta(days=14)  # since its last mail; later nothing happens to it any more


def poll(app: App, clock: Clock) -> bool:
    """Asks for what it is time to; returns whether any service was asked. What goes wrong waits for the next time."""
    asked = [_poll(app, reading, clock) for reading in asking.readings(app)]
    return any(asked)


def _poll(app: App, reading: Reading, clock: Clock) -> bool:
    claimed = _claim(app, reading, clock())
    if claimed is None:
        return False
    try:
        read_on = reading.read(claimed.cursor, clock)
    except ProviderError as error:
        _postpone(app, reading, claimed, error, clock())
        return True
    with app.database.write() as connection:
        moment = clock()
        polls.succeed(connection, reading.name, moment, moment if read_on else moment + reading.every)
    return True


def _claim(app: App, reading: Reading, now: datetime) -> Poll | None:
    """The reading's poll if it is due, no other worker is at it, and the service has had mail of ours lately."""
    with app.database.read() as connection:
        known = polls.get(connection, reading.name)
        if known is not None and known.next_at > now:
            return None
        last = polls.last_call(connection, reading.service)
    is_worth_asking = last is not None and last >= now - _WORTH_ASKING
    with app.database.write() as connection:
        claimed = polls.claim(connection, reading.name, now, now + (_LEASE if is_worth_asking else reading.every))
    return claimed if is_worth_asking else None


def _postpone(app: App, reading: Reading, poll: Poll, error: ProviderError, now: datetime) -> None:
    """Longer each time; a fault is named in the log when it is new."""
    doublings: int = 2 ** min(poll.failures, 10)
    wait = max(error.retry_after or timedelta(), min(reading.every * doublings, LONGEST_SILENCE))
    if error.retry_after is None and str(error) != poll.reason:
        log.warning("%s could not be asked what became of mails. %s", reading.service, error)
    with app.database.write() as connection:
        polls.fail(connection, reading.name, now + min(wait, LONGEST_SILENCE), str(error))
