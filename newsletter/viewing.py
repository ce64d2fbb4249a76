"""Viewing: a mail that was sent, read in the browser."""

from sqlalchemy import Connection

from newsletter.context import App
from newsletter.domain.delivery import Delivery, Member
from newsletter.domain.edition import Edition
from newsletter.errors import NotFoundError
from newsletter.rendering.tracking import untracked
from newsletter.store import aftercare, deliveries, editions
from subscribers import store


def mail_as_page(app: App, token: str) -> str:
    """The HTML of the mail that the link belongs to, as its reader got it; what is read here is not noted.

    Raises NotFoundError for a link that is nobody's, and for a reader whose data was erased.
    """
    delivery_id = app.links.read_view(token)
    if delivery_id is None:
        raise _nothing()
    with app.database.read() as connection:
        delivery, edition = _mail(connection, delivery_id)
        member = _member(connection, delivery)
    (message,) = app.messages.build(untracked(edition), [member], delivery.due_at)
    return message.html


def _mail(connection: Connection, delivery_id: int) -> tuple[Delivery, Edition]:
    delivery = deliveries.get(connection, delivery_id)
    edition_id = deliveries.edition_of(connection, delivery_id)
    if delivery is None or edition_id is None or not delivery.email:
        raise _nothing()
    return delivery, editions.get(connection, edition_id)


def _member(connection: Connection, delivery: Delivery) -> Member:
    """The reader as she is known now: what was frozen for the call is forgotten once the mail is out."""
    reader = store.get(connection, delivery.subscriber_id)
    session = aftercare.get(connection, delivery.session_id) if delivery.session_id else None
    return Member(
        delivery_id=delivery.id,
        subscriber_id=reader.id,
        email=reader.email,
        name=reader.name,
        first_name=reader.first_name,
        practitioner=session.practitioner if session else "",
    )


def _nothing() -> NotFoundError:
    return NotFoundError("There is no mail behind this link.", "Open it from the mail once more.")
