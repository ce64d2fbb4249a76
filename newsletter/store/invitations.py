"""Invitations in the store: since when they are switched on, and which of them have become pointless."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, exists, select, update
from sqlalchemy.sql.elements import ColumnElement

from newsletter.domain.aftercare import Purpose, Session, SessionState
from newsletter.domain.delivery import DeliveryState
from newsletter.domain.holiday import AWAY
from newsletter.domain.sending import CAME_AGAIN
from newsletter.store import meta, tables
from newsletter.store.constants import constant

_NAME = "invitations"
_NEVER_WAS = [SessionState.CANCELLED.value, SessionState.NO_SHOW.value]
_CAME_TO_NOTHING = [DeliveryState.CANCELLED.value, DeliveryState.SUPPRESSED.value]
delivery, session = tables.delivery, tables.session


def on_since(connection: Connection) -> datetime | None:
    """Since when sessions are followed by invitations; None where they are not."""
    words = meta.remembered(connection, _NAME)
    return datetime.fromisoformat(words["since"]) if words else None


def were_on() -> ColumnElement[bool]:
    """Whether they ever were: where they were not, none has left."""
    return exists().where(tables.meta.c.key == constant(_NAME))


def switch_on(connection: Connection, now: datetime) -> datetime:
    """From sessions that end after this moment on. Where they are on already, that moment stays; returns it."""
    since = on_since(connection) or now
    meta.remember(connection, _NAME, {"since": since.isoformat()})
    return since


def switch_off(connection: Connection, reason: str, now: datetime) -> int:
    """Cancels every invitation that has not left. Returns how many."""
    meta.remember(connection, _NAME, {})
    return _cancel(connection, [], reason, now)


def waiting(connection: Connection) -> int:
    """How many invitations have a moment to come."""
    return len(connection.execute(select(delivery.c.id).where(*_queued())).all())


def give_way(connection: Connection, subscriber_id: int, now: datetime) -> int:
    """Cancels the invitations of her sessions after which she came, or booked, again. Returns how many."""
    outlived = select(session.c.id).where(session.c.subscriber_id == subscriber_id, later_stands())
    hers = [delivery.c.subscriber_id == subscriber_id, delivery.c.session_id.in_(outlived)]
    return _cancel(connection, hers, CAME_AGAIN, now)


def bring_forward(connection: Connection) -> None:
    """What waits for the end of a holiday is looked at again as it was planned."""
    waits = delivery.c.reason.startswith(AWAY)
    connection.execute(update(delivery).where(*_queued(), waits).values(due_at=delivery.c.planned_at, reason=""))


def later_stands() -> ColumnElement[bool]:
    """Whether the client of a row of `session` has another one that ended, or is to end, after it."""
    later = session.alias("later")
    after = and_(
        later.c.subscriber_id == session.c.subscriber_id,
        later.c.ended_at > session.c.ended_at,
        later.c.state.not_in(_NEVER_WAS),
    )
    return exists().where(after).correlate(session)


def came_again(connection: Connection, session_id: int) -> bool:
    """Whether the client of that session came, or booked, again after it."""
    asked = select(session.c.id).where(session.c.id == session_id, later_stands())
    return connection.execute(asked).first() is not None


def visits(connection: Connection, known: Session) -> list[datetime]:
    """When her sessions ended, up to and with the one that is known."""
    hers = session.c.subscriber_id == known.subscriber_id, session.c.ended_at <= known.ended_at
    ends = select(session.c.ended_at).where(*hers, session.c.state.not_in(_NEVER_WAS))
    return list(connection.execute(ends).scalars())


def was_asked_back(connection: Connection, known: Session) -> bool:
    """Whether a win-back of another session went to its client, or waits for her."""
    asked = select(delivery.c.id).where(
        delivery.c.subscriber_id == known.subscriber_id,
        delivery.c.session_id != known.id,
        delivery.c.purpose == Purpose.WIN_BACK.value,
        delivery.c.state.not_in(_CAME_TO_NOTHING),
    )
    return connection.execute(asked.limit(1)).first() is not None


def _cancel(connection: Connection, of: Sequence[ColumnElement[bool]], reason: str, now: datetime) -> int:
    ended: dict[str, Any] = {"state": DeliveryState.CANCELLED.value, "reason": reason, "final_at": now}
    return connection.execute(update(delivery).where(*_queued(), *of).values(ended)).rowcount


def _queued() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return delivery.c.purpose.is_not(None), delivery.c.state == DeliveryState.QUEUED.value
