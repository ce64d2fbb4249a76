"""The commands of calendars and tasks: what they do, what scripts read, and what is wrong in plain words."""

from collections.abc import Iterator

import pytest

from tests.cli.terminal import Terminal
from tests.flows.calendar_server import SECRET, CalendarServer, calendar, event

NOW = "2026-03-02T09:30:00Z"
BY_ANNA = "ATTENDEE:mailto:anna@example.com"


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[CalendarServer]:
    monkeypatch.setenv("AFTERGLOW_ALLOW_PRIVATE_ADDRESSES", "true")
    monkeypatch.setenv("AFTERGLOW_STUDIO__TIMEZONE", "Europe/London")
    server = CalendarServer(body=calendar(event("one", "20260302T180000", "Reiki", BY_ANNA)))
    server.start()
    yield server
    server.stop()


def test_a_calendar_is_added_read_and_removed(run: Terminal, site: CalendarServer) -> None:
    """Shown by its host alone, whatever is asked; its sessions stay."""
    run("subscriber", "add", "anna@example.com", "--consent", "care", now=NOW)
    added = run.json("calendar", "add", site.url, now=NOW)
    assert (added["id"], added["host"], added["read_at"]) == (1, "127.0.0.1", None)
    (polled,) = run.json("calendar", "poll", now=NOW)
    assert (polled["told"], polled["fault"]) == (1, "")
    shown = run("calendar", "list", now=NOW).out + run("doctor", now=NOW).out + run("calendar", "poll", now=NOW).out
    assert SECRET not in shown
    assert [each["services"] for each in run.json("session", "list")] == [["reiki"]]
    assert "1" in run("calendar", "remove", 1, now=NOW).out
    assert (run.json("calendar", "list"), len(run.json("session", "list"))) == ([], 1)


def test_the_clockwork_reads_what_is_due(run: Terminal, site: CalendarServer) -> None:
    """Once an hour, beside its other work."""
    run("calendar", "add", site.url, now=NOW)
    for moment in (NOW, "2026-03-02T09:35:00Z"):
        run("worker", "--once", now=moment)
    assert len(site.statuses) == 2


def test_what_is_wrong_with_a_calendar_is_said(run: Terminal, site: CalendarServer) -> None:
    """By the exit status too; where there is none, nothing is kept."""
    run("calendar", "add", site.url, now=NOW)
    site.answer = (500, {}, b"")
    assert "answers 500" in run("calendar", "poll", status=1, now=NOW).out
    refused = run("calendar", "add", f"{site.url}?2", status=1, now=NOW)
    assert SECRET not in refused.out + refused.err
    assert len(run.json("calendar", "list")) == 1


def test_a_task_is_listed_settled_and_dismissed(run: Terminal, site: CalendarServer) -> None:
    """A booking without an address, and one of a client who is added meanwhile."""
    site.body = calendar(event("one", "20260302T180000", "Reiki"), event("two", "20260303T180000", "Reiki"))
    run("calendar", "add", site.url, now=NOW)
    run("calendar", "poll", now=NOW)
    first, second = run.json("task", "list", now=NOW)
    assert (first["service"], first["ended_at"]) == ("reiki", "2026-03-02T18:00:00Z")
    run("subscriber", "add", "anna@example.com", "--consent", "care", now=NOW)
    settled = run.json("task", "settle", first["id"], "--client", "anna@example.com", now=NOW)
    assert (settled["settled"], [each["id"] for each in settled["left"]]) == (True, [second["id"]])
    run("task", "dismiss", second["id"], now=NOW)
    assert run.json("task", "list", now=NOW) == []
    assert "There is no task" in run("task", "dismiss", second["id"], status=1, now=NOW).err
    assert run("task", "settle", 1, status=2, now=NOW).err
