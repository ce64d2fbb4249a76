"""Rules on the states of a campaign."""

from datetime import UTC, datetime

import pytest

from newsletter.domain.campaign import Campaign, CampaignState, check_move
from newsletter.errors import RefusedError
from subscribers.consent import Stream

DRAFT, SCHEDULED, SENDING, PAUSED, SENT, CANCELLED = CampaignState
ALLOWED = {
    *((DRAFT, SCHEDULED), (DRAFT, CANCELLED)),
    *((SCHEDULED, SENDING), (SCHEDULED, PAUSED), (SCHEDULED, CANCELLED)),
    *((SENDING, PAUSED), (SENDING, SENT), (SENDING, CANCELLED)),
    *((PAUSED, SCHEDULED), (PAUSED, SENDING), (PAUSED, CANCELLED)),
}
REFUSED = {(before, after) for before in CampaignState for after in CampaignState} - ALLOWED


def a_campaign(state: CampaignState) -> Campaign:
    return Campaign(
        id=7,
        name="Spring letter",
        state=state,
        stream=Stream.MARKETING,
        edition_id=1,
        segment="",
        reason="",
        created_at=datetime(2026, 3, 2, tzinfo=UTC),
        due_at=None,
        started_at=None,
        frozen_at=None,
        finished_at=None,
        rest_of=None,
    )


@pytest.mark.parametrize(("before", "after"), sorted(ALLOWED))
def test_a_campaign_goes_its_way(before: CampaignState, after: CampaignState) -> None:
    """From draft to sent, with pauses, or to its cancellation."""
    check_move(a_campaign(before), after)


@pytest.mark.parametrize(("before", "after"), sorted(REFUSED))
def test_a_campaign_leaves_its_way_nowhere(before: CampaignState, after: CampaignState) -> None:
    """The refusal names it, where it stands, and where to look."""
    with pytest.raises(RefusedError, match=f"“Spring letter” is {before}; it cannot become {after}.*campaign show 7"):
        check_move(a_campaign(before), after)
