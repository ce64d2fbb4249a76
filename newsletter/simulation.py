"""The simulation: the real clockwork on a copy of the store, through a mail service that sends nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from newsletter.context import App
from newsletter.domain.campaign import CampaignState
from newsletter.domain.limits import Window, end_of, room
from newsletter.providers.silent import SilentProvider
from newsletter.routing import route
from newsletter.store import campaigns, deliveries, meta, senders
from newsletter.store.database import Database
from newsletter.worker import tick

_IN_MEMORY = "sqlite://"

Progress = Callable[[int], None]
CopyStore = Callable[[Database, Database], None]


@contextmanager
def simulated(app: App, copy: CopyStore) -> Iterator[App]:
    """The same App over what `copy` takes of its store, in memory alone. The store itself is only read."""
    database = Database(_IN_MEMORY)
    try:
        copy(app.database, database)
        fallback = SilentProvider(app.fallback) if app.fallback else None
        yield replace(
            app, database=database, provider=SilentProvider(app.provider), fallback=fallback, worker="forecast"
        )
    finally:
        database.close()


def play(app: App, now: datetime, until: datetime, progress: Progress) -> None:
    """Lets the clockwork beat at every moment at which something happens."""
    moment: datetime | None = now
    while moment is not None and moment <= until:
        _tick(app, moment, progress)
        moment = _next_moment(app, moment)


def _tick(app: App, moment: datetime, progress: Progress) -> None:
    tick(app, lambda: moment, progress=progress)


def _next_moment(app: App, after: datetime) -> datetime | None:
    """When something is due next, or the mail service may be called again."""
    with app.database.read() as connection:
        moments = (
            deliveries.next_due(connection, after),
            *(senders.paused_until(connection, each.name, after) for each in app.services),
            room(app.limits, senders.usage(connection, app.provider.name, after), after).resume_at,
            end_of(Window.DAY, after)
            if app.limits.are_set
            else None,  # room for newsletters ends before that for care mail
        )
    return min((moment for moment in moments if moment is not None), default=None)


def holds(app: App, until: datetime) -> dict[int | None, str]:
    """Why what is still queued at the end has not left: by campaign, and under None for everything."""
    with app.database.read() as connection:
        held = meta.held(connection)
        resume_at = (
            None if route(app, connection, until) else senders.paused_until(connection, app.provider.name, until)
        )
        paused = campaigns.in_state(connection, CampaignState.PAUSED)
    reasons: dict[int | None, str] = {each.id: each.reason for each in paused}
    if held is not None:
        reasons[None] = f"all mail is held: {held.reason}"
    elif resume_at is not None:
        reasons[None] = f"{app.provider.name} asked to be left alone until {resume_at:%d %B at %H:%M} UTC"
    elif app.limits.are_set:
        reasons[None] = "the limits of the sender leave no room for it in this time"
    return reasons
