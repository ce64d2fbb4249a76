"""The audience of a campaign before it is frozen: how many get it and who, and why the others do not."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from newsletter.domain.campaign import Campaign
from newsletter.store import campaigns, marketing, segments
from subscribers.segment import Segment
from subscribers.tables import subscriber


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody of a segment; `reason` says why she would get no newsletter, and is empty where she would."""

    id: int
    name: str
    email: str
    reason: str


def outlook(connection: Connection, campaign: Campaign | None, segment: Segment, now: datetime) -> dict[str, int]:
    """How many people of the segment there are for each reason to leave them out; the reason "" is those who get it.

    Of a campaign for the rest of another one, the rest; None where there is no campaign yet.
    """
    people = _people(campaign, segment, now).subquery()
    counted = select(people.c.reason, func.count()).group_by(people.c.reason).order_by(func.count().desc())
    return {row[0]: row[1] for row in connection.execute(counted)}


def first(
    connection: Connection, campaign: Campaign | None, segment: Segment, now: datetime, *, most: int
) -> list[Reader]:
    """Some of them by name: those who would get it, in the order they came, and then those who would not."""
    people = _people(campaign, segment, now).subquery()
    rows = connection.execute(select(people).order_by(people.c.reason != "", people.c.id).limit(most))
    return [Reader(**dict(row._mapping)) for row in rows]


def crowded(connection: Connection, campaign: Campaign, segment: Segment, at: datetime, *, most: int) -> int:
    """How many of those who would get it at that moment have had `most` newsletters or invitations in the month."""
    people = _people(campaign, segment, at).subquery()
    had_enough = marketing.full_month(at, most)
    asked = select(func.count()).where(people.c.reason == "", people.c.id.in_(had_enough))
    return connection.execute(asked).scalar_one()


def _people(campaign: Campaign | None, segment: Segment, now: datetime) -> Select[Any]:
    of = subscriber.c
    return (
        select(of.id, of.name, of.email, campaigns.why_not(now).label("reason"))
        .where(of.erased_at.is_(None), segments.chosen(segment))
        .where(campaigns.not_reached_by(campaign.rest_of if campaign else None))
    )
