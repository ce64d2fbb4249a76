"""The audience of a campaign before it is frozen: how many get it, and why the others do not."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from newsletter.domain.campaign import Campaign
from newsletter.store import campaigns, segments
from subscribers.segment import Segment
from subscribers.tables import subscriber


def outlook(connection: Connection, campaign: Campaign, segment: Segment, now: datetime) -> dict[str, int]:
    """How many people of the segment there are for each reason to leave them out; the reason "" is those who get it."""
    people = (
        select(campaigns.why_not(now).label("reason"))
        .where(subscriber.c.erased_at.is_(None), segments.chosen(segment))
        .where(campaigns.not_reached_by(campaign.rest_of))
        .subquery()
    )
    counted = select(people.c.reason, func.count()).group_by(people.c.reason).order_by(func.count().desc())
    return {row[0]: row[1] for row in connection.execute(counted)}
