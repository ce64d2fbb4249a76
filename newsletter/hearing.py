"""Hearing: what a mail service told, by itself or when it was asked, goes into the store."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from newsletter.context import App
from newsletter.domain.event import Event, Kind, Source
from newsletter.store import events
from subscribers.address import normalise
from subscribers.errors import AudienceError
from subscribers.suppression import address_hash

_TRACKED = frozenset({Kind.OPENED, Kind.CLICKED})


def keep(app: App, connection: Connection, source: Source, told: Iterable[tuple[str, Event]], now: datetime) -> None:
    """Keeps events, each with its service; opens and clicks only where they are wanted, and never of a care mail."""
    whose = [(service, event, _delivery_id(app, event.mid)) for service, event in told]
    if any(event.kind in _TRACKED for _, event, _ in whose):
        read = [delivery_id for _, event, delivery_id in whose if event.kind in _TRACKED and delivery_id]
        wanted = events.newsletters(connection, read) if app.settings.keep_opens else set()
        whose = [each for each in whose if each[1].kind not in _TRACKED or each[2] in wanted]
    rows = [(service, event, id, None if event.mid else _hash(app, event.address)) for service, event, id in whose]
    events.keep(connection, source, rows, now)


def _delivery_id(app: App, mid: str) -> int | None:
    return app.messages.delivery_id(mid) if mid and len(mid) <= 40 and mid.isascii() else None


def _hash(app: App, address: str) -> str | None:
    try:
        return address_hash(normalise(address), app.key) if address else None
    except AudienceError:
        return None
