"""Personal data: what is kept of one person, given to her or forgotten."""

from datetime import datetime
from typing import Any

from newsletter.context import App
from newsletter.domain.booking import Notice
from newsletter.errors import NotFoundError
from newsletter.store import notices, personal
from subscribers import store
from subscribers.errors import AudienceError
from subscribers.transfer.export import person

SOURCE = "data page"


def reader(app: App, token: str, now: datetime) -> int:
    """Whose link it is. Raises NotFoundError for one that is nobody's, or older than a day."""
    subscriber_id = app.links.read_data(token, now)
    if subscriber_id is None:
        raise _over()
    try:
        with app.database.read() as connection:
            known = store.get(connection, subscriber_id)
    except AudienceError as error:
        raise _over() from error
    if not known.email:
        raise _over()
    return subscriber_id


def everything(app: App, subscriber_id: int) -> dict[str, Any]:
    """All that is kept of a person, ready for JSON."""
    with app.database.read() as connection:
        known = store.get(connection, subscriber_id)
        told = {"bookings": [_booking(each) for each in notices.of_address(connection, known.email)]}
        return person(connection, subscriber_id) | personal.held(connection, subscriber_id) | told


def erase(app: App, subscriber_id: int, now: datetime, *, source: str = SOURCE) -> None:
    """Forgets a person. What stays: a keyed hash of her address, against later imports; and that mails were sent."""
    with app.database.write() as connection:
        notices.forget_address(connection, store.get(connection, subscriber_id).email)
        store.erase(connection, subscriber_id, source=source, at=now)
        personal.forget(connection, subscriber_id, now)


def _booking(told: Notice) -> dict[str, Any]:
    return {
        "program": told.source,
        "ended_at": told.ended_at and told.ended_at.isoformat(),
        "service": told.service,
        "practitioner": told.practitioner,
        "state": told.standing or "",
    }


def _over() -> NotFoundError:
    return NotFoundError("This link is over, or not complete.", "Ask for a new one; it is good for 24 hours.")
