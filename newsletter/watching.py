"""Watching: looks at the store and says, by the watchdog's rules, why mail does not move."""

from datetime import datetime

from newsletter.context import App
from newsletter.domain import limits
from newsletter.domain.campaign import Campaign
from newsletter.domain.watchdog import Progress, Situation, explain, machinery
from newsletter.store import calls, deliveries, meta, outbox, senders, workers


def why(app: App, campaign: Campaign, now: datetime) -> tuple[str, ...]:
    """Why the campaign stands where it stands, and what to do; times on the studio's clock."""
    with app.database.read() as connection:
        progress = Progress(
            counts=deliveries.counts(connection, campaign.id),
            due=deliveries.due(connection, now, campaign.id),
            next_due=deliveries.next_of(connection, campaign.id, now),
        )
    return explain(campaign, progress, situation(app, now), now, app.studio.timezone)


def stuck(app: App, now: datetime) -> tuple[str, ...]:
    """What keeps mail that is due from moving; empty where nothing is due or all is well."""
    with app.database.read() as connection:
        waits = deliveries.due(connection, now)
    return tuple(machinery(situation(app, now), now, app.studio.timezone)) if waits else ()


def situation(app: App, now: datetime) -> Situation:
    with app.database.read() as connection:
        hold = meta.held(connection)
        used = senders.usage(connection, app.provider.name, now)
        reserved = outbox.personal_due(connection, limits.end_of(limits.Window.DAY, now))
        return Situation(
            provider=app.provider.name,
            held=hold.reason if hold else None,
            last_beat=workers.last_beat(connection),
            paused=senders.pause_of(connection, app.provider.name, now),
            room=limits.room(app.limits, used, now, reserved=reserved),
            abandoned=calls.abandoned(connection, now),
        )
