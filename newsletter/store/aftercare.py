"""Sessions in the store, and the deliveries planned for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Result, Row, bindparam, case, delete, func, insert, select, update

from newsletter.domain.aftercare import Purpose, Session, SessionState
from newsletter.domain.delivery import PRIORITY, DeliveryState
from newsletter.domain.planning import PlannedStep
from newsletter.errors import NotFoundError
from newsletter.store import session_changes, tables
from newsletter.store.constants import constant
from subscribers.consent import Stream
from subscribers.store.insertion import insert_new
from subscribers.store.prepared import Prepared
from subscribers.tables import subscriber

WAITS = "waits for your review"
NOT_REVIEWED = "was not reviewed in time"

_COLUMNS = [tables.session.c[name] for name in Session.__dataclass_fields__]

# What every session asks for.
_NEW = [column.name for column in tables.session.c if column.name not in {"id", "reviewed_at", "line"}]
_ADD = Prepared(insert(tables.session).values({name: bindparam(name) for name in _NEW}).returning(tables.session.c.id))
_SAME_TIME = Prepared(
    select(*_COLUMNS).where(
        tables.session.c.subscriber_id == bindparam("subscriber_id"),
        tables.session.c.ended_at == bindparam("ended_at"),
        tables.session.c.state != SessionState.CANCELLED.value,
    )
)
_EARLIER_VISITS = Prepared(
    select(func.count()).where(
        tables.session.c.subscriber_id == bindparam("subscriber_id"),
        tables.session.c.ended_at < bindparam("before"),
        tables.session.c.state != SessionState.CANCELLED.value,
        tables.session.c.state != SessionState.NO_SHOW.value,
    )
)


def add(connection: Connection, session: Session, reference: str | None, now: datetime) -> int:
    """Records the session (its `id` is not looked at) and returns its id."""
    values = {"subscriber_id": session.subscriber_id, "services": list(session.services), "reference": reference}
    values |= {"practitioner": session.practitioner, "ended_at": session.ended_at, "flags": sorted(session.flags)}
    values |= {"state": session.state.value, "created_at": now, "changed_at": now}
    session_id: int = _ADD.rows(connection, values)[0].id
    session_changes.began(connection, session_id, session.state, session.ended_at, now)
    return session_id


def get(connection: Connection, session_id: int) -> Session:
    """Raises NotFoundError where there is none."""
    row = connection.execute(select(*_COLUMNS).where(tables.session.c.id == session_id)).first()
    if row is None:
        raise NotFoundError(f"There is no session {session_id}.", "List them with: session list")
    return _session(row)


def find(connection: Connection, reference: str) -> Session | None:
    """The session that its source calls `reference`."""
    row = connection.execute(select(*_COLUMNS).where(tables.session.c.reference == reference)).first()
    return _session(row) if row else None


def same_time(connection: Connection, subscriber_id: int, ended_at: datetime) -> Session | None:
    """A session of the client that ended at that very moment: the same one, entered twice."""
    rows = _SAME_TIME.rows(connection, {"subscriber_id": subscriber_id, "ended_at": ended_at})
    return _session(rows[0]) if rows else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """A session as lists show it."""

    session: Session
    email: str
    name: str


def all_sessions(connection: Connection, ended_after: datetime | None = None) -> list[SessionLine]:
    """Latest first, with whom it was; an erased client has no name and no address."""
    asked = (
        select(*_COLUMNS, subscriber.c.email, subscriber.c.name)
        .select_from(tables.session.join(subscriber))
        .order_by(tables.session.c.ended_at.desc(), tables.session.c.id.desc())
    )
    if ended_after is not None:
        asked = asked.where(tables.session.c.ended_at > ended_after)
    rows: Result[Any] = connection.execute(asked)
    return [SessionLine(session=_session(row), email=row.email or "", name=row.name) for row in rows]


def of_client(connection: Connection, subscriber_id: int) -> list[Session]:
    """Every session of a client, in the order in which they ended."""
    hers = select(*_COLUMNS).where(tables.session.c.subscriber_id == subscriber_id)
    return list(map(_session, connection.execute(hers.order_by(tables.session.c.ended_at, tables.session.c.id))))


def earlier_visits(connection: Connection, subscriber_id: int, before: datetime) -> int:
    """How many sessions of the client ended before `before` and stand."""
    ((visits,),) = _EARLIER_VISITS.rows(connection, {"subscriber_id": subscriber_id, "before": before})
    return int(visits)


def change(connection: Connection, session_id: int, now: datetime, **values: Any) -> None:
    """Sets `state`, `ended_at`, `reviewed_at` or `line` of a session."""
    connection.execute(update(tables.session).where(tables.session.c.id == session_id).values(**values, changed_at=now))
    if values.keys() & {"state", "ended_at"}:
        session_changes.changed(connection, session_id, now)


def give_reference(connection: Connection, session_id: int, reference: str) -> None:
    """From now on `reference` finds the session, unless its source has named it already."""
    table = tables.session
    connection.execute(
        update(table).where(table.c.id == session_id, table.c.reference.is_(None)).values(reference=reference)
    )


def forget_since(connection: Connection, moment: datetime) -> None:
    """Takes out the sessions that ended from that moment on, none of which may have a mail: for rehearsals."""
    session_changes.forget_since(connection, moment)
    connection.execute(delete(tables.session).where(tables.session.c.ended_at >= moment))


def presume_complete(connection: Connection, ended_before: datetime, now: datetime) -> None:
    """Booked sessions that ended before `ended_before` count as having taken place."""
    table = tables.session
    over = table.c.state == constant(SessionState.BOOKED), table.c.ended_at < ended_before
    session_changes.all_become(connection, SessionState.PRESUMED, over, now)
    connection.execute(update(table).where(*over).values(state=SessionState.PRESUMED.value, changed_at=now))


def plan(
    connection: Connection, session: Session, steps: Sequence[PlannedStep], now: datetime, version_id: int | None = None
) -> None:
    """A delivery for every step that has none yet, queued or skipped; a step that has one is left as it is.

    `version_id` is that of the plan's version (newsletter.store.plan_versions).
    """
    rows = [
        {
            "session_id": session.id,
            "step": planned.step.name,
            "subscriber_id": session.subscriber_id,
            "planned_version_id": version_id,
            "stream": planned.step.stream.value,
            "purpose": None if planned.step.purpose is Purpose.CARE else planned.step.purpose.value,
            "priority": PRIORITY[planned.step.stream],
            "state": (DeliveryState.SUPPRESSED if planned.skipped else DeliveryState.QUEUED).value,
            **_moments(planned),
            "reason": planned.skipped or _moments(planned)["reason"],
            "created_at": now,
            "final_at": now if planned.skipped else None,
        }
        for planned in steps
    ]
    insert_new(connection, tables.delivery, rows)


def reschedule(
    connection: Connection, session_id: int, steps: Sequence[PlannedStep], version_id: int | None = None
) -> None:
    """Moves what has not left yet to its new moment, by that version of the plan."""
    for planned in steps:
        connection.execute(
            update(tables.delivery)
            .where(*_queued(session_id), tables.delivery.c.step == planned.step.name)
            .values(**_moments(planned), planned_version_id=version_id)
        )


def _moments(planned: PlannedStep) -> dict[str, Any]:
    """What waits for the practitioner is looked at again when it is too late."""
    due_at = planned.expires_at if planned.waits else planned.due_at
    reason = WAITS if planned.waits else ""
    return {"planned_at": planned.due_at, "due_at": due_at, "expires_at": planned.expires_at, "reason": reason}


def let_wait(connection: Connection, delivery_ids: Sequence[int]) -> None:
    """Until they are approved, or too late."""
    table = tables.delivery
    connection.execute(
        update(table)
        .where(table.c.id.in_(delivery_ids), table.c.state == DeliveryState.QUEUED.value)
        .values(due_at=table.c.expires_at, reason=WAITS)
    )


def release(connection: Connection, session_id: int, not_before: datetime) -> int:
    """What waited for the practitioner is due as it was planned, or from that moment on. Returns how many."""
    table = tables.delivery
    due_at = case((table.c.planned_at > not_before, table.c.planned_at), else_=not_before)
    released = connection.execute(
        update(table).where(*_queued(session_id), table.c.reason == WAITS).values(due_at=due_at, reason="")
    )
    return released.rowcount


def cancel_queued(
    connection: Connection, session_id: int, reason: str, now: datetime, *, keep: Sequence[str] = ()
) -> int:
    """Cancels what has not left yet, but for the steps in `keep`. Returns how many."""
    cancelled = connection.execute(
        update(tables.delivery)
        .where(*_queued(session_id), tables.delivery.c.step.not_in(keep))
        .values(state=DeliveryState.CANCELLED.value, reason=reason, final_at=now)
    )
    return cancelled.rowcount


@dataclass(frozen=True, slots=True, kw_only=True)
class DueStep:
    """A due care delivery that has no edition yet, and what decides which one it gets."""

    delivery_id: int
    step: str
    stream: Stream
    session: Session
    language: str
    country: str
    expires_at: datetime | None


def due_without_edition(connection: Connection, now: datetime, limit: int) -> list[DueStep]:
    table = tables.delivery
    rows: Result[Any] = connection.execute(
        select(
            *(table.c.id.label("delivery_id"), table.c.step, table.c.stream, table.c.expires_at),
            *(subscriber.c[name] for name in ("language", "country")),
            *_COLUMNS,
        )
        .select_from(
            table.join(tables.session, table.c.session_id == tables.session.c.id).join(
                subscriber, table.c.subscriber_id == subscriber.c.id
            )
        )
        .where(table.c.state == DeliveryState.QUEUED.value, table.c.due_at <= now, table.c.edition_id.is_(None))
        .where(table.c.campaign_id.is_(None))
        .where(table.c.priority.in_(PRIORITY.values()))  # says nothing new, but lets the queue's index answer
        .order_by(table.c.due_at, table.c.id)
        .limit(limit)
    )
    return [
        DueStep(
            delivery_id=row.delivery_id,
            step=row.step,
            stream=Stream(row.stream),
            session=_session(row),
            language=row.language,
            country=row.country,
            expires_at=row.expires_at,
        )
        for row in rows
    ]


def forget_lines(connection: Connection, session_ids: Sequence[int]) -> None:
    """They are in a mail now."""
    connection.execute(update(tables.session).where(tables.session.c.id.in_(session_ids)).values(line=""))


def set_edition(
    connection: Connection, delivery_ids: Sequence[int], edition_id: int, version_id: int | None = None
) -> None:
    """What they carry, and the version of the plan that it was composed by."""
    connection.execute(
        update(tables.delivery)
        .where(tables.delivery.c.id.in_(delivery_ids), tables.delivery.c.state == DeliveryState.QUEUED.value)
        .values(edition_id=edition_id, composed_version_id=version_id)
    )


def _queued(session_id: int) -> tuple[Any, Any]:
    table = tables.delivery
    return table.c.session_id == session_id, table.c.state == DeliveryState.QUEUED.value


def _session(row: Row[Any]) -> Session:
    return Session(
        id=row.id,
        subscriber_id=row.subscriber_id,
        services=tuple(row.services),
        practitioner=row.practitioner,
        ended_at=row.ended_at,
        flags=frozenset(row.flags),
        state=SessionState(row.state),
        reviewed_at=row.reviewed_at,
        line=row.line,
    )
