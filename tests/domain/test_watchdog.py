"""The watchdog: why mail does not move, in words that say what to do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsletter.domain.campaign import Campaign, CampaignState
from newsletter.domain.failover import Standing
from newsletter.domain.limits import Limits, Room, Usage, Window, room
from newsletter.domain.quiet import QuietHours
from newsletter.domain.watchdog import Progress, Situation, detour, explain, machinery
from subscribers.consent import Stream

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
WELL = Situation(
    provider="resend",
    held=None,
    last_beat=NOW,
    standing=Standing(),
    room=Room(mails=None),
    abandoned=0,
    quiet=QuietHours(),
)
GIVEN_UP = Standing(refused_since=NOW - HOUR, resume_at=NOW + HOUR / 60, reason="It does not accept the key.")
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
        ({"last_beat": None}, "No worker is running, so nothing is sent by itself. Start one with: worker"),
        ({"last_beat": NOW + HOUR}, "No worker is running"),  # its clock ran ahead
        ({"last_beat": NOW - timedelta(hours=1)}, "running since today at 09:00"),
        (
            {"standing": Standing(resume_at=NOW + HOUR / 2, reason="Too many requests.")},
            "resend is left alone: Too many requests. It goes on by itself at 10:30.",
        ),
        (
            {"standing": Standing(resume_at=NOW + 13 * HOUR, reason="Its quota is used up.")},
            "Its quota is used up. It goes on by itself tomorrow at 09:00.",
        ),
        (
            {"standing": GIVEN_UP, "fallback": ("postmark", Standing())},
            "resend takes no mail: It does not accept the key. Until it does again, mail goes through postmark.",
        ),
        (
            {"standing": GIVEN_UP, "fallback": ("postmark", Standing(resume_at=NOW + HOUR, reason="Too many."))},
            "postmark is left alone: Too many. It goes on by itself at 11:00.",
        ),
        ({"abandoned": 1}, "left by a worker that died"),
    ],
)
def test_what_keeps_mail_from_moving_is_named(changed: dict[str, object], words: str) -> None:
    assert words in said(replace(WELL, **changed))  # type: ignore[arg-type]  # by name


_TODAY = "Today's limit of 9 mails is reached; newsletters continue tomorrow at 09:00."
_THIS_HOUR = "This hour's limit of 9 mails is reached; newsletters continue at 14:00."


@pytest.mark.parametrize(
    ("limits", "now", "timezone", "words"),
    [
        (Limits(per_day=9), NOW, "Europe/London", _TODAY),
        (Limits(per_day=9), NOW.replace(month=7), "Pacific/Honolulu", "newsletters continue at 14:00."),
        (Limits(per_hour=9), NOW + 3 * HOUR, "Europe/London", _THIS_HOUR),
        (Limits(per_hour=9), NOW + 9 * HOUR, "Europe/London", "newsletters continue tomorrow at 09:00."),
    ],
)
def test_a_limit_says_when_mail_to_readers_goes_on(limits: Limits, now: datetime, timezone: str, words: str) -> None:
    """When its window is over, and the studio's quiet hours too."""
    full = room(limits, Usage(used=dict.fromkeys(Window, 9)), now)
    said = " ".join(machinery(replace(WELL, last_beat=now, room=full), now, timezone))
    assert words in said


def test_a_detour_is_said_even_while_nothing_waits() -> None:
    assert list(detour(WELL, NOW, "UTC")) == []
    (said,) = detour(replace(WELL, standing=GIVEN_UP, fallback=("postmark", Standing())), NOW, "UTC")
    assert "mail goes through postmark" in said


def test_the_time_to_undo_is_said_with_the_ways_to() -> None:
    words = said(state=CampaignState.SCHEDULED, due_at=NOW + timedelta(minutes=5), frozen_at=NOW)
    assert words == "First mail at 10:05; until then: campaign cancel 7, or campaign pause 7"


def test_a_campaign_about_to_start_says_that_no_worker_is_there() -> None:
    quiet = replace(WELL, last_beat=None)
    assert "No worker is running" in said(quiet, state=CampaignState.SCHEDULED, due_at=NOW + HOUR, frozen_at=NOW)


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
