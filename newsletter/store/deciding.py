"""What decides about a due delivery: whether there is anything to decide at all, and if so, all that is known."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Result,
    Row,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.sql.elements import ColumnElement

from newsletter.domain.aftercare import SessionState
from newsletter.domain.campaign import CampaignState
from newsletter.domain.delivery import LEFT, DeliveryState
from newsletter.domain.sending import MONTH, MOST_A_MONTH, Candidate
from newsletter.store import invitations, marketing, tables
from newsletter.store.constants import constant, is_one_of
from subscribers.consent import Stream
from subscribers.store.eligibility import consent_in_force_for, suppression_reason
from subscribers.subscriber import Frequency
from subscribers.suppression import Reason
from subscribers.tables import UtcDateTime, subscriber, suppression

delivery = tables.delivery
NOW = bindparam("now", type_=UtcDateTime())
_STANDING = [SessionState.BOOKED, SessionState.PRESUMED, SessionState.COMPLETED]
_AROUND = timedelta(days=2)  # whatever falls on her today, wherever she lives, is not further away


def around(now: datetime) -> dict[str, Any]:
    """The parameters by which `questionable` knows the time."""
    return {"now": now, "recently": now - _AROUND, "soon": now + _AROUND, "month_ago": now - MONTH}


def questionable(of_campaign: bool) -> ColumnElement[bool]:
    """Whether anything but the hour can speak against a delivery: where this is not true, she is to get it.

    It may be true and nothing come of it: then newsletter.domain.sending decides. Holds for statements that join
    `delivery` to `subscriber` and, unless they are `of_campaign` (the parameter `campaign`), to `session`.
    """
    return or_(
        _campaign_fell() if of_campaign else not_(is_one_of(tables.session.c.state, _STANDING)),
        delivery.c.expires_at < NOW,
        subscriber.c.email.is_(None),
        exists().where(suppression.c.address_hash == subscriber.c.address_hash).correlate(subscriber),
        not_(consent_in_force_for(delivery.c.stream, NOW)),
        subscriber.c.frequency != literal_column("''"),
        *_other_mails(of_campaign),
        _month_is_full() if of_campaign else delivery.c.stream == constant(Stream.MARKETING),  # it gives way to much
    )


def _campaign_fell() -> ColumnElement[bool]:
    state = select(tables.campaign.c.state).where(tables.campaign.c.id == bindparam("campaign")).scalar_subquery()
    return state == constant(CampaignState.CANCELLED)


def _served(since: ColumnElement[datetime], of_campaign: bool) -> Select[Any]:
    """The other campaigns of which a mail may have left since then."""
    campaign = tables.campaign
    forgotten = and_(campaign.c.served_at.is_(None), campaign.c.started_at > since)  # when the clock was put back
    served = select(campaign.c.id).where(or_(campaign.c.served_at > since, forgotten))
    return served.where(campaign.c.id != bindparam("campaign")) if of_campaign else served


def _month_is_full() -> ColumnElement[bool]:
    """Whether so many newsletters and invitations left for her as fill a month, unless the settings allow more."""
    other, since = delivery.alias(), bindparam("month_ago", type_=UtcDateTime())
    newsletters = _served(since, True)
    invitation = and_(other.c.campaign_id.is_(None), other.c.stream == constant(Stream.MARKETING))
    left = (
        select(func.count())
        .where(other.c.subscriber_id == delivery.c.subscriber_id, other.c.called_at > since)
        .where(or_(other.c.campaign_id.in_(newsletters), invitation))
        .correlate(delivery)
        .scalar_subquery()
    )
    anything = or_(newsletters.exists(), invitations.were_on())  # asked once, and not of every reader
    return and_(anything, left >= constant(MOST_A_MONTH))


def _other_mails(of_campaign: bool) -> tuple[ColumnElement[bool], ...]:
    """Whether she got, or is to get, another mail about today: one of her own, or of a campaign served lately."""
    other = delivery.alias()
    hers = and_(other.c.subscriber_id == delivery.c.subscriber_id, other.c.id != delivery.c.id)
    recently = bindparam("recently", type_=UtcDateTime())
    served = _served(recently, of_campaign)
    waiting = and_(other.c.state == constant(DeliveryState.QUEUED), other.c.stream == constant(Stream.CARE))
    conditions = (
        and_(other.c.called_at > recently, or_(other.c.campaign_id.is_(None), other.c.campaign_id.in_(served))),
        and_(waiting, other.c.due_at < bindparam("soon", type_=UtcDateTime())),
    )
    return tuple(exists().where(hers, condition).correlate(delivery) for condition in conditions)


def candidates(connection: Connection, ids: Sequence[int], timezone: str, now: datetime) -> list[Candidate]:
    """What is known of locked deliveries, as of now: read after the locks, so that nothing in it is stale.

    `timezone` is the studio's, for readers whose own is not known.
    """
    if not ids:
        return []
    latest = now + timedelta(days=1)
    found: Result[Any] = connection.execute(_what_decides(), {"ids": list(ids), "now": now, "latest": latest})
    rows = found.all()
    invitations = {row.id for row in rows if row.purpose is not None}
    return marketing.completed(connection, [_candidate(row, timezone) for row in rows], invitations, timezone, now)


@cache
def _what_decides() -> Select[Any]:
    """All that decides about deliveries, by their ids."""
    joined = (
        delivery.join(subscriber, delivery.c.subscriber_id == subscriber.c.id)
        .outerjoin(tables.session, delivery.c.session_id == tables.session.c.id)
        .outerjoin(tables.campaign, delivery.c.campaign_id == tables.campaign.c.id)
    )
    return (
        select(
            *(delivery.c[name] for name in ("id", "subscriber_id", "stream", "purpose", "expires_at")),
            *(subscriber.c[name] for name in ("email", "timezone", "frequency")),
            func.coalesce(is_one_of(tables.session.c.state, _STANDING), true()).label("session_stands"),
            func.coalesce(tables.campaign.c.state != constant(CampaignState.CANCELLED), true()).label(
                "campaign_stands"
            ),
            _by_stream(suppression_reason).label("suppression"),
            consent_in_force_for(delivery.c.stream, NOW).label("consent"),
            _last_mail().label("last_mail_at"),
            _next_care().label("care_due_at"),
        )
        .select_from(joined)
        .where(delivery.c.id.in_(bindparam("ids", expanding=True)))
        .order_by(delivery.c.priority, delivery.c.due_at, delivery.c.id)
    )


def _by_stream(rule: Callable[[Stream], ColumnElement[Any]]) -> ColumnElement[Any]:
    """A rule about the reader, applied to the stream of the row."""
    cases = [(delivery.c.stream == constant(stream), rule(stream)) for stream in Stream]
    return case(*cases)


def _last_mail() -> ColumnElement[datetime | None]:
    """When the latest other mail left for her, service mails aside.

    One that left later than tomorrow was dated by a clock that ran ahead; it must not hide the others for ever.
    """
    other = delivery.alias()
    return (
        select(func.max(other.c.called_at))
        .where(other.c.subscriber_id == delivery.c.subscriber_id, other.c.id != delivery.c.id)
        .where(is_one_of(other.c.state, sorted(LEFT)), other.c.stream != constant(Stream.SERVICE))
        .where(other.c.called_at < bindparam("latest", type_=UtcDateTime()))
        .scalar_subquery()
    )


def _next_care() -> ColumnElement[datetime | None]:
    """When the next other care mail is due for her."""
    other = delivery.alias()
    return (
        select(func.min(other.c.due_at))
        .where(other.c.subscriber_id == delivery.c.subscriber_id, other.c.id != delivery.c.id)
        .where(other.c.state == constant(DeliveryState.QUEUED), other.c.stream == constant(Stream.CARE))
        .scalar_subquery()
    )


def _candidate(row: Row[Any], timezone: str) -> Candidate:
    return Candidate(
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
        frequency=Frequency(row.frequency),
    )
