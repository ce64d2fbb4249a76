"""A campaign: an edition for an audience at a time, and the states it passes through."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from newsletter.errors import RefusedError
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


def check_move(campaign: Campaign, to: CampaignState) -> None:
    """Raises RefusedError where the campaign may not go to that state."""
    if to not in _NEXT[campaign.state]:
        raise RefusedError(
            f"The campaign “{campaign.name}” is {campaign.state}; it cannot become {to}.",
            f"See where it stands with: campaign show {campaign.id}",
        )
