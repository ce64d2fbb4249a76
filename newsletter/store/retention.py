"""What the store forgets by itself: what was done in old sessions, old opens and clicks, and unconfirmed sign-ups."""

from datetime import datetime

from sqlalchemy import Connection, Select, Text, cast, delete, exists, not_, select, update

from newsletter.domain.delivery import WAITING, DeliveryState
from newsletter.domain.event import Kind
from newsletter.store import tables
from newsletter.store.ledger import ledger
from subscribers.consent import ConsentAction, Stream
from subscribers.suppression import Reason
from subscribers.tables import consent, import_change, subscriber, subscriber_tag, suppression

_MANY = 500  # people in one transaction
_NOTHING = "[]"


def forget_sessions(connection: Connection, ended_before: datetime) -> int:
    """Forgets what was done in sessions that ended before that moment; that they took place stays. Returns how many.

    One that still has a mail to come keeps what that mail is made of.
    """
    table = tables.session
    waits = exists().where(ledger.c.session_id == table.c.id, ledger.c.state.in_([state.value for state in WAITING]))
    forgotten = connection.execute(
        update(table)
        .where(table.c.ended_at < ended_before, cast(table.c.services, Text) != _NOTHING, not_(waits))
        .values(services=[], flags=[], line="")
    )
    return forgotten.rowcount


def forget_reading(connection: Connection, before: datetime) -> int:
    """Forgets what readers opened and followed before that moment. Returns how many events there were."""
    event = tables.event
    reading = event.c.kind.in_([Kind.OPENED.value, Kind.CLICKED.value])
    return connection.execute(delete(event).where(reading, event.c.received_at < before)).rowcount


def forget_unconfirmed(connection: Connection, source: str, asked_before: datetime) -> int:
    """Removes people who came by `source` before that moment and never confirmed, with the mails that asked them to.

    Who has anything else here, such as a session or another consent, stays. Returns how many were removed.
    """
    doomed = list(connection.execute(_never_confirmed(source, asked_before)).scalars())
    for table in (tables.delivery, consent, subscriber_tag, import_change):
        connection.execute(delete(table).where(table.c.subscriber_id.in_(doomed)))
    return connection.execute(delete(subscriber).where(subscriber.c.id.in_(doomed))).rowcount


def returned_unconfirmed(connection: Connection, asked_before: datetime) -> list[int]:
    """Some whose data was erased, who asked to come back before that moment, and never confirmed."""
    hers = suppression.c.address_hash == subscriber.c.address_hash, suppression.c.reason == Reason.ERASURE.value
    came_back = select(subscriber.c.id).where(subscriber.c.email.is_not(None), subscriber.c.created_at < asked_before)
    pending = exists().where(consent.c.subscriber_id == subscriber.c.id, consent.c.at >= asked_before)
    return list(connection.execute(came_back.where(exists().where(*hers), not_(pending)).limit(_MANY)).scalars())


def _never_confirmed(source: str, asked_before: datetime) -> Select[tuple[int]]:
    hers, session = consent.c.subscriber_id == subscriber.c.id, tables.session
    her_mail = ledger.c.subscriber_id == subscriber.c.id
    other_mail = exists().where(her_mail, ledger.c.stream != Stream.SERVICE.value)
    in_doubt = [DeliveryState.QUEUED.value, DeliveryState.SENDING.value, DeliveryState.UNKNOWN.value]
    under_way = exists().where(her_mail, ledger.c.state.in_(in_doubt))
    return (
        select(subscriber.c.id)
        .where(subscriber.c.source == source, subscriber.c.created_at < asked_before, subscriber.c.email.is_not(None))
        .where(not_(exists().where(hers, consent.c.action != ConsentAction.PENDING)))
        .where(not_(exists().where(hers, consent.c.at >= asked_before)))
        .where(not_(other_mail), not_(under_way))
        .where(not_(exists().where(session.c.subscriber_id == subscriber.c.id)))
        .order_by(subscriber.c.id)
        .limit(_MANY)
    )
