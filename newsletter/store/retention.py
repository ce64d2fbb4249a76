"""What the store forgets by itself: what was done in old sessions, and sign-ups that nobody ever confirmed."""

from datetime import datetime

from sqlalchemy import Connection, Select, Text, cast, delete, exists, not_, select, update

from newsletter.domain.delivery import WAITING, DeliveryState
from newsletter.store import tables
from newsletter.store.ledger import ledger
from subscribers.consent import ConsentAction, Stream
from subscribers.tables import consent, subscriber, subscriber_tag

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


def forget_unconfirmed(connection: Connection, source: str, asked_before: datetime) -> int:
    """Removes people who came by `source` before that moment and never confirmed, with the mails that asked them to.

    Who has anything else here, such as a session or another consent, stays. Returns how many were removed.
    """
    doomed = list(connection.execute(_never_confirmed(source, asked_before)).scalars())
    for table in (tables.delivery, consent, subscriber_tag):
        connection.execute(delete(table).where(table.c.subscriber_id.in_(doomed)))
    return connection.execute(delete(subscriber).where(subscriber.c.id.in_(doomed))).rowcount


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
