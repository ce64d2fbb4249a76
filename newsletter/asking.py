"""Asking: what a service tells only when it is asked, read on from where the last reading ended.

There are two things to read: its events, page by page, and its list of whom it no longer writes to. The list holds what
its events do not: complaints that come weeks later, and what befell an address through another program.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import islice

from newsletter import hearing
from newsletter.context import App, Clock
from newsletter.domain.event import Event, Source
from newsletter.providers.accounts.base import LOOK_BACK, EventLog, read_cursor, write_cursor
from newsletter.providers.accounts.listed import event_of
from newsletter.providers.base import Provider, SuppressionList
from newsletter.providers.hooks.fields import moment
from newsletter.store import polls

_LOG_EVERY = timedelta(minutes=5)
_LIST_EVERY = timedelta(hours=1)
_MOST_PAGES = 20  # at once: sending does not wait for more
_ENTRIES = 1000  # of a list, kept in one transaction
_OVERLAP = timedelta(hours=1)  # a list may show an entry a while after it was made


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Something that `service` can be asked for, `every` so often; `name` is its own in the store.

    `read` goes on from a cursor and returns whether there is more; it raises ProviderError, and what was read by then
    is kept.
    """

    name: str
    service: str
    every: timedelta
    read: Callable[[str, Clock], bool]


def readings(app: App) -> Iterator[Reading]:
    """Of every service that is set up and does not tell by itself: what it can be asked for."""
    for provider in app.services:
        if provider.name not in app.hooks:
            yield from _readings(app, provider)


def readings_of(app: App, service: str) -> list[Reading]:
    """Those of one service; none where it tells by itself, or cannot be asked."""
    return [reading for reading in readings(app) if reading.service == service]


def read_now(app: App, service: str, clock: Clock) -> None:
    """Everything, without waiting for its time. Raises ProviderError."""
    for reading in readings_of(app, service):
        with app.database.read() as connection:
            known = polls.get(connection, reading.name)
        reading.read(known.cursor if known else "", clock)


def _readings(app: App, provider: Provider) -> Iterator[Reading]:
    name = provider.name
    if (open_log := app.logs.get(name)) is not None:
        yield Reading(name=name, service=name, every=_LOG_EVERY, read=partial(_read_log, app, open_log))
    if isinstance(provider, SuppressionList):
        listed = f"{name} list"
        yield Reading(name=listed, service=name, every=_LIST_EVERY, read=partial(_read_list, app, name, provider))


def _read_log(app: App, open_log: Callable[[], EventLog], cursor: str, clock: Clock) -> bool:
    with closing(open_log()) as log:
        for _ in range(_MOST_PAGES):
            page = log.page(cursor, clock())
            _keep(app, log.name, log.name, page.events, page.cursor, clock)
            cursor = page.cursor
            if not page.more:
                return False
    return True


def _read_list(app: App, service: str, listing: SuppressionList, cursor: str, clock: Clock) -> bool:
    """To its end: where a list has an order at all, it is the vendor's own."""
    begun = clock()
    entries = map(event_of, listing.suppressed(moment(read_cursor(cursor).get("since")) or begun - LOOK_BACK))
    while some := tuple(islice(entries, _ENTRIES)):
        _keep(app, service, f"{service} list", some, cursor, clock)
    _keep(app, service, f"{service} list", (), write_cursor(since=(begun - _OVERLAP).isoformat()), clock)
    return False


def _keep(app: App, service: str, name: str, events: tuple[Event, ...], cursor: str, clock: Clock) -> None:
    """Events go into the store together with where to go on."""
    with app.database.write() as connection:
        hearing.keep(app, connection, Source.POLL, [(service, event) for event in events], clock())
        polls.advance(connection, name, cursor)
