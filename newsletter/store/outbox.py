"""The outbox in the store: claiming what is due, and recording what became of it."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Result,
    Row,
    Select,
    Table,
    and_,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from newsletter.domain.aftercare import SessionState
from newsletter.domain.campaign import CampaignState
from newsletter.domain.delivery import FINAL, LEFT, Call, CallState, DeliveryState, Member
from newsletter.domain.sending import Candidate
from newsletter.domain.settling import Record
from newsletter.store import tables
from subscribers.consent import Stream
from subscribers.store.eligibility import consent_in_force, suppression_reason
from subscribers.store.insertion import upsert
from subscribers.subscriber import first_name
from subscribers.suppression import Reason
from subscribers.tables import subscriber

delivery = tables.delivery
_STANDING = [SessionState.BOOKED.value, SessionState.PRESUMED.value, SessionState.COMPLETED.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A due delivery that this worker holds until its transaction ends."""

    candidate: Candidate
    member: Member
    edition_id: int


def lock_due(connection: Connection, now: datetime, limit: int) -> list[int]:
    """Ids of deliveries that are due and composed, care before newsletters, held against other workers.

    The readers are held too: two workers never decide about one person at the same time. A mail that came back from
    its call after its campaign had been cancelled is among them, to be cancelled as well.
    """
    sendable = or_(
        delivery.c.campaign_id.is_(None),
        tables.campaign.c.state == CampaignState.CANCELLED.value,
        and_(tables.campaign.c.state == CampaignState.SENDING.value, tables.campaign.c.frozen_at.is_not(None)),
    )
    statement = (
        select(delivery.c.id)
        .join(subscriber, delivery.c.subscriber_id == subscriber.c.id)
        .outerjoin(tables.campaign, delivery.c.campaign_id == tables.campaign.c.id)
        .where(delivery.c.state == DeliveryState.QUEUED.value, delivery.c.due_at <= now)
        .where(delivery.c.edition_id.is_not(None), sendable)
        .order_by(delivery.c.priority, delivery.c.due_at, delivery.c.id)
        .limit(limit)
    )
    return list(connection.execute(_skip_locked(connection, statement, delivery, subscriber)).scalars())


def load_due(connection: Connection, ids: Sequence[int], timezone: str, now: datetime) -> list[Due]:
    """What is known of the locked deliveries, as of now: read after the locks, so that nothing in it is stale.

    `timezone` is the studio's, for readers whose own is not known.
    """
    joined = (
        delivery.join(subscriber, delivery.c.subscriber_id == subscriber.c.id)
        .outerjoin(tables.session, delivery.c.session_id == tables.session.c.id)
        .outerjoin(tables.campaign, delivery.c.campaign_id == tables.campaign.c.id)
    )
    own = [delivery.c[name] for name in ("id", "subscriber_id", "edition_id", "stream", "expires_at", "attempts")]
    hers = [subscriber.c[name] for name in ("email", "name", "timezone")]
    statement = (
        select(
            *own,
            *hers,
            func.coalesce(tables.session.c.practitioner, "").label("practitioner"),
            func.coalesce(tables.session.c.state.in_(_STANDING), true()).label("session_stands"),
            func.coalesce(tables.campaign.c.state != CampaignState.CANCELLED.value, true()).label("campaign_stands"),
            _by_stream(suppression_reason).label("suppression"),
            _by_stream(lambda stream: consent_in_force(stream, now)).label("consent"),
            _last_mail().label("last_mail_at"),
            _next_care().label("care_due_at"),
        )
        .select_from(joined)
        .where(delivery.c.id.in_(ids))
        .order_by(delivery.c.priority, delivery.c.due_at, delivery.c.id)
    )
    rows: Result[Any] = connection.execute(statement)
    return [_due(row, timezone) for row in rows]


def postpone(connection: Connection, moved: Sequence[tuple[int, datetime, str]]) -> None:
    """Sets a new moment, with the reason, for (delivery id, moment, reason) each that is still queued."""
    if moved:
        rows = [{"of": each, "until": until, "why": why} for each, until, why in moved]
        connection.execute(
            update(delivery)
            .where(delivery.c.id == bindparam("of"), delivery.c.state == DeliveryState.QUEUED.value)
            .values(due_at=bindparam("until"), reason=bindparam("why")),
            rows,
        )


