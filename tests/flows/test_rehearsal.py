"""The rehearsal: last month's bookings run through the plans; the store is not touched."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from newsletter.booking import import_bookings
from newsletter.context import App
from newsletter.errors import InputError
from newsletter.rehearsal import Rehearsal, rehearse
from newsletter.store import meta
from newsletter.worker import tick
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber
from subscribers.tables import metadata
from tests.flows.conftest import ledger

AddClient = Callable[..., Subscriber]
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HEADINGS = "Booking ID,Client Email,Treatment,End,Status\n"
LATER = "18,anna@example.com,Relaxation,2026-02-17 18:00,Confirmed\n"
FIRST = "17,anna@example.com,Deep Tissue 60,2026-02-03 12:00,Confirmed\n"


@pytest.fixture
def run(app: App, tmp_path: Path) -> Callable[..., Rehearsal]:
    def _run(text: str, name: str = "february.csv", **options: Any) -> Rehearsal:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return rehearse(app, path, NOW, 30, **options)

    return _run


Run = Callable[..., Rehearsal]


def _dump(app: App) -> dict[str, list[Any]]:
    with app.database.read() as connection:
        return {table.name: list(connection.execute(select(table))) for table in metadata.sorted_tables}


def _told(found: Rehearsal) -> list[tuple[str, str, str]]:
    care = [each for each in found.mails if each.stream is Stream.CARE]
    return [(f"{each.at:%d %H:%M}", each.step or "", each.will.value) for each in care]


def test_last_months_bookings_tell_who_would_have_got_what(add_client: AddClient, run: Run) -> None:
    """The latest booking first, as many exports have it: the first visit is the first all the same."""
    add_client()
    told = _told(run(HEADINGS + LATER + FIRST))
    assert [line for line in told if line[0] < "17"] == [
        ("03 15:00", "same-day", "send"),
        ("04 09:00", "next-morning", "send"),
        ("06 10:00", "day-3", "send"),
    ]
    assert [line[2] for line in told if line[0] >= "17"] == ["send"]


def test_nothing_of_it_is_in_the_store(app: App, add_client: AddClient, run: Run) -> None:
    """Neither sessions nor mails, nor what was chosen for the columns of the file."""
    add_client()
    before = _dump(app)
    run(HEADINGS + FIRST)
    assert _dump(app) == before


def test_who_would_not_have_got_anything_is_named_with_the_reason(add_client: AddClient, run: Run) -> None:
    """Nobody's address, no consent, a session that did not take place."""
    add_client()
    add_client("ben@example.com", consents=(Stream.MARKETING,))
    rows = [
        FIRST.replace("17,anna", "20,ben"),
        FIRST.replace("17,anna", "21,nobody"),
        FIRST.replace("17,", "22,").replace("Confirmed", "Cancelled"),
    ]
    found = run(HEADINGS + "".join(rows))
    assert found.mails == []
    assert [each.client.partition("@")[0] for each in found.left_out] == ["ben", "nobody", "anna"]
    assert "has not agreed" in found.left_out[0].message
    assert "did not take place" in found.left_out[2].message


def test_what_the_store_did_that_month_changes_nothing(
    app: App, add_client: AddClient, run: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The same file taken in, its mails sent, and all mail held since then: the rehearsal is the same."""
    add_client()
    before = _told(run(HEADINGS + FIRST + LATER))
    import_bookings(app, tmp_path / "february.csv", NOW - timedelta(days=30))
    for day in range(28, 0, -1):
        _tick(app, NOW - timedelta(days=day))
    with app.database.write() as connection:
        meta.hold(connection, "restored", NOW)
    assert any(each.state == "accepted" for each in ledger(app))
    assert _told(run(HEADINGS + FIRST + LATER)) == before
    assert "put back" not in caplog.text


def _tick(app: App, moment: datetime) -> None:
    tick(app, lambda: moment)


def test_a_step_that_is_not_meant_for_a_visit_says_so_when_it_would_have_gone(
    app: App, add_client: AddClient, run: Run
) -> None:
    """Not on the day that the forecast was made to begin with."""
    plans = app.settings.home / "plans"
    plans.mkdir()
    plan = _PLAN.replace("KEY", "when = { visit_from = 2 }")
    (plans / "scalp.toml").write_text(plan, encoding="utf-8")
    add_client()
    (line,) = run(HEADINGS + FIRST.replace("Deep Tissue 60", "scalp")).mails
    assert (f"{line.at:%d %H:%M}", line.will, line.reason) == ("03 15:00", "skip", "is meant from visit 2 on")


_PLAN = """
name = "scalp"
title = "Scalp massage"
safety = ["emergency", "clot", "deep_work", "skin", "general"]
[[steps]]
name = "same-day"
offset = { hours = 3 }
KEY
subject = "A few words after your visit"
preheader = "Small, easy things for the hours ahead, and how to reach me."
title = "Until tomorrow"
letter = "Thank you for coming in.\\n\\nWarmly,\\n[[ practitioner ]]"
"""


def test_a_calendar_is_rehearsed_as_far_back_as_it_is_asked_for(add_client: AddClient, run: Run) -> None:
    """The event of a month ago counts, that of the autumn does not."""
    add_client()
    events = "".join(_event(number, day) for number, day in enumerate(["20251103", "20260203"]))
    found = run(f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{events}END:VCALENDAR\r\n", "month.ics")
    assert {each.at.month for each in found.mails} == {2}


def _event(number: int, day: str) -> str:
    when = f"DTSTART:{day}T170000Z\r\nDTEND:{day}T180000Z\r\n"
    who = "SUMMARY:Deep tissue\r\nATTENDEE:mailto:anna@example.com\r\n"
    return f"BEGIN:VEVENT\r\nUID:{number}@x\r\nDTSTAMP:{day}T000000Z\r\n{when}{who}END:VEVENT\r\n"


def test_invitations_are_rehearsed_as_if_they_were_switched_on(add_client: AddClient, run: Run) -> None:
    """One that she came before is skipped; after the last visit she would have been asked."""
    add_client()
    found = run(HEADINGS + FIRST + LATER)
    asked = [(each.step, each.will.value) for each in found.mails if each.stream is Stream.MARKETING]
    assert ("rebook", "skip") in asked
    assert ("rebook", "send") in asked


def test_a_file_without_bookings_is_refused(run: Run) -> None:
    """An empty forecast would look as if nobody got anything."""
    with pytest.raises(InputError, match="no booking"):
        run(HEADINGS)
