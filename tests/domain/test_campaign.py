"""Rules on the states of a campaign."""

from datetime import UTC, datetime, timedelta

import pytest

from newsletter.domain.campaign import Campaign, CampaignState, check_move, first_mail_at
from newsletter.errors import InputError, RefusedError
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


NOW = datetime(2026, 3, 2, 10, 0, 30, tzinfo=UTC)
WINDOW = timedelta(minutes=5)


@pytest.mark.parametrize(
    ("asked", "minutes"),
    [
        (None, 5),
        (timedelta(minutes=2), 5),  # there was no time yet to undo it
        (timedelta(minutes=5), 5),
        (timedelta(hours=1), 60),
        (-timedelta(seconds=30), 5),  # the minute that has begun
    ],
)
def test_the_first_mail_leaves_when_asked_but_never_before_it_could_be_undone(
    asked: timedelta | None, minutes: int
) -> None:
    due_at = first_mail_at(None if asked is None else NOW + asked, NOW, WINDOW)
    assert due_at == NOW + timedelta(minutes=minutes)


def test_without_a_window_the_first_mail_leaves_at_once() -> None:
    assert first_mail_at(None, NOW, timedelta(0)) == NOW


def test_a_time_that_is_over_is_refused_in_words() -> None:
    with pytest.raises(InputError, match=r"2026-03-02 09:59 UTC, is over\. Give --at a time to come"):
        first_mail_at(NOW - timedelta(minutes=1, seconds=1), NOW, WINDOW)
