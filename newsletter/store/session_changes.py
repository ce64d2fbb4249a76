"""What became of sessions, entry by entry: how each began, and every state and end that it had since."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Result, bindparam, delete, insert, literal, select

from newsletter.domain.aftercare import SessionState
from newsletter.domain.story import SessionChange
from newsletter.store import tables
from newsletter.store.history_tables import session_change as _change
from subscribers.store.prepared import Prepared
from subscribers.tables import UtcDateTime

_session = tables.session
_NAMES = ["session_id", "at", "state", "ended_at"]


_ADD = Prepared(insert(_change).values({name: bindparam(name) for name in _NAMES}))
_AS_IT_IS = insert(_change).from_select(
    _NAMES,
    select(_session.c.id, bindparam("now", type_=UtcDateTime()), _session.c.state, _session.c.ended_at).where(
        _session.c.id == bindparam("session")
    ),
)


def began(connection: Connection, session_id: int, state: SessionState, ended_at: datetime, now: datetime) -> None:
    """The first entry of a session."""
    _ADD.change(connection, {"session_id": session_id, "at": now, "state": state.value, "ended_at": ended_at})


def changed(connection: Connection, session_id: int, now: datetime) -> None:
    """Notes the session as it is now."""
    connection.execute(_AS_IT_IS, {"session": session_id, "now": now})


def all_become(
    connection: Connection, state: SessionState, where: Sequence[ColumnElement[bool]], now: datetime
) -> None:
    """Notes that every session for which `where` holds is in that state from now on."""
    columns = _session.c.id, literal(now, UtcDateTime()), literal(state.value), _session.c.ended_at
    connection.execute(insert(_change).from_select(_NAMES, select(*columns).where(*where)))


def of_client(connection: Connection, subscriber_id: int) -> list[SessionChange]:
    """What became of the sessions of a client, oldest first."""
    found: Result[Any] = connection.execute(
        select(*(_change.c[name] for name in _NAMES))
        .join(_session, _change.c.session_id == _session.c.id)
        .where(_session.c.subscriber_id == subscriber_id)
        .order_by(_change.c.at, _change.c.id)
    )
    return [SessionChange(**dict(row._mapping) | {"state": SessionState(row.state)}) for row in found]


def forget_since(connection: Connection, moment: datetime) -> None:
    """Takes out what became of the sessions that end from that moment on."""
    doomed = select(_session.c.id).where(_session.c.ended_at >= moment)
    connection.execute(delete(_change).where(_change.c.session_id.in_(doomed)))
