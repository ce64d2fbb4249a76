"""Watching: looks at the store and says, by the watchdog's rules, why mail does not move."""

from datetime import datetime

from newsletter.context import App
from newsletter.domain import limits
from newsletter.domain.campaign import Campaign
from newsletter.domain.watchdog import Progress, Situation, detour, explain, machinery
from newsletter.routing import route
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
    """What keeps mail that is due from moving, and that it takes another way; empty where all is well."""
    with app.database.read() as connection:
        waits = deliveries.due(connection, now)
    say = machinery if waits else detour
    return tuple(say(situation(app, now), now, app.studio.timezone))


def situation(app: App, now: datetime) -> Situation:
    with app.database.read() as connection:
        hold = meta.held(connection)
        way = route(app, connection, now)
        used = senders.usage(connection, way.provider.name if way else app.provider.name, now)
        reserved = outbox.personal_due(connection, limits.end_of(limits.Window.DAY, now))
        fallback = app.fallback.name if app.fallback else None
        return Situation(
            provider=app.provider.name,
            held=hold.reason if hold else None,
            last_beat=workers.last_beat(connection),
            standing=senders.standing(connection, app.provider.name),
            room=limits.room(app.limits, used, now, reserved=reserved),
            abandoned=calls.abandoned(connection, now),
            fallback=(fallback, senders.standing(connection, fallback)) if fallback else None,
            quiet=app.quiet,
        )
