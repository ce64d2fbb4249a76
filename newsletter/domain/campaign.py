"""A campaign: an edition for an audience at a time, and the states it passes through."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from newsletter.errors import InputError, RefusedError
from subscribers.consent import Stream


class CampaignState(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    CANCELLED = "cancelled"


_NEXT = {
    CampaignState.DRAFT: {CampaignState.SCHEDULED, CampaignState.CANCELLED},
    CampaignState.SCHEDULED: {CampaignState.SENDING, CampaignState.PAUSED, CampaignState.CANCELLED},
    CampaignState.SENDING: {CampaignState.PAUSED, CampaignState.SENT, CampaignState.CANCELLED},
    CampaignState.PAUSED: {CampaignState.SCHEDULED, CampaignState.SENDING, CampaignState.CANCELLED},
    CampaignState.SENT: set[CampaignState](),
    CampaignState.CANCELLED: set[CampaignState](),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """Times are UTC. `segment` is the rule as text (subscribers.segment); `frozen_at` is when its audience was
    complete: from then on, who gets it no longer changes. With `rest_of`, the audience is those whom that campaign did
    not reach."""

    id: int
    name: str
    state: CampaignState
    stream: Stream
    edition_id: int
    segment: str
    reason: str
    created_at: datetime
    due_at: datetime | None
    started_at: datetime | None
    frozen_at: datetime | None
    finished_at: datetime | None
    rest_of: int | None


def first_mail_at(asked: datetime | None, now: datetime, window: timedelta) -> datetime:
    """When the first mail of a campaign may leave: at the time asked for, but never before `window` has passed in which
    it can be undone. Raises InputError for a time that is over; the minute that has begun is not."""
    if asked is not None and asked < now.replace(second=0, microsecond=0):
        raise InputError(
            f"The time to send it, {asked:%Y-%m-%d %H:%M} UTC, is over.",
            "Give --at a time to come, or leave it out and send with: campaign launch",
        )
    return max(asked or now, now + window)


def check_move(campaign: Campaign, to: CampaignState) -> None:
    """Raises RefusedError where the campaign may not go to that state."""
    if to not in _NEXT[campaign.state]:
        raise RefusedError(
            f"The campaign “{campaign.name}” is {campaign.state}; it cannot become {to}.",
            f"See where it stands with: campaign show {campaign.id}",
        )