def end(connection: Connection, ended: Sequence[tuple[int, DeliveryState, str]], now: datetime) -> None:
    """Suppresses or cancels, with the reason, (delivery id, state, reason) each that is still queued."""
    if ended:
        rows = [{"of": each, "to": state.value, "why": why} for each, state, why in ended]
        connection.execute(
            update(delivery)
            .where(delivery.c.id == bindparam("of"), delivery.c.state == DeliveryState.QUEUED.value)
            .values(state=bindparam("to"), reason=bindparam("why"), final_at=now),
            rows,
        )


def open_call(connection: Connection, call: Call, *, worker: str, lease_until: datetime) -> Call:
    """Records the call (its `id` is not looked at), before any byte leaves, and marks its deliveries as sending."""
    table = tables.provider_call
    call_id: int = connection.execute(
        insert(table)
        .values(
            provider=call.provider,
            edition_id=call.edition_id,
            payload_hash=call.payload_hash,
            members=[asdict(member) for member in call.members],
            state=CallState.OPEN.value,
            worker=worker,
            lease_until=lease_until,
            prepared_at=call.prepared_at,
        )
        .returning(table.c.id)
    ).scalar_one()
    connection.execute(
        update(delivery)
        .where(delivery.c.id.in_([member.delivery_id for member in call.members]))
        .values(
            state=DeliveryState.SENDING.value,
            reason="",
            provider_call_id=call_id,
            provider=call.provider,
            called_at=call.prepared_at,
            attempts=delivery.c.attempts + 1,
        )
    )
    return replace(call, id=call_id)


def take_over(connection: Connection, *, worker: str, lease_until: datetime, now: datetime) -> Call | None:
    """A call to be settled, now under a lease of this worker.

    It is one whose lease ran out, in doubt or left by a crash; or one that an earlier life of this very worker left.
    """
    table = tables.provider_call
    unsettled = table.c.state.in_([CallState.OPEN.value, CallState.DOUBTFUL.value])
    own = and_(table.c.state == CallState.OPEN.value, table.c.worker == worker)
    found = select(table).where(unsettled, or_(table.c.lease_until < now, own)).order_by(table.c.id).limit(1)
    row = connection.execute(_skip_locked(connection, found, table)).first()
    if row is None:
        return None
    connection.execute(
        update(table)
        .where(table.c.id == row.id)
        .values(state=CallState.OPEN.value, worker=worker, lease_until=lease_until)
    )
    return _call(row)


def close_call(
    connection: Connection,
    call: Call,
    records: Sequence[Record],
    *,
    reason: str,
    ask_again_at: datetime | None,
    now: datetime,
) -> None:
    """Records what became of each delivery of the call, and whether the service is to be asked again.

    A delivery that a webhook or another worker moved on meanwhile is left as it is. What was frozen of the readers is
    forgotten once nothing of the call is in doubt: the ledger needs no second copy of their addresses.
    """
    values: dict[str, Any] = {"state": CallState.DONE.value, "finished_at": now, "reason": reason}
    if ask_again_at is not None:
        values = {"state": CallState.DOUBTFUL.value, "lease_until": ask_again_at, "reason": reason}
    elif all(record.state is not DeliveryState.UNKNOWN for record in records):
        values["members"] = []
    connection.execute(update(tables.provider_call).where(tables.provider_call.c.id == call.id).values(**values))
    if records:
        connection.execute(_recording(call.id), [_values(record, now) for record in records])


def last_call(connection: Connection) -> datetime | None:
    """When the latest call was prepared; None where there was none."""
    moment: datetime | None = connection.execute(select(func.max(tables.provider_call.c.prepared_at))).scalar()
    return moment


def hasten_doubts(connection: Connection, now: datetime) -> None:
    """Makes every call in doubt one to be asked about at once."""
    table = tables.provider_call
    connection.execute(
        update(table).where(table.c.state == CallState.DOUBTFUL.value).values(lease_until=now - timedelta(seconds=1))
    )


def pause_sender(connection: Connection, provider: str, resume_at: datetime, reason: str) -> None:
    """Nothing is called through this provider before `resume_at`."""
    values = {"resume_at": resume_at, "reason": reason}
    paused = upsert(connection, tables.sender).values(provider=provider, **values)
    connection.execute(paused.on_conflict_do_update(index_elements=["provider"], set_=values))


