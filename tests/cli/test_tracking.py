"""Tracking on the command line: refused without an address, and its figures in the reports."""

import re
from datetime import UTC, datetime

import pytest

from newsletter.app import open_app
from newsletter.config import Settings
from newsletter.web import create_app
from tests.cli.terminal import Terminal

PERSON = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0"}


@pytest.fixture
def tracked(practice: Terminal, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """The practice, with a tracked newsletter that has just left."""
    monkeypatch.setenv("AFTERGLOW_TRACK_CLICKS", "true")
    monkeypatch.setenv("AFTERGLOW_TRACK_ASKS", "false")
    monkeypatch.setenv("AFTERGLOW_PUBLIC_URL", "https://mail.juniper.example")
    practice("campaign", "create", "--article", 1)
    practice("campaign", "launch", 1, "--at-once")
    return practice


def follow_one(run: Terminal) -> None:
    """Somebody follows a link of a mail, the next day."""
    mail = next((run.home / "outbox" / "new").glob("*.eml")).read_text("utf-8").replace("=\n", "")
    (path,) = set(re.findall(r"https://mail\.juniper\.example(/c/[\w-]+/1)\b", mail))
    with open_app(Settings(home=run.home)) as app:
        pages = create_app(app, lambda: datetime(2026, 3, 5, 12, tzinfo=UTC)).test_client()
        assert pages.get(path, headers=PERSON, buffered=True).status_code == 302


def test_tracking_needs_an_address_that_readers_reach(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TRACK_CLICKS", "TRACK_OPENS"):
        monkeypatch.setenv(f"AFTERGLOW_{name}", "true")
        assert "public_url" in run("article", "list", status=1).err


def test_a_report_says_why_it_shows_nothing(tracked: Terminal) -> None:
    assert "Only readers who may be noted are." in tracked("report", "campaign", 1).out


def test_reports_show_who_followed_what_and_what_it_is_worth(tracked: Terminal) -> None:
    follow_one(tracked)
    for words in (("campaign", "show"), ("report", "campaign")):
        found = tracked.json(*words, 1)["response"]
        assert found["clicked"] == {"people": 1, "machines": 0}
        assert found["opened"] == {"people": 0, "machines": 0}
        assert (found["links"][0]["number"], found["links"][0]["people"]) == (1, 1)
        assert "take the figures as a hint" in " ".join(tracked(*words, 1).out.split())


def test_a_newsletter_that_was_not_tracked_has_no_such_figures(practice: Terminal) -> None:
    practice("campaign", "create", "--article", 1)
    assert "response" not in practice.json("campaign", "show", 1)
