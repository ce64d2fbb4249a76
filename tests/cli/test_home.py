"""A home is a folder of any name; all that belongs to it lies in it, and what breaks in it is told in plain words."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from newsletter.cli import main
from tests.cli.terminal import Terminal


@pytest.mark.parametrize("name", ["my practice", "h%20x", "50% off", "a#b", "Prøve 山", "wh?t", "a;b&c=d"])
def test_a_home_may_have_any_name(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """The store is in it, and nothing beside it."""
    if sys.platform == "win32" and "?" in name:
        pytest.skip("Windows has no such names")
    run = Terminal(tmp_path / "homes" / name, "2026-03-04", capsys)
    run("subscriber", "add", "anna@example.com")
    assert [folder.name for folder in (tmp_path / "homes").iterdir()] == [name]
    assert (run.home / "afterglow.db").exists()
    assert len(run.json("subscriber", "list")) == 1


def test_a_store_whose_key_is_gone_is_refused(run: Terminal) -> None:
    """A new key would break every unsubscribe link that was sent."""
    run("subscriber", "add", "anna@example.com")
    (run.home / "secret.key").unlink()
    assert main(["subscriber", "list", "--home", str(run.home)]) == 1
    assert not (run.home / "secret.key").exists()


def test_the_home_may_be_given_by_the_environment(
    run: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--home wins over it."""
    monkeypatch.setenv("AFTERGLOW_HOME", str(tmp_path / "other"))
    assert main(["article", "list", "--json"]) == 0
    assert (tmp_path / "other" / "afterglow.db").exists()
    run("subscriber", "list")
    assert (run.home / "afterglow.db").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_the_key_is_for_its_owner_alone(run: Terminal) -> None:
    """It signs the links of every mail."""
    run("article", "list")
    assert (run.home / "secret.key").stat().st_mode & 0o077 == 0


def test_a_fault_of_our_own_is_kept_for_whoever_mends_it(practice: Terminal) -> None:
    """The therapist reads no trace; it is in a file of which she is told."""
    with closing(sqlite3.connect(practice.home / "afterglow.db")) as connection, connection:
        connection.execute("ALTER TABLE article RENAME TO elsewhere")
    answer = practice("article", "list", status=1)
    assert "Traceback" not in answer.err
    kept = Path(answer.err.strip().rpartition(": ")[2])
    assert "no such table" in kept.read_text(encoding="utf-8")
    kept.unlink()
