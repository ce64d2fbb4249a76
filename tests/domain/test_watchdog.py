"""The watchdog: why mail does not move, in words that say what to do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsletter.domain.campaign import Campaign, CampaignState
from newsletter.domain.limits import Room
from newsletter.domain.watchdog import Progress, Situation, explain
from subscribers.consent import Stream

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
WELL = Situation(provider="resend", held=None, last_beat=NOW, paused=None, room=Room(mails=None), abandoned=0)
CAMPAIGN = Campaign(
    id=7,
    name="Letter",
    state=CampaignState.SENDING,
    stream=Stream.MARKETING,
    edition_id=1,
    segment="",
    reason="",
    created_at=NOW,
    due_at=NOW,
    started_at=NOW,
    frozen_at=NOW,
    finished_at=None,
    rest_of=None,
)
MOVING = Progress(counts={"queued": 5}, due=5, next_due=None)


def said(situation: Situation = WELL, progress: Progress = MOVING, **campaign: object) -> str:
    changed = replace(CAMPAIGN, **campaign)  # type: ignore[arg-type]  # by name
    return " ".join(explain(changed, progress, situation, NOW, "Europe/London"))


def test_a_campaign_that_moves_needs_no_words() -> None:
    assert said() == ""


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"held": "moving house"}, "All mail is held: moving house."),
        ({"last_beat": None}, "Start one with: worker"),
        ({"last_beat": NOW - timedelta(hours=1)}, "running since today at 09:00"),
        ({"paused": (NOW + timedelta(minutes=30), "Too many requests.")}, "left alone until today at 10:30: Too many"),
        (
            {"room": Room(mails=0, resume_at=NOW + timedelta(hours=14), reason="today's limit of 9 mails is reached")},
            "Today's limit of 9 mails is reached; newsletters continue tomorrow at 00:00.",
        ),
        ({"abandoned": 1}, "left by a worker that died"),
    ],
)
def test_what_keeps_mail_from_moving_is_named(changed: dict[str, object], words: str) -> None:
    assert words in said(replace(WELL, **changed))  # type: ignore[arg-type]  # by name


def test_machinery_is_no_matter_while_nothing_is_due() -> None:
    waiting = Progress(counts={"queued": 5}, due=0, next_due=NOW + timedelta(days=1))
    assert "worker" not in said(replace(WELL, last_beat=None), waiting, due_at=NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (CampaignState.DRAFT, "campaign launch 7"),
        (CampaignState.PAUSED, "campaign resume 7"),
        (CampaignState.SENT, ""),
        (CampaignState.CANCELLED, ""),
    ],
)
def test_a_campaign_at_rest_says_what_it_waits_for(state: CampaignState, words: str) -> None:
    assert words in said(state=state)


def test_a_scheduled_campaign_names_its_hour_on_the_studios_clock() -> None:
    later = NOW.replace(month=7) + timedelta(hours=1)
    assert "on Thursday 02 July at 12:00" in said(state=CampaignState.SCHEDULED, due_at=later)


def test_mails_in_doubt_and_mails_that_wait_are_counted() -> None:
    words = said(progress=Progress(counts={"queued": 2, "unknown": 3}, due=0, next_due=NOW + timedelta(days=1)))
    assert "3 mail(s) left and no answer came" in words
    assert "2 mail(s) wait for their readers' hour; the next goes tomorrow at 10:00." in words
