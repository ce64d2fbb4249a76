"""Retention: what nothing needs any more is forgotten by itself."""

from datetime import datetime, timedelta

from newsletter.context import App
from newsletter.store import retention
from subscribers.consent import SIGN_UP

UNCONFIRMED = timedelta(days=30)  # the link to confirm is over after seven


def prune(app: App, now: datetime) -> None:
    """Forgets what was done in old sessions, and sign-ups that nobody confirmed. Doing it again changes nothing."""
    with app.database.write() as connection:
        retention.forget_sessions(connection, now - timedelta(days=app.settings.keep_sessions_days))
        while retention.forget_unconfirmed(connection, SIGN_UP, now - UNCONFIRMED):
            pass
