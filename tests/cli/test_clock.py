"""--now is the clock of a command; what it typed without an offset is read on the studio's clock."""

from tests.cli.terminal import Terminal

REIKI = ("session", "add", "--subscriber", "anna@example.com", "--service", "reiki", "--ended")


def test_what_is_recorded_carries_the_given_time(run: Terminal) -> None:
    """Not that of the computer."""
    run("subscriber", "add", "anna@example.com", now="2020-05-06T07:08:09+02:00")
    assert run.json("subscriber", "list")[0]["created_at"] == "2020-05-06T05:08:09Z"


def test_a_session_is_in_the_future_by_the_given_clock(practice: Terminal) -> None:
    """An hour later the same session has taken place."""
    practice(*REIKI, "2026-03-04T13:00", status=1)
    practice(*REIKI, "2026-03-04T13:00", now="2026-03-04T14:00Z")


def test_a_time_without_an_offset_is_the_studios(practice: Terminal) -> None:
    """In summer London is an hour ahead of UTC."""
    session = practice.json(*REIKI, "2026-07-01T10:00", now="2026-07-01T12:00Z")
    assert session["ended_at"] == "2026-07-01T09:00:00Z"


def test_the_worker_sends_what_is_due_by_the_given_clock(practice: Terminal) -> None:
    """And nothing before."""
    practice("campaign", "create", "--article", 1, "--at", "2026-03-05T10:00")
    early = practice.json("worker", "--once", now="2026-03-05T09:59Z")
    due = practice.json("worker", "--once", now="2026-03-05T10:00Z")
    assert (early["counts"]["accepted"], due["counts"]["accepted"]) == (0, 2)
    assert practice.json("delivery", "list", "--state", "accepted")[0]["accepted_at"] == "2026-03-05T10:00:00Z"


def test_the_same_commands_give_the_same_report(practice: Terminal) -> None:
    """Nothing in a report comes from the computer's own clock."""
    first = practice("delivery", "list", "--json").out + practice("session", "list").out
    assert first == practice("delivery", "list", "--json").out + practice("session", "list").out
