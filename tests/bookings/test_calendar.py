"""Bookings from calendars, held against recurring-ical-events."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from recurring_ical_events import of

from newsletter.bookings.booking import Booking, Unclear
from newsletter.bookings.calendar import read_calendar
from newsletter.domain.booking import Standing
from newsletter.errors import InputError

LONDON = ZoneInfo("Europe/London")
START, STOP = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
EXPORT = Path(__file__).with_name("studio.ics")


def read(data: bytes) -> list[Booking | Unclear]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.ics"
        path.write_bytes(data)
        return list(read_calendar(path, zone=LONDON, start=START, stop=STOP).bookings)


def bookings(data: bytes) -> list[Booking]:
    return [each for each in read(data) if isinstance(each, Booking)]


def event(*lines: str) -> bytes:
    body = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VEVENT", *lines, "END:VEVENT"])
    return f"{body}\r\nEND:VCALENDAR\r\n".encode()


def test_an_export_is_expanded_as_recurring_ical_events_does() -> None:
    """Over the change to summer time, with instances moved, cancelled and left out; all-day events aside."""
    expected = sorted(
        (str(each["UID"]), each.end.replace(tzinfo=each.end.tzinfo or LONDON).astimezone(UTC))
        for each in of(Calendar.from_ical(EXPORT.read_bytes())).between(START, STOP)
        if isinstance(each.start, datetime)
    )
    found = [each for each in bookings(EXPORT.read_bytes()) if not each.known_only]
    assert sorted((each.reference[4:].partition("#")[0], each.ended_at) for each in found) == expected
    assert len({each.reference for each in found}) == len(found)


def test_an_export_keeps_the_studios_clock_over_the_change_of_time() -> None:
    """18:00 in London is 18:00 UTC in winter and 17:00 in summer."""
    weekly = [each for each in bookings(EXPORT.read_bytes()) if "weekly" in each.reference and not each.known_only]
    told = {f"{each.ended_at:%d.%m. %H:%M}": each.standing for each in weekly}
    assert told == {
        "02.03. 18:00": Standing.BOOKED,
        "10.03. 19:30": Standing.BOOKED,  # moved from the 9th
        "16.03. 18:00": Standing.CANCELLED,
        "30.03. 17:00": Standing.BOOKED,  # summer time; the 23rd was left out
        "06.04. 17:00": Standing.BOOKED,
    }


def test_a_zone_is_understood_as_the_file_defines_it() -> None:
    """A VTIMEZONE with a name of its own."""
    (found,) = [each for each in bookings(EXPORT.read_bytes()) if "own-zone" in each.reference]
    assert found.ended_at == datetime(2026, 3, 5, 16, tzinfo=UTC)


def test_what_was_left_out_or_moved_away_is_told_as_known_only() -> None:
    """So that a session recorded before is cancelled or moved, and none is made of it."""
    told = {each.reference: each for each in bookings(EXPORT.read_bytes()) if each.known_only}
    assert told["ics:weekly@juniper.example#20260323T170000Z"].standing is Standing.CANCELLED
    assert told["ics:autumn@juniper.example"].ended_at == datetime(2026, 9, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lines", "addresses"),
    [
        (
            [
                "ORGANIZER:mailto:mara@juniper.example",
                "ATTENDEE:MAILTO:Mara@juniper.example",
                "ATTENDEE:mailto:Anna@example.com",
            ],
            ("anna@example.com",),
        ),
        (["DESCRIPTION:Client: Anna <anna@example.com>\\, bring towels to dora@example.com"], ("anna@example.com",)),
        (["DESCRIPTION:call her"], ()),
    ],
)
def test_the_client_is_who_was_invited_or_is_named(lines: list[str], addresses: tuple[str, ...]) -> None:
    """Not who invites."""
    (found,) = bookings(event("UID:a", "DTSTART:20260302T170000Z", "DURATION:PT1H", *lines))
    assert found.addresses == addresses


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;COUNT=9",
        "FREQ=DAILY;BYHOUR=1,2,3;BYSECOND=1,2",
        "FREQ=HOURLY",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
    ],
)
def test_what_repeats_as_no_session_does_is_not_followed(rule: str) -> None:
    """A hostile calendar must not take an hour of the computer's time."""
    (found,) = read(event("UID:a", "DTSTART:20260302T170000Z", "DTEND:20260302T180000Z", f"RRULE:{rule}"))
    assert isinstance(found, Unclear)


def test_an_all_day_event_is_no_session() -> None:
    """A holiday is none."""
    assert read(event("UID:a", "DTSTART;VALUE=DATE:20260302", "SUMMARY:Holiday")) == []


VALUES = st.sampled_from(
    ["20260302T170000Z", "20260302", "", "x", "99999999T999999", "00010101T000000Z", "99991231T235959Z", "-P1W", "PT1H",
     "FREQ=DAILY", "FREQ=DAILY;INTERVAL=0", "FREQ=YEARLY;BYMONTHDAY=30;BYMONTH=2", "FREQ=DAILY;UNTIL=x", "FREQ=",
     "CANCELLED", "mailto:", "P99999999999D", "20260302T170000Z/PT1H", "-1", "1e9"]
)  # fmt: skip
NAMES = st.sampled_from(
    ["UID", "DTSTART", "DTSTART;TZID=Europe/London", "DTSTART;TZID=Nowhere/At All", "DTEND", "DURATION", "RRULE",
     "RDATE", "EXDATE", "RECURRENCE-ID", "RECURRENCE-ID;RANGE=THISANDFUTURE", "SEQUENCE", "STATUS", "ATTENDEE",
     "ORGANIZER"]
)  # fmt: skip


@given(st.lists(st.tuples(NAMES, VALUES), max_size=8))
def test_any_event_is_read_or_refused(lines: list[tuple[str, str]]) -> None:
    """An InputError, and nothing else."""
    with suppress(InputError):
        read(event(*(f"{name}:{value}" for name, value in lines)))


@given(st.binary(max_size=200))
def test_any_file_is_read_or_refused(data: bytes) -> None:
    """Whatever stands in it."""
    for start in (b"", b"BEGIN:VCALENDAR\r\n", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"):
        with suppress(InputError):
            read(start + data)


def test_a_window_ends_before_its_last_moment() -> None:
    """What ends at the very end belongs to the next look."""
    ends = STOP - timedelta(seconds=1)
    lines = ("UID:a", f"DTSTART:{START:%Y%m%dT%H%M%SZ}", f"DTEND:{ends:%Y%m%dT%H%M%SZ}")
    assert [each.known_only for each in bookings(event(*lines))] == [False]
