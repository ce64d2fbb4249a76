"""A copy in a safe place, and a store that says that it holds its mail."""

from pathlib import Path

import pytest

from tests.cli.terminal import Terminal

HELD = "Go on with: resume"


@pytest.fixture
def backup(practice: Terminal, tmp_path: Path) -> Path:
    """A backup of a home in which a newsletter and a care mail wait."""
    practice("campaign", "create", "--article", 1, "--at", "2026-03-05T12:00")
    practice("session", "add", "--subscriber", "anna@example.com", "--service", "reiki", "--ended", "2026-03-04T11:00")
    file = tmp_path / "monday.zip"
    practice("backup", file)
    return file


@pytest.fixture
def restored(practice: Terminal, backup: Path, tmp_path: Path) -> Terminal:
    other = Terminal(tmp_path / "new home", practice.now, practice.capsys)
    other("restore", backup)
    return other


def test_a_backup_says_what_it_holds(practice: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "monday.zip"
    document = practice.json("backup", file)
    assert (document["file"], document["bytes"]) == (str(file), file.stat().st_size)
    assert (document["made_at"], document["counts"]["subscriber"]) == ("2026-03-04T12:00:00Z", 3)


def test_restoring_tells_the_three_next_steps(practice: Terminal, backup: Path, tmp_path: Path) -> None:
    answer = practice("restore", backup, "--home", tmp_path / "new home")
    assert [step for step in ("forecast", "campaign cancel", "resume") if step not in answer.out] == []


def test_a_restore_can_be_read_by_a_script(practice: Terminal, backup: Path, tmp_path: Path) -> None:
    document = practice.json("restore", backup, "--home", tmp_path / "new home")
    assert document["held"]["since"] == "2026-03-04T12:00:00Z"
    assert (document["counts"]["subscriber"], document["home"]) == (3, str(tmp_path / "new home"))


def test_the_worker_of_a_restored_store_says_why_nothing_leaves(restored: Terminal) -> None:
    assert HELD in restored("worker", "--once", now="2026-03-05T12:00:00Z").out
    assert restored.json("worker", "--once")["held"]["since"] == "2026-03-04T12:00:00Z"
    assert not (restored.home / "outbox").exists()


def test_a_restored_store_foresees_who_waits(restored: Terminal) -> None:
    lines = restored.json("forecast")
    assert {(line["stream"], line["will"]) for line in lines} >= {("marketing", "hold"), ("care", "hold")}


def test_mail_goes_on_when_it_is_told_to(restored: Terminal) -> None:
    assert restored.json("resume")["was_held"] is not None
    counts = restored.json("worker", "--once", now="2026-03-04T14:00:00Z")["counts"]
    assert counts["accepted"] == 1
    assert "was not held" in restored("resume").out


def test_mail_is_held_by_hand_with_a_reason(practice: Terminal) -> None:
    practice("hold", "--reason", "I am moving")
    assert "I am moving" in practice("doctor").out
    assert "I am moving" in practice("delivery", "reconcile", status=1).err


def test_a_home_without_a_store_is_not_backed_up(run: Terminal, tmp_path: Path) -> None:
    assert "no store" in run("backup", tmp_path / "monday.zip", status=1).err
    assert not (run.home / "afterglow.db").exists()


def test_a_file_that_is_no_backup_is_refused(run: Terminal, sample: Path) -> None:
    assert "no backup" in run("restore", sample, status=1).err
    assert not (run.home / "afterglow.db").exists()
