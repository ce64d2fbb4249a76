"""Routing: which mail service the next call goes through."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from newsletter.context import App
from newsletter.providers.base import Provider
from newsletter.store import senders


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A mail service that may be called now, with at most `most` mails in the call."""

    provider: Provider
    most: int


def route(app: App, connection: Connection, now: datetime) -> Route | None:
    """The first service, or the second once the first was given up; None where nothing may be called now.

    A service that was given up is tried with a single mail first, whenever its pause is over: if it hangs, one mail is
    in doubt and not a hundred.
    """
    first = senders.standing(connection, app.provider.name)
    given_up = app.fallback is not None and first.is_given_up(now, app.studio.timezone)
    if not first.is_paused(now):
        return Route(provider=app.provider, most=1 if given_up else app.provider.capabilities.batch)
    if app.fallback is None or not given_up or senders.standing(connection, app.fallback.name).is_paused(now):
        return None
    return Route(provider=app.fallback, most=app.fallback.capabilities.batch)
