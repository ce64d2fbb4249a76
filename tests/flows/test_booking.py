"""Booking: a file of bookings becomes sessions, and what the file says later is followed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsletter.booking import import_bookings
from newsletter.bookings.report import BookingReport
from newsletter.context import App
from newsletter.domain.aftercare import Session
from newsletter.errors import InputError
from newsletter.store import aftercare as sessions
from newsletter.worker import tick
from subscribers.subscriber import Subscriber
from tests.flows.conftest import ledger, states

AddClient = Callable[..., Subscriber]
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)  # a Monday; London is on UTC
HEADINGS = "Booking ID,Client Email,Treatment,Therapist,Start,End,Status,Client notes\n"
ROW = "17,anna@example.com,Deep Tissue 60,Mara,2026-03-02 17:00,2026-03-02 18:00,Confirmed,expecting twins\n"


@pytest.fixture
def take(app: App, tmp_path: Path) -> Callable[..., BookingReport]:
    def _take(text: str, name: str = "bookings.csv", now: datetime = NOW, **options: object) -> BookingReport:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return import_bookings(app, path, now, **options)  # type: ignore[arg-type]  # by name

    return _take


Take = Callable[..., BookingReport]


def outcomes(report: BookingReport) -> list[str]:
    return [each.outcome.value for each in report.rows]


def recorded(app: App) -> list[Session]:
    with app.database.read() as connection:
        return [line.session for line in sessions.all_sessions(connection)]


def test_a_booking_to_come_is_a_booked_session_with_its_mails(app: App, add_client: AddClient, take: Take) -> None:
    """Headings nobody agreed on are understood, and the service by its words."""
    add_client()
    report = take(HEADINGS + ROW)
    (session,) = recorded(app)
    assert (outcomes(report), session.services, session.state.value) == (["added"], ("deep-tissue",), "booked")
    assert session.ended_at == datetime(2026, 3, 2, 18, tzinfo=UTC)
    assert {each.step for each in ledger(app)} >= {"same-day", "next-morning"}


def test_notes_are_dropped_at_the_door(app: App, add_client: AddClient, take: Take) -> None:
    """Nothing of a column that is not needed reaches the store or the report."""
    add_client()
    report = take(HEADINGS + ROW)
    assert report.left_out == ("Client notes",)
    kept = app.settings.home.rglob("*")
    assert not [path for path in kept if path.is_file() and b"expecting twins" in path.read_bytes()]
    assert "twins" not in repr(report)


def test_the_same_file_again_changes_nothing(app: App, add_client: AddClient, take: Take) -> None:
    """A file can be taken in as often as one likes."""
    add_client()
    take(HEADINGS + ROW)
    before = recorded(app), ledger(app)
    assert outcomes(take(HEADINGS + ROW)) == ["unchanged"]
    assert (recorded(app), ledger(app)) == before


def test_a_moved_row_moves_the_session(app: App, add_client: AddClient, take: Take) -> None:
    """The reference says which booking it is."""
    add_client()
    take(HEADINGS + ROW)
    report = take(HEADINGS + ROW.replace("-02 1", "-05 1"))
    (session,) = recorded(app)
    assert (outcomes(report), session.ended_at.day) == (["moved"], 5)


@pytest.mark.parametrize(("word", "state"), [("Canceled", "cancelled"), ("No-Show", "no_show")])
def test_what_did_not_take_place_takes_its_mails_along(
    app: App, add_client: AddClient, take: Take, word: str, state: str
) -> None:
    """A cancelled session and a no-show have no aftercare, and stay so."""
    add_client()
    take(HEADINGS + ROW)
    report = take(HEADINGS + ROW.replace("Confirmed", word))
    assert (outcomes(report), recorded(app)[0].state.value) == (["cancelled"], state)
    assert states(app).get("queued") is None
    assert outcomes(take(HEADINGS + ROW)) == ["unchanged"]


def test_of_two_rows_with_one_reference_the_later_counts(app: App, add_client: AddClient, take: Take) -> None:
    """An export that lists the old time and the new one moves nothing to and fro."""
    add_client()
    text = HEADINGS + ROW + ROW.replace("-02 1", "-05 1")
    assert outcomes(take(text)) == ["unchanged", "added"]
    assert outcomes(take(text)) == ["unchanged", "unchanged"]


def test_who_cannot_be_mailed_is_something_to_do(app: App, add_client: AddClient, take: Take) -> None:
    """Without an address, unknown, without consent: a line that says what to do, and the others are taken."""
    add_client()
    add_client("dora@example.com", consents=())
    rows = [
        ROW.replace("17,", f"{number},", 1).replace("anna@example.com", address)
        for number, address in enumerate(
            ["", "nobody@example.com", "dora@example.com", "no address", "anna@example.com"]
        )
    ]
    report = take(HEADINGS + "".join(rows))
    assert outcomes(report) == ["to_do"] * 4 + ["added"]
    assert "Ask" in report.rows[0].message
    assert "--consent care" in report.rows[1].message
    assert "--consent care" in report.rows[2].message


def test_an_unknown_service_is_asked_once(app: App, add_client: AddClient, take: Take) -> None:
    """What was said of a service is remembered by its words."""
    add_client()
    text = HEADINGS + ROW.replace("Deep Tissue 60", "The Mara Special")
    assert "--service" in take(text).rows[0].message
    assert outcomes(take(text, services={"The Mara special": "sports"})) == ["added"]
    later = text.replace("17,", "18,", 1).replace("-02 1", "-05 1")
    assert outcomes(take(later)) == ["added"]
    assert {each.services for each in recorded(app)} == {("sports",)}


def test_chosen_columns_are_remembered_for_the_same_headings(app: App, add_client: AddClient, take: Take) -> None:
    """A file of the same kind is read the same way next time."""
    add_client()
    text = "Who,What,Over\nanna@example.com,Reiki,2026-03-02 18:00\n"
    with pytest.raises(InputError, match="“Who”, “What”, “Over”"):
        take(text)
    assert outcomes(take(text, columns={"email": "Who", "service": "What", "end": "Over"})) == ["added"]
    assert take(text).columns == {"email": "Who", "service": "What", "end": "Over"}


def test_a_dry_run_changes_nothing_at_all(app: App, add_client: AddClient, take: Take) -> None:
    """Not the sessions, not the mails, not what is remembered."""
    add_client()
    text = HEADINGS + ROW.replace("Deep Tissue 60", "Special")
    assert outcomes(take(text, services={"Special": "reiki"}, dry_run=True)) == ["added"]
    assert (recorded(app), ledger(app)) == ([], [])
    assert outcomes(take(text)) == ["to_do"]


def test_a_session_recorded_by_hand_is_the_same_session(app: App, add_client: AddClient, take: Take) -> None:
    """From then on the reference finds it: a later row can cancel it."""
    add_client()
    take(HEADINGS + ROW.replace("17,", ",", 1))
    assert outcomes(take(HEADINGS + ROW)) == ["unchanged"]
    assert outcomes(take(HEADINGS + ROW.replace("-02 1", "-05 1"))) == ["moved"]


def test_last_years_bookings_send_nothing(app: App, add_client: AddClient, take: Take) -> None:
    """Nothing is mailed for a session older than the grace of its steps; it counts as a visit all the same."""
    add_client()
    rows = "".join(
        f"{day},anna@example.com,Deep tissue,Mara,2025-03-{day:02} 17:00,2025-03-{day:02} 18:00,Completed,\n"
        for day in range(1, 29)
    )
    assert take(HEADINGS + rows).counts["added"] == 28
    assert ledger(app) == []
    for days in range(40):
        tick(app, lambda days=days: NOW + timedelta(days=days))  # type: ignore[misc]  # bound at once
    assert ledger(app) == []


def test_a_booking_moved_into_the_past_sends_nothing(app: App, add_client: AddClient, take: Take) -> None:
    """What was planned for it comes too late, and is held back by its own moment."""
    add_client()
    take(HEADINGS + ROW)
    take(HEADINGS + ROW.replace("2026-03-02", "2025-03-02"))
    tick(app, lambda: NOW + timedelta(days=1))
    assert not [each for each in ledger(app) if each.state.value in ("accepted", "sending", "delivered")]


def test_a_reference_of_another_client_moves_nothing(app: App, add_client: AddClient, take: Take) -> None:
    """Two programs may both have a booking 17."""
    add_client()
    add_client("dora@example.com")
    take(HEADINGS + ROW)
    before = recorded(app)
    report = take(HEADINGS + ROW.replace("anna@", "dora@").replace("-02 1", "-05 1"))
    assert outcomes(report) == ["to_do"]
    assert recorded(app) == before


SERIES = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Juniper//EN
BEGIN:VEVENT
UID:weekly@juniper
DTSTAMP:20260301T000000Z
DTSTART;TZID=Europe/London:20260302T170000
DTEND;TZID=Europe/London:20260302T180000
RRULE:FREQ=WEEKLY;COUNT=3
SUMMARY:Reiki with Anna
DESCRIPTION:Booked by anna@example.com\\nNotes: tearful
END:VEVENT
{more}END:VCALENDAR
"""
INSTANCE = """BEGIN:VEVENT
UID:weekly@juniper
DTSTAMP:20260301T000000Z
RECURRENCE-ID;TZID=Europe/London:20260309T170000
DTSTART;TZID=Europe/London:{day}T170000
DTEND;TZID=Europe/London:{day}T180000
SEQUENCE:1
STATUS:{status}
SUMMARY:Reiki with Anna
DESCRIPTION:Booked by anna@example.com
END:VEVENT
"""


