"""Polling: a service that cannot call us, such as at a laptop behind a router, is asked what became of mails."""

import logging
from datetime import datetime, timedelta

from newsletter import asking
from newsletter.context import App, Clock
from newsletter.errors import ProviderError
from newsletter.store import polls
from newsletter.store.polls import Poll

log = logging.getLogger(__name__)

BETWEEN = timedelta(minutes=5)
LONGEST_SILENCE = timedelta(hours=6)  # after many failures in a row
_LEASE = timedelta(minutes=15)
_WORTH_ASKING = timedelta(days=14)  # since the last mail; later nothing happens to it any more


def poll(app: App, clock: Clock) -> bool:
    """Asks the service if it is time to; returns whether it was asked. What goes wrong waits for the next time."""
    if not asking.is_needed(app):
        return False
    service, now = app.provider.name, clock()
    with app.database.read() as connection:
        last, known = polls.last_call(connection), polls.get(connection, service)
    if last is None or last < now - _WORTH_ASKING or (known is not None and known.next_at > now):
        return False
    with app.database.write() as connection:
        claimed = polls.claim(connection, service, now, now + _LEASE)
    if claimed is None:
        return False
    try:
        read_on = asking.read(app, claimed.cursor, clock)
    except ProviderError as error:
        _postpone(app, claimed, error, clock())
        return True
    with app.database.write() as connection:
        moment = clock()
        polls.succeed(connection, service, moment, moment if read_on else moment + BETWEEN)
    return True


def _postpone(app: App, poll: Poll, error: ProviderError, now: datetime) -> None:
    """Longer each time; a fault is named in the log when it is new."""
    doublings: int = 2 ** min(poll.failures, 10)
    wait = max(error.retry_after or timedelta(), min(BETWEEN * doublings, LONGEST_SILENCE))
    if error.retry_after is None and str(error) != poll.reason:
        log.warning("%s could not be asked what became of mails. %s", poll.provider, error)
    with app.database.write() as connection:
        polls.fail(connection, poll.provider, now + min(wait, LONGEST_SILENCE), str(error))
