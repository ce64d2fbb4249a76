"""Viewing: a mail that was sent, read in the browser."""

from newsletter.context import App
from newsletter.domain.delivery import Member
from newsletter.errors import NotFoundError
from newsletter.store import aftercare, deliveries, editions
from subscribers import store


def mail_as_page(app: App, token: str) -> str:
    """The HTML of the mail that the link belongs to, as its reader got it.

    Raises NotFoundError for a link that is not ours, and for a reader whose data was erased.
    """
    delivery_id = app.links.read_view(token)
    with app.database.read() as connection:
        delivery = deliveries.get(connection, delivery_id) if delivery_id is not None else None
        edition_id = deliveries.edition_of(connection, delivery.id) if delivery else None
        if delivery is None or edition_id is None or not delivery.email:
            raise NotFoundError("There is no mail behind this link.", "Open it from the mail once more.")
        edition = editions.get(connection, edition_id)
        reader = store.get(connection, delivery.subscriber_id)
        session = aftercare.get(connection, delivery.session_id) if delivery.session_id else None
    member = Member(
        delivery_id=delivery.id,
        subscriber_id=reader.id,
        email=reader.email,
        name=reader.name,
        first_name=reader.first_name,
        practitioner=session.practitioner if session else "",
    )
    (message,) = app.messages.build(edition, [member], delivery.due_at)
    return message.html