def test_a_series_becomes_a_session_each(app: App, add_client: AddClient, take: Take) -> None:
    """Taken in again, it changes nothing."""
    add_client()
    assert outcomes(take(SERIES.format(more=""), "feed.ics")) == ["added"] * 3
    assert outcomes(take(SERIES.format(more=""), "feed.ics")) == ["unchanged"] * 3
    assert [each.ended_at.day for each in recorded(app)] == [16, 9, 2]


@pytest.mark.parametrize("day", ["20260310", "20260901"])
def test_a_moved_instance_moves_its_session_alone(app: App, add_client: AddClient, take: Take, day: str) -> None:
    """Even out of the window that is looked at."""
    add_client()
    take(SERIES.format(more=""), "feed.ics")
    report = take(SERIES.format(more=INSTANCE.format(day=day, status="CONFIRMED")), "feed.ics")
    assert sorted(outcomes(report)) == ["moved", "unchanged", "unchanged"]
    assert f"{max(each.ended_at for each in recorded(app)):%Y%m%d}" == max(day, "20260316")


def test_a_cancelled_and_a_left_out_instance_are_cancelled(app: App, add_client: AddClient, take: Take) -> None:
    """By STATUS, or by EXDATE."""
    add_client()
    take(SERIES.format(more=""), "feed.ics")
    changed = SERIES.format(more=INSTANCE.format(day="20260309", status="CANCELLED"))
    left_out = changed.replace("SUMMARY", "EXDATE;TZID=Europe/London:20260316T170000\nSUMMARY", 1)
    assert sorted(outcomes(take(left_out, "feed.ics"))) == ["cancelled", "cancelled", "unchanged"]
    assert [each.state.value for each in recorded(app)] == ["cancelled", "cancelled", "booked"]


def test_a_file_that_cannot_be_read_changes_nothing(app: App, add_client: AddClient, take: Take) -> None:
    """Refused in plain words."""
    add_client()
    for text, name in [("", "a.csv"), ("a,b\n1,2\n", "a.csv"), ("hello", "a.ics"), ("BEGIN:VCALENDAR\nx", "a.ics")]:
        with pytest.raises(InputError):
            take(text, name)
    assert recorded(app) == []
