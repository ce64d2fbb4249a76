"""Rules on `session review`, `approve` and `hold`: the end of a day in three commands."""

import pytest

from tests.cli.terminal import Terminal

EVENING = "2026-03-04T18:00:00Z"


@pytest.fixture
def day(practice: Terminal) -> Terminal:
    """Anna's tender session of the fourth of March."""
    words = ("session", "add", "--subscriber", "anna@example.com", "--service", "relaxation", "--flag", "tender")
    practice(*words, "--ended", "2026-03-04T16:00", "--now", EVENING)
    return practice


def test_the_review_tells_what_waits(day: Terminal) -> None:
    """With the command that lets it go."""
    (session,) = day.json("session", "review", "--now", EVENING)
    assert {each["reason"] for each in session["mails"]} == {"waits for your review"}
    shown = day("session", "review", "--now", EVENING).out
    assert "session approve ID" in shown
    assert "waits" in shown


def test_sessions_of_last_week_are_not_in_it(day: Terminal) -> None:
    """Three days are enough, unless she asks for more."""
    assert day.json("session", "review", "--now", "2026-03-12T18:00:00Z") == []
    assert len(day.json("session", "review", "--days", "30", "--now", "2026-03-12T18:00:00Z")) == 1


def test_approving_lets_it_go_and_holding_stops_it(day: Terminal) -> None:
    """She is told how many mails that concerns."""
    approved = day.json("session", "approve", "1", "--note", "Thank you for today.", "--now", EVENING)
    assert approved == {"id": 1, "released_deliveries": 2}
    (session,) = day.json("session", "review", "--now", EVENING)
    assert (session["reviewed_at"], session["line"]) == (EVENING, "Thank you for today.")
    assert day.json("session", "hold", "1", "--now", EVENING) == {"id": 1, "stopped_deliveries": 2}
    assert "is held" in day("session", "approve", "1", "--now", EVENING, status=1).err
