"""The outbox in the store: what is due, held for this worker with all that decides about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Result, Row, Select, bindparam, case, func, select, true, update
from sqlalchemy.sql.elements import ColumnElement

from newsletter.domain.aftercare import SessionState
from newsletter.domain.campaign import CampaignState
from newsletter.domain.delivery import LEFT, PRIORITY, DeliveryState, Member
from newsletter.domain.sending import Candidate
from newsletter.store import campaigns, tables
from newsletter.store.database import skip_locked
from subscribers.consent import Stream
from subscribers.store.eligibility import consent_in_force, suppression_reason
from subscribers.subscriber import first_name
from subscribers.suppression import Reason
from subscribers.tables import UtcDateTime, subscriber

delivery = tables.delivery
_ANY_PRIORITY = delivery.c.priority.in_(PRIORITY.values())  # says nothing new, but lets the index find what is due
_STANDING = [SessionState.BOOKED.value, SessionState.PRESUMED.value, SessionState.COMPLETED.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A due delivery that this worker holds until its transaction ends."""

    candidate: Candidate
    member: Member
    edition_id: int


def lock_due(connection: Connection, now: datetime, limit: int, *, campaign_limit: int | None = None) -> list[int]:
    """Ids of the deliveries whose turn it is, due and composed, held against other workers.

    What belongs to no campaign comes first, service before care; then the campaign that waited longest has its turn,
    with at most `campaign_limit` mails. The readers are held too: two workers never decide about one person at once.
    """
    if ids := _lock(connection, None, now, limit):
        return ids
    most = limit if campaign_limit is None else min(limit, campaign_limit)
    for campaign_id in campaigns.in_turn(connection, now) if most else ():
        if ids := _lock(connection, campaign_id, now, most):
            campaigns.served(connection, campaign_id, now)
            return ids
    return []


def personal_due(connection: Connection, until: datetime) -> int:
    """How many mails of no campaign are due until then."""
    return connection.execute(
        select(func.count())
        .select_from(delivery)
        .where(delivery.c.state == DeliveryState.QUEUED.value, delivery.c.due_at < until)
        .where(delivery.c.campaign_id.is_(None), _ANY_PRIORITY)
    ).scalar_one()


def load_due(connection: Connection, ids: Sequence[int], timezone: str, now: datetime) -> list[Due]:
    """What is known of the locked deliveries, as of now: read after the locks, so that nothing in it is stale.

    `timezone` is the studio's, for readers whose own is not known.
    """
    if not ids:
        return []
    rows: Result[Any] = connection.execute(_what_decides(), {"ids": list(ids), "now": now})
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


def _lock(connection: Connection, campaign_id: int | None, now: datetime, limit: int) -> list[int]:
    statement = skip_locked(connection, _due_of(campaign_id is not None), delivery, subscriber)
    return list(connection.execute(statement, {"campaign": campaign_id, "now": now, "most": limit}).scalars())


# The statements of every claim are built once: building them costs more than running them.
@cache
def _due_of(campaign: bool) -> Select[Any]:
    """Ids of what is due, of one campaign or of none."""
    whose = delivery.c.campaign_id == bindparam("campaign") if campaign else delivery.c.campaign_id.is_(None)
    return (
        select(delivery.c.id)
        .join(subscriber, delivery.c.subscriber_id == subscriber.c.id)
        .where(delivery.c.state == DeliveryState.QUEUED.value, delivery.c.due_at <= bindparam("now"))
        .where(whose, _ANY_PRIORITY, delivery.c.edition_id.is_not(None))
        .order_by(delivery.c.priority, delivery.c.due_at, delivery.c.id)
        .limit(bindparam("most"))
    )


@cache
def _what_decides() -> Select[Any]:
    """All that decides about deliveries, by their ids."""
    joined = (
        delivery.join(subscriber, delivery.c.subscriber_id == subscriber.c.id)
        .outerjoin(tables.session, delivery.c.session_id == tables.session.c.id)
        .outerjoin(tables.campaign, delivery.c.campaign_id == tables.campaign.c.id)
    )
    own = [delivery.c[name] for name in ("id", "subscriber_id", "edition_id", "stream", "expires_at", "attempts")]
    hers = [subscriber.c[name] for name in ("email", "name", "timezone")]
    return (
        select(
            *own,
            *hers,
            func.coalesce(tables.session.c.practitioner, "").label("practitioner"),
            func.coalesce(tables.session.c.state.in_(_STANDING), true()).label("session_stands"),
            func.coalesce(tables.campaign.c.state != CampaignState.CANCELLED.value, true()).label("campaign_stands"),
            _by_stream(suppression_reason).label("suppression"),
            _by_stream(lambda stream: consent_in_force(stream, bindparam("now", type_=UtcDateTime()))).label("consent"),
            _last_mail().label("last_mail_at"),
            _next_care().label("care_due_at"),
        )
        .select_from(joined)
        .where(delivery.c.id.in_(bindparam("ids", expanding=True)))
        .order_by(delivery.c.priority, delivery.c.due_at, delivery.c.id)
    )


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
