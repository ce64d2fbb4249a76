"""What has happened to a person since a moment, as far as the newsletter knows: for whoever undoes an import."""

from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_

from newsletter.store import tables
from newsletter.store.tracking_tables import tracking_wish
from subscribers.tables import subscriber


def since(moment: datetime) -> dict[str, ColumnElement[bool]]:
    """In words, expressions over `subscriber`. Of whom was added at that moment every mail and every session counts."""
    delivery, session = tables.delivery.c, tables.session.c
    added = subscriber.c.created_at >= moment
    mail = or_(delivery.created_at >= moment, delivery.called_at >= moment, added)
    visit = or_(session.created_at >= moment, session.changed_at >= moment, added)
    answered = tracking_wish.c
    return {
        "a mail was sent to her since, or waits for her": exists()
        .where(delivery.subscriber_id == subscriber.c.id, mail)
        .correlate(subscriber),
        "a session of hers was noted since": exists()
        .where(session.subscriber_id == subscriber.c.id, visit)
        .correlate(subscriber),
        "she said since whether she may be tracked": exists()
        .where(answered.subscriber_id == subscriber.c.id, answered.at >= moment)
        .correlate(subscriber),
    }
