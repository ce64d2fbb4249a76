"""Sign-up: what a reader decides about her own mail."""

from datetime import datetime

from newsletter.context import App
from newsletter.errors import NotFoundError
from newsletter.rendering.links import ALL, Scope
from subscribers import store
from subscribers.consent import Stream
from subscribers.errors import AudienceError


def read_link(app: App, token: str) -> Scope:
    """What the link in a mail ends; looking changes nothing. Raises NotFoundError for one that is nobody's."""
    _, scope = _reader(app, token)
    return scope


def unsubscribe(app: App, token: str, now: datetime, *, everything: bool = False) -> Scope:
    """Ends the stream that the link in a mail was for, or `everything`, at once; doing it again changes nothing.

    Returns what was left. Raises NotFoundError for a link that is nobody's.
    """
    subscriber_id, scope = _reader(app, token)
    left = ALL if everything else scope
    with app.database.write() as connection:
        stream = left if isinstance(left, Stream) else None
        store.withdraw(connection, subscriber_id, stream, source="unsubscribe link", at=now)
    return left


def _reader(app: App, token: str) -> tuple[int, Scope]:
    """Whose link it is, and what it ends. Nobody's: one that is not ours, or of a person whose import was undone."""
    found = app.links.read_unsubscribe(token)
    if found is None:
        raise _nobodys()
    try:
        with app.database.read() as connection:
            store.get(connection, found[0])
    except AudienceError as error:
        raise _nobodys() from error
    return found


def _nobodys() -> NotFoundError:
    return NotFoundError(
        "This link is not complete.",
        "Open it from the mail once more, or reply to the mail and ask to be left out.",
    )
