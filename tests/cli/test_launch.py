"""`campaign launch`: with time to undo it, at a time, or at once; and what the words say meanwhile."""

import pytest

from tests.cli.conftest import NOW
from tests.cli.terminal import MakeFile, Terminal


@pytest.fixture
def draft(practice: Terminal) -> Terminal:
    practice("campaign", "create", "--article", 1)
    return practice


def test_a_launch_leaves_time_to_undo_it_and_says_how(draft: Terminal) -> None:
    """Who will get it is known by then, and nobody has it."""
    launched = draft.json("campaign", "launch", 1)
    assert (launched["state"], launched["due_at"]) == ("scheduled", "2026-03-04T12:05:00Z")
    assert (launched["counts"]["queued"], launched["counts"]["accepted"]) == (2, 0)
    said = draft("campaign", "show", 1).out
    assert "First mail at 12:05; until then: campaign cancel 1, or campaign pause 1" in said


def test_the_worker_sends_it_when_that_time_is_over(draft: Terminal) -> None:
    draft("campaign", "launch", 1)
    early = draft.json("worker", "--once", now="2026-03-04T12:04Z")
    due = draft.json("worker", "--once", now="2026-03-04T12:05Z")
    assert (early["counts"]["accepted"], due["counts"]["accepted"]) == (0, 2)


def test_cancelled_in_time_it_reaches_nobody(draft: Terminal) -> None:
    draft("campaign", "launch", 1)
    cancelled = draft.json("campaign", "cancel", 1)
    assert (cancelled["state"], cancelled["counts"]["cancelled"]) == ("cancelled", 2)


@pytest.mark.parametrize(
    "words",
    [
        ("campaign", "launch", 1, "--at-once"),
        ("campaign", "launch", 1, "--now", NOW, "--now"),
        ("campaign", "launch", "--now", NOW, "--now", 1),
        ("campaign", "launch", "--now", "--now", NOW, 1),
        ("campaign", "launch", 1, "--at-once", "--now", NOW),
    ],
)
def test_at_once_is_said_by_a_bare_now_or_by_its_name(draft: Terminal, words: tuple[object, ...]) -> None:
    """--now with a time sets the clock, as everywhere; without one it means now."""
    assert draft.json(*words)["counts"]["accepted"] == 2


def test_a_now_that_is_no_time_is_refused_in_words(draft: Terminal) -> None:
    assert "“soon” is not a date and time" in draft("campaign", "launch", 1, "--now", "soon", status=2).err


def test_the_window_can_be_set(draft: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """In minutes; none at all means at once."""
    monkeypatch.setenv("AFTERGLOW_UNDO_WINDOW", "30")
    assert draft.json("campaign", "launch", 1)["due_at"] == "2026-03-04T12:30:00Z"
    monkeypatch.setenv("AFTERGLOW_UNDO_WINDOW", "0")
    assert draft.json("campaign", "launch", 1)["counts"]["accepted"] == 2


@pytest.mark.parametrize("minutes", ["-1", "1441", "five"])
def test_a_window_that_cannot_be_is_refused(draft: Terminal, monkeypatch: pytest.MonkeyPatch, minutes: str) -> None:
    monkeypatch.setenv("AFTERGLOW_UNDO_WINDOW", minutes)
    assert "undo_window" in draft("campaign", "list", status=1).err


def test_the_rest_gets_the_same_time_to_undo(draft: Terminal) -> None:
    draft("campaign", "launch", 1, "--at-once")
    draft("subscriber", "add", "dora@example.com", "--consent", "marketing")
    rest = draft.json("campaign", "resend-missing", 1)
    assert (rest["state"], rest["counts"]["queued"]) == ("scheduled", 1)


@pytest.mark.parametrize("command", [("create", "--article", 1), ("launch", 1)])
def test_a_time_that_is_over_is_refused_and_nothing_is_made(draft: Terminal, command: tuple[object, ...]) -> None:
    """Nobody means to send yesterday."""
    refusal = draft("campaign", *command, "--at", "2026-03-04T11:00", status=1).err
    assert "2026-03-04 11:00 UTC, is over." in refusal
    assert [each["state"] for each in draft.json("campaign", "list")] == ["draft"]


def test_a_cancelled_draft_is_not_said_to_wait(draft: Terminal) -> None:
    draft("campaign", "cancel", 1)
    said = draft("campaign", "show", 1).out
    assert "cancelled" in said
    assert "campaign launch" not in said


def test_right_after_a_worker_nobody_says_that_none_was_there(draft: Terminal) -> None:
    draft("campaign", "launch", 1)
    assert "No worker is running" in draft("campaign", "show", 1).out
    draft("worker", "--once")
    assert "No worker" not in draft("campaign", "show", 1).out


def test_a_second_hold_without_a_reason_keeps_the_first_ones(run: Terminal) -> None:
    run("hold", "--reason", "moving house")
    run("hold", now="2026-03-05T12:00Z")
    assert run.json("resume")["was_held"] == {"reason": "moving house", "since": "2026-03-04T12:00:00Z"}


def test_a_hold_without_a_reason_is_by_hand(run: Terminal) -> None:
    assert run.json("hold")["held"]["reason"] == "by hand"


def test_who_never_agreed_is_shown_with_no_consent_on_record(practice: Terminal) -> None:
    assert "no consent on record" in practice("subscriber", "show", "cleo@example.com").out
    assert "no consent on record" not in practice("subscriber", "show", "anna@example.com").out


def test_what_was_launched_over_is_shown_with_who_did(practice: Terminal, make_file: MakeFile) -> None:
    """The claim, the day and whoever sat at the computer."""
    file = make_file("claims.md", b"# Rest\n\nMassage flushes toxins out of your muscles.\n")
    article_id = practice.json("article", "add", file)["id"]
    campaign_id = practice.json("campaign", "create", "--article", article_id)["id"]
    assert practice.json("campaign", "show", campaign_id)["overruled"] == []
    practice("campaign", "launch", campaign_id)
    (overruled,) = practice.json("campaign", "show", campaign_id)["overruled"]
    assert [each["rule"] for each in overruled["findings"]] == ["claims.toxins"]
    assert "command line" in overruled["who"]
    assert "Overruled by" in practice("campaign", "show", campaign_id).out
