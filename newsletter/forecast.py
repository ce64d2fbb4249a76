"""The forecast: the real clockwork on a copy of the store and a simulated clock, sending nothing.

So it cannot differ from what is then done, as long as nothing changes meanwhile. The copy lives in memory alone.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from newsletter import campaigns
from newsletter.context import App
from newsletter.domain.campaign import CampaignState
from newsletter.domain.forecast import Foreseen
from newsletter.domain.limits import Window, end_of, room
from newsletter.providers.silent import SilentProvider
from newsletter.routing import route
from newsletter.store import campaigns as stored_campaigns
from newsletter.store import deliveries, meta, senders
from newsletter.store import forecast as reading
from newsletter.store.copying import copy_store
from newsletter.store.database import Database
from newsletter.worker import tick

_IN_MEMORY = "sqlite://"

Progress = Callable[[int], None]


def foresee(app: App, now: datetime, days: int, progress: Progress = lambda _: None) -> list[Foreseen]:
    """What becomes, in the next `days`, of everything that waits now, in the order of time. The store is only read."""
    until = now + timedelta(days=days)
    with _rehearsal(app) as copy:
        with copy.database.read() as connection:
            since = reading.waiting(connection)
        _play(copy, now, until, progress)
        holds = _holds(copy, until)
        _freeze_waiting(copy, now, until)
        with copy.database.read() as connection:
            return reading.outlook(connection, since, now, until, holds)


@contextmanager
def _rehearsal(app: App) -> Iterator[App]:
    """The same App over a copy of its store, through a mail service that sends nothing."""
    database = Database(_IN_MEMORY)
    try:
        copy_store(app.database, database)
        fallback = SilentProvider(app.fallback) if app.fallback else None
        yield replace(
            app, database=database, provider=SilentProvider(app.provider), fallback=fallback, worker="forecast"
        )
    finally:
        database.close()


def _play(app: App, now: datetime, until: datetime, progress: Progress) -> None:
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


def _holds(app: App, until: datetime) -> dict[int | None, str]:
    """Why what is still queued at the end has not left: by campaign, and under None for everything."""
    with app.database.read() as connection:
        held = meta.held(connection)
        resume_at = (
            None if route(app, connection, until) else senders.paused_until(connection, app.provider.name, until)
        )
        paused = stored_campaigns.in_state(connection, CampaignState.PAUSED)
    reasons: dict[int | None, str] = {each.id: each.reason for each in paused}
    if held is not None:
        reasons[None] = f"all mail is held: {held.reason}"
    elif resume_at is not None:
        reasons[None] = f"{app.provider.name} asked to be left alone until {resume_at:%d %B at %H:%M} UTC"
    elif app.limits.are_set:
        reasons[None] = "the limits of the sender leave no room for it in this time"
    return reasons


def _freeze_waiting(app: App, now: datetime, until: datetime) -> None:
    """Tells of campaigns that did not start, too, whom they wait for: in the copy, their audience is frozen at last."""
    with app.database.write() as connection:
        for campaign in stored_campaigns.in_state(connection, CampaignState.PAUSED, CampaignState.SCHEDULED):
            if campaign.frozen_at is None and (campaign.due_at or now) <= until:
                stored_campaigns.move(connection, campaign, CampaignState.SENDING)
    with app.database.read() as connection:
        unfrozen = [
            each for each in stored_campaigns.in_state(connection, CampaignState.SENDING) if each.frozen_at is None
        ]
    for campaign in unfrozen:
        campaigns.freeze(app, campaign, max(campaign.due_at or now, now))
