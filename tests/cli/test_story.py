"""`subscriber show`, `delivery why` and `plan history`, as a person and as a program see them."""

from pathlib import Path

import pytest

from tests.cli.terminal import Terminal

LATER = "2026-03-04T15:30:00Z"


@pytest.fixture
def anna(practice: Terminal) -> Terminal:
    """A practice where Anna's first care mail has left."""
    practice("session", "add", "--subscriber", "anna@example.com", "--service", "reiki", "--ended", "2026-03-04T12:00")
    practice("worker", "--once", now=LATER)
    return practice


def test_a_story_is_told_in_words_and_as_json(anna: Terminal) -> None:
    """In the order of time, each entry with what it is about."""
    told = anna.json("subscriber", "show", "anna@example.com", now=LATER)["timeline"]
    assert [each["at"] for each in told] == sorted(each["at"] for each in told)
    assert {each["what"] for each in told} == {"consent", "session", "mail"}
    said = anna("subscriber", "show", "anna@example.com", now=LATER).out
    assert "agreed to care mails, express" in said
    assert "recorded, ended on 04 March 2026 at 12:00" in said
    assert "was sent" in said


def test_why_names_session_plan_consent_and_call(anna: Terminal) -> None:
    """For a script; each part is null where there is none."""
    mail = next(each for each in anna.json("delivery", "list") if each["accepted_at"])
    found = anna.json("delivery", "why", mail["id"], now=LATER)
    assert found["delivery"]["id"] == mail["id"]
    assert (found["session"]["services"], found["session"]["visit"]) == (["reiki"], 1)
    assert found["campaign"] is None
    assert (found["plan"]["name"], found["plan"]["step"]) == ("reiki", mail["step"])
    assert found["plan"]["planned_version"] == found["plan"]["composed_version"]
    assert (found["consent"]["basis"], found["consent"]["allowed"]) == ("express", True)
    assert found["call"]["provider_message_id"] == mail["provider_message_id"]


def test_why_is_said_in_words(anna: Terminal) -> None:
    """So that it can be read out to a client who asks."""
    mail = next(each for each in anna.json("delivery", "list") if each["accepted_at"])
    said = anna("delivery", "why", mail["id"], now=LATER).out
    assert "reiki, ended Wed 04 Mar 2026 12:00, visit 1" in said
    assert "hours after the end" in said
    assert "granted" in said
    assert "by file" in said
    assert "no mail 99" in anna("delivery", "why", "99", status=1).err


def test_a_plan_has_a_history(anna: Terminal) -> None:
    """The version in use with how many mails were sent by it; one that nobody used yet; the file of an earlier one."""
    (known, *_) = [each for each in anna.json("plan", "history", "reiki") if each["first_used_at"]]
    assert (known["in_use"], known["own"], known["sent"]) == (True, False, 1)
    file = anna.home / "plans" / "reiki.en.toml"
    anna("plan", "copy", "reiki", "--language", "en")
    anna("session", "add", "--subscriber", "anna@example.com", "--service", "reiki", "--ended", "2026-03-04T10:00")
    first = file.read_text(encoding="utf-8")
    file.write_text(first + "# changed\n", encoding="utf-8")
    said = anna("plan", "history", "reiki").out
    assert said.count("in use") == 4
    assert "not yet" in said
    yours = next(each for each in anna.json("plan", "history", "reiki") if each["own"] and each["first_used_at"])
    assert anna("plan", "history", "reiki", "--version", yours["version"]).out == first
    assert "no plan" in anna("plan", "history", "rieki", status=1).err


def test_a_card_is_written_to_a_file(anna: Terminal, tmp_path: Path) -> None:
    """Of a plan, and of a session; a place that cannot be written to is named."""
    file = tmp_path / "card.html"
    assert anna.json("plan", "card", "reiki", "--language", "fr", "--out", file) == {"file": str(file)}
    assert '<html lang="fr"' in file.read_text(encoding="utf-8")
    assert "to print" not in anna("session", "card", "1", "--out", file).err
    assert "Anna" in file.read_text(encoding="utf-8")
    assert "cannot be written" in anna("session", "card", "1", "--out", tmp_path / "no" / "card.html", status=1).err
