"""Rules on `invitation` and `holiday`: on and off, away and back, in a few words."""

from tests.cli.terminal import Terminal

SESSION = ("session", "add", "--subscriber", "anna@example.com", "--service", "relaxation", "--ended")


def test_sessions_are_followed_by_invitations_once_they_are_on(practice: Terminal) -> None:
    """They are shown with the session, in the forecast and in the ledger."""
    assert practice.json("invitation", "show") == {"since": None, "waiting": 0}
    assert practice.json("invitation", "on", now="2026-03-04T09:00:00Z") == {"since": "2026-03-04T09:00:00Z"}
    recorded = practice.json(*SESSION, "2026-03-04T11:00")
    assert [each["step"] for each in recorded["steps"]][-2:] == ["rebook", "win-back"]
    rebook = practice.json("forecast", "--days", "30")[-1]
    assert (rebook["what"], rebook["stream"], rebook["will"]) == ("Whenever it suits you", "marketing", "send")
    assert "rebook" in practice("delivery", "list").out
    assert "on, for sessions that ended after" in practice("invitation", "show").out
    assert practice.json("invitation", "off") == {"since": None, "cancelled_deliveries": 2}
    assert "Invitations are off" in practice("invitation", "show").out


def test_a_holiday_is_set_shown_and_cleared(practice: Terminal) -> None:
    """The doctor knows of it, and asks for somebody to turn to."""
    assert practice.json("holiday", "show") == {"holiday": None}
    assert "No holiday." in practice("holiday", "show").out
    away = {"first_day": "2026-03-20", "last_day": "2026-03-25", "cover": ""}
    assert practice.json("holiday", "set", "2026-03-20", "2026-03-25") == {"holiday": away}
    assert "Name somebody whom clients can turn to" in practice("doctor").out
    practice("holiday", "set", "2026-03-20", "2026-03-25", "--cover", "Ruth, 07700 900123")
    assert "From Fri 20 Mar 2026 to Wed 25 Mar 2026. Cover: Ruth" in practice("holiday", "show").out
    assert practice.json("holiday", "clear")["was"] == away | {"cover": "Ruth, 07700 900123"}
    assert "There was no holiday." in practice("holiday", "clear").out


def test_days_that_cannot_be_are_named(practice: Terminal) -> None:
    """Nothing was changed by them."""
    assert "before it begins" in practice("holiday", "set", "2026-03-25", "2026-03-20", status=1).err
    assert "2026-02-30" in practice("holiday", "set", "2026-02-30", "2026-03-20", status=2).err
    assert practice.json("holiday", "show") == {"holiday": None}
