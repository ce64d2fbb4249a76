"""The newsletters that went to everybody: what may be shown to anybody."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from newsletter.domain.campaign import CampaignState
from newsletter.store import tables
from subscribers.consent import Stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A campaign without a segment, all of whose mails have come to their end; `sent_at` is when it began (UTC)."""

    campaign_id: int
    edition_id: int
    sent_at: datetime


def sent(connection: Connection, *, campaign_id: int | None = None, limit: int = 1) -> list[Sent]:
    """The latest ones, newest first; or the one of that id, if it is among them."""
    table = tables.campaign
    wanted = (
        select(table.c.id, table.c.edition_id, table.c.started_at)
        .where(table.c.state == CampaignState.SENT.value, table.c.stream == Stream.MARKETING.value)
        .where(table.c.segment == "", table.c.rest_of.is_(None), table.c.started_at.is_not(None))
        .order_by(table.c.started_at.desc(), table.c.id.desc())
        .limit(limit)
    )
    if campaign_id is not None:
        wanted = wanted.where(table.c.id == campaign_id)
    return [
        Sent(campaign_id=row.id, edition_id=row.edition_id, sent_at=row.started_at)
        for row in connection.execute(wanted)
    ]
