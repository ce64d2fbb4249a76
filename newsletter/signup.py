"""Sign-up: what a reader decides about her own mail."""

from datetime import datetime

from newsletter.context import App
from newsletter.errors import NotFoundError
from newsletter.rendering.links import Scope
from subscribers import store
from subscribers.consent import Stream


def unsubscribe(app: App, token: str, now: datetime) -> Scope:
    """Ends the stream that the link in a mail was for, at once; doing it again changes nothing.

    Returns what was left. Raises NotFoundError for a link that is not ours.
    """
    subscriber_id, scope = read_link(app, token)
    with app.database.write() as connection:
        stream = scope if isinstance(scope, Stream) else None
        store.withdraw(connection, subscriber_id, stream, source="unsubscribe link", at=now)
    return scope


def read_link(app: App, token: str) -> tuple[int, Scope]:
    """Whose link it is and what it ends; looking changes nothing. Raises NotFoundError for one that is not ours."""
    found = app.links.read_unsubscribe(token)
    if found is None:
        raise NotFoundError(
            "This link is not complete.",
            "Open it from the mail once more, or reply to the mail and ask to be left out.",
        )
    return found
