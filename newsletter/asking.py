"""Asking: a service's events are read page by page, each kept together with where to go on."""

from contextlib import closing

from newsletter import hearing
from newsletter.context import App, Clock
from newsletter.domain.event import Source
from newsletter.store import polls

_SILENT = frozenset({"smtp"})  # a mail server tells nothing afterwards
_MOST_PAGES = 20  # at once: sending does not wait for more


def is_needed(app: App) -> bool:
    """Whether the service could be asked, and cannot tell by itself."""
    return app.account is not None and app.provider.name not in {*app.hooks, *_SILENT}


def read(app: App, cursor: str, clock: Clock) -> bool:
    """Reads on from `cursor`; returns whether there is more. Raises ProviderError; what was read by then is kept."""
    if app.account is None:
        return False
    with closing(app.account()) as account:
        for _ in range(_MOST_PAGES):
            now = clock()
            page = account.page(cursor, now)
            with app.database.write() as connection:
                told = [(account.name, event) for event in page.events]
                hearing.keep(app, connection, Source.POLL, told, now)
                polls.advance(connection, account.name, page.cursor)
            cursor = page.cursor
            if not page.more:
                return False
    return True


def read_now(app: App, clock: Clock) -> None:
    """Without waiting for its time, from where the last reading ended. Raises ProviderError."""
    with app.database.read() as connection:
        known = polls.get(connection, app.provider.name)
    read(app, known.cursor if known else "", clock)