def paused_until(connection: Connection, provider: str, now: datetime) -> datetime | None:
    """When the provider may be called again; None: at once."""
    table = tables.sender
    moment: datetime | None = connection.execute(
        select(table.c.resume_at).where(table.c.provider == provider, table.c.resume_at > now)
    ).scalar()
    return moment


def _skip_locked(connection: Connection, statement: Select[Any], *held: Table) -> Select[Any]:
    """Passes over what another worker holds. On SQLite a writing transaction is alone anyway."""
    if connection.dialect.name == "sqlite":
        return statement
    return statement.with_for_update(skip_locked=True, key_share=True, of=held)


def _recording(call_id: int) -> Any:
    names = ("state", "reason", "provider_message_id", "accepted_at", "final_at", "due_at")
    values: dict[str, Any] = {name: bindparam(f"new_{name}", type_=delivery.c[name].type) for name in names}
    values["due_at"] = func.coalesce(values["due_at"], delivery.c.due_at)
    values["attempts"] = delivery.c.attempts - bindparam("untried", type_=delivery.c.attempts.type)
    return (
        update(delivery)
        .where(delivery.c.id == bindparam("of"), delivery.c.provider_call_id == call_id)
        .where(or_(*(delivery.c.state == state.value for state in (DeliveryState.SENDING, DeliveryState.UNKNOWN))))
        .values(**values)
    )


def _values(record: Record, now: datetime) -> dict[str, Any]:
    return {
        "of": record.delivery_id,
        "new_state": record.state.value,
        "new_reason": record.reason,
        "new_provider_message_id": record.provider_message_id,
        "new_accepted_at": now if record.state is DeliveryState.ACCEPTED else None,
        "new_final_at": now if record.state in FINAL else None,
        "new_due_at": record.due_at,
        "untried": int(record.untried),
    }


def _by_stream(rule: Callable[[Stream], ColumnElement[Any]]) -> ColumnElement[Any]:
    """A rule about the reader, applied to the stream of the row."""
    cases = [(delivery.c.stream == stream.value, rule(stream)) for stream in Stream]
    return case(*cases)


def _last_mail() -> ColumnElement[datetime | None]:
    """When the latest other mail left for her, service mails aside."""
    other = delivery.alias()
    return (
        select(func.max(other.c.called_at))
        .where(other.c.subscriber_id == delivery.c.subscriber_id, other.c.id != delivery.c.id)
        .where(other.c.state.in_([state.value for state in LEFT]), other.c.stream != Stream.SERVICE.value)
        .scalar_subquery()
    )


def _next_care() -> ColumnElement[datetime | None]:
    """When the next other care mail is due for her."""
    other = delivery.alias()
    return (
        select(func.min(other.c.due_at))
        .where(other.c.subscriber_id == delivery.c.subscriber_id, other.c.id != delivery.c.id)
        .where(other.c.state == DeliveryState.QUEUED.value, other.c.stream == Stream.CARE.value)
        .scalar_subquery()
    )


def _due(row: Row[Any], timezone: str) -> Due:
    candidate = Candidate(
        delivery_id=row.id,
        subscriber_id=row.subscriber_id,
        stream=Stream(row.stream),
        timezone=row.timezone or timezone,
        reachable=row.email is not None,
        suppression=Reason(row.suppression) if row.suppression else None,
        consent=bool(row.consent),
        session_stands=bool(row.session_stands),
        campaign_stands=bool(row.campaign_stands),
        expires_at=row.expires_at,
        last_mail_at=row.last_mail_at,
        care_due_at=row.care_due_at,
    )
    member = Member(
        delivery_id=row.id,
        subscriber_id=row.subscriber_id,
        email=row.email or "",
        name=row.name,
        first_name=first_name(row.name),
        practitioner=row.practitioner,
        attempt=row.attempts + 1,
    )
    return Due(candidate=candidate, member=member, edition_id=row.edition_id)


def _call(row: Row[Any]) -> Call:
    return Call(
        id=row.id,
        provider=row.provider,
        edition_id=row.edition_id,
        payload_hash=row.payload_hash,
        members=tuple(Member(**member) for member in row.members),
        prepared_at=row.prepared_at,
    )
