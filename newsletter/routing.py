"""Routing: which mail service the next call goes through."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from newsletter.context import App
from newsletter.domain.failover import Standing
from newsletter.providers.base import Provider
from newsletter.store import senders


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A mail service that may be called now, with at most `most` mails in the call."""

    provider: Provider
    most: int


def route(app: App, connection: Connection, now: datetime) -> Route | None:
    """The first service, or the second once the first was given up; None where nothing may be called now.

    A service in trouble is tried with a single mail first, whenever its pause is over.
    """
    first = senders.standing(connection, app.provider.name)
    if not first.is_paused(now):
        return _route(app.provider, first, now)
    if app.fallback is None or not first.is_given_up(now, app.studio.timezone):
        return None
    second = senders.standing(connection, app.fallback.name)
    return None if second.is_paused(now) else _route(app.fallback, second, now)


def _route(provider: Provider, standing: Standing, now: datetime) -> Route:
    return Route(provider=provider, most=1 if standing.is_in_trouble(now) else provider.capabilities.batch)
