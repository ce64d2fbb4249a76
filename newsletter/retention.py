"""Retention: what nothing needs any more is forgotten by itself."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from newsletter.context import App
from newsletter.store import personal, retention
from subscribers import store
from subscribers.consent import SIGN_UP


def prune(app: App, now: datetime) -> None:
    """Forgets what was done in old sessions, what was opened and followed long ago, and sign-ups that nobody confirmed,
    each after the days that the settings say. Doing it again changes nothing."""
    unconfirmed = now - timedelta(days=app.settings.keep_unconfirmed_days)
    with app.database.write() as connection:
        retention.forget_sessions(connection, now - timedelta(days=app.settings.keep_sessions_days))
        retention.forget_reading(connection, now - timedelta(days=app.settings.keep_opens_days))
        while retention.forget_unconfirmed(connection, SIGN_UP, unconfirmed):
            pass
        while returned := retention.returned_unconfirmed(connection, unconfirmed):
            _erase_again(connection, returned, now)


def _erase_again(connection: Connection, subscriber_ids: list[int], now: datetime) -> None:
    """Who had her data erased, and asked to come back or was asked for by somebody else, without confirming it."""
    for subscriber_id in subscriber_ids:
        store.erase(connection, subscriber_id, source="never confirmed", at=now)
        personal.forget(connection, subscriber_id, now)
