"""What a reader has had of newsletters and invitations lately, and what an invitation gives way to."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, func, select

from newsletter.domain.campaign import CampaignState
from newsletter.domain.delivery import LEFT, DeliveryState
from newsletter.domain.sending import MONTH, Candidate, Invited
from newsletter.store import holidays, tables
from newsletter.store.constants import is_one_of
from newsletter.store.invitations import later_stands
from subscribers.consent import Stream

_AHEAD = timedelta(days=1)  # what left later than that was dated by a clock that ran ahead
_UNDER_WAY = [CampaignState.SCHEDULED, CampaignState.SENDING]
delivery, campaign, session = tables.delivery, tables.campaign, tables.session


def completed(
    connection: Connection, candidates: Sequence[Candidate], invitations: Collection[int], timezone: str, now: datetime
) -> list[Candidate]:
    """The candidates with what counts for marketing mails alone; `invitations` are the ids of those that are one.

    `timezone` is the studio's, whose days a holiday has.
    """
    readers = {each.subscriber_id for each in candidates if each.stream is Stream.MARKETING}
    left = _left_lately(connection, readers, now) if readers else {}
    invited = _invited(connection, candidates, invitations, timezone, now) if invitations else {}
    return [
        replace(
            each,
            marketing_at=tuple(at for of, at in left.get(each.subscriber_id, ()) if of != each.delivery_id),
            invited=invited.get(each.delivery_id),
        )
        if each.stream is Stream.MARKETING
        else each
        for each in candidates
    ]


def _left_lately(
    connection: Connection, readers: Collection[int], now: datetime
) -> dict[int, list[tuple[int, datetime]]]:
    """(delivery, moment) of what left for each reader within a month, the latest first."""
    rows = connection.execute(
        select(delivery.c.subscriber_id, delivery.c.id, delivery.c.called_at)
        .where(delivery.c.subscriber_id.in_(readers), delivery.c.stream == Stream.MARKETING.value)
        .where(is_one_of(delivery.c.state, sorted(LEFT)))
        .where(delivery.c.called_at > now - MONTH, delivery.c.called_at < now + _AHEAD)
        .order_by(delivery.c.called_at.desc())
    )
    left = defaultdict(list)
    for reader, of, at in rows:
        left[reader].append((of, at))
    return left


def full_month(at: datetime, most: int) -> Select[tuple[int]]:
    """The readers for whom so many left within the month before."""
    return (
        select(delivery.c.subscriber_id)
        .where(delivery.c.stream == Stream.MARKETING.value, is_one_of(delivery.c.state, sorted(LEFT)))
        .where(delivery.c.called_at > at - MONTH)
        .group_by(delivery.c.subscriber_id)
        .having(func.count() >= most)
    )


def _invited(
    connection: Connection, candidates: Sequence[Candidate], invitations: Collection[int], timezone: str, now: datetime
) -> dict[int, Invited]:
    chosen = [each for each in candidates if each.delivery_id in invitations]
    joined = delivery.join(session, delivery.c.session_id == session.c.id)
    outlived = select(delivery.c.id).select_from(joined).where(delivery.c.id.in_(invitations), later_stands())
    came_again = set(connection.execute(outlived).scalars())
    hers = _newsletters_of(connection, {each.subscriber_id for each in chosen})
    anybodys = _newsletters_of_anybody(connection, now)
    holiday = holidays.under_way(connection, now, timezone)
    invited = {}
    for each in chosen:
        newsletters = [*hers.get(each.subscriber_id, ()), *anybodys]
        invited[each.delivery_id] = Invited(
            came_again=each.delivery_id in came_again,
            newsletter_due_at=min(newsletters, default=None),
            newsletters_to_come=sum(due < now + MONTH for due in newsletters),
            holiday_over_at=holiday.over_at(timezone) if holiday else None,
            holiday=holiday.reason if holiday else "",
        )
    return invited


def _newsletters_of(connection: Connection, readers: Collection[int]) -> dict[int, list[datetime]]:
    """When the newsletters are due that wait for each reader."""
    rows = connection.execute(
        select(delivery.c.subscriber_id, delivery.c.due_at)
        .select_from(delivery.join(campaign, delivery.c.campaign_id == campaign.c.id))
        .where(delivery.c.subscriber_id.in_(readers), delivery.c.state == DeliveryState.QUEUED.value)
        .where(is_one_of(campaign.c.state, _UNDER_WAY))
    )
    due = defaultdict(list)
    for reader, at in rows:
        due[reader].append(at)
    return due


def _newsletters_of_anybody(connection: Connection, now: datetime) -> list[datetime]:
    """When the newsletters begin whose audience is not frozen yet: she may be in it."""
    rows = connection.execute(
        select(campaign.c.due_at).where(is_one_of(campaign.c.state, _UNDER_WAY), campaign.c.frozen_at.is_(None))
    )
    return [due or now for due in rows.scalars()]
