"""Bookings from an iCalendar file (RFC 5545): recurrences, moved and cancelled instances, time zones."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from pathlib import Path
from typing import Any

from newsletter.bookings.booking import Booking, Unclear
from newsletter.bookings.sheet import BookingFile
from newsletter.domain.booking import Standing
from newsletter.errors import InputError

MOST_BYTES = 10_000_000
MOST_EVENTS = 20_000
_EARLIEST = 2000  # a series is followed from its first day on: one from the year 1 would take its time
_ALWAYS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"})
_PARTS = {  # whatever else RFC 5545 allows may ask for a day that never comes, and be looked for long
    "DAILY": _ALWAYS,
    "WEEKLY": _ALWAYS | {"BYDAY"},
    "MONTHLY": _ALWAYS | {"BYDAY", "BYMONTHDAY", "BYSETPOS"},
    "YEARLY": _ALWAYS,
}
_LONGEST_INTERVAL = 60
_ADDRESS = re.compile(r"[\w.+%'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_LONGEST = 200
_DAMAGE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, AssertionError)
"""What the libraries raise for a file that is not as RFC 5545 has it."""


def read_calendar(path: Path, *, zone: tzinfo, start: datetime, stop: datetime) -> BookingFile:
    """The bookings of a calendar's file that end between `start` and `stop`. Raises InputError."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path.name} cannot be opened: {error.strerror}.", "Check the file's place.") from error
    return parse_calendar(data, path.name, zone=zone, start=start, stop=stop)


def parse_calendar(data: bytes, name: str, *, zone: tzinfo, start: datetime, stop: datetime) -> BookingFile:
    """The bookings of a calendar that end between `start` and `stop`; floating times are on the clock of `zone`.

    What was moved out of that window, or taken out of a series, is told as `known_only`. Raises InputError, which calls
    the calendar by `name`.
    """
    try:
        events = [event for event in _parsed(data, name).walk("VEVENT") if _is_timed(event)]
        bookings = tuple(_bookings(events, zone, start, stop))
    except _DAMAGE as error:
        raise InputError(f"{name} is damaged: it is no calendar as RFC 5545 has it.", "Export it again.") from error
    return BookingFile(bookings=bookings, columns={})


def _parsed(data: bytes, name: str) -> Any:
    # Imported here: a CSV file needs none of it.
    from icalendar import Calendar

    if len(data) > MOST_BYTES:
        raise InputError(f"{name} is larger than {MOST_BYTES // 1_000_000} MB.", "Export a shorter time.")
    if b"BEGIN:VCALENDAR" not in data[:1000].upper():
        raise InputError(f"{name} is no calendar.", "Export it as iCalendar (.ics), or the bookings as CSV.")
    return Calendar.from_ical(data)


def _is_timed(event: Any) -> bool:
    """Whether it has a time of day: an all-day event is no session."""
    begins = event.get("DTSTART")
    return begins is not None and isinstance(begins.dt, datetime)


def _bookings(events: list[Any], zone: tzinfo, start: datetime, stop: datetime) -> Iterator[Booking | Unclear]:
    sound = [event for event in events if _can_be_followed(event)]
    for number, event in enumerate(events, start=1):
        if not _can_be_followed(event):
            yield Unclear(
                row=number, message="It repeats in a way that no sessions do. Record them by hand: session add."
            )
    series = {_uid(event) for event in sound if _repeats(event) or "RECURRENCE-ID" in event}
    numbers = {_uid(event): number for number, event in reversed(list(enumerate(events, start=1)))}
    seen: set[str] = set()
    for event in _occurrences(sound, start, stop):
        booking = _booking(event, numbers, series, zone)
        if start <= booking.ended_at < stop and booking.reference not in seen:
            seen.add(booking.reference)
            yield booking
    for booking in (*_elsewhere(sound, numbers, series, zone), *_taken_out(sound, numbers, zone)):
        if booking.reference not in seen:
            seen.add(booking.reference)
            yield booking


def _can_be_followed(event: Any) -> bool:
    rules = event.get("RRULE", [])
    return all(_is_usual(rule, event["DTSTART"].dt) for rule in (rules if isinstance(rules, list) else [rules]))


def _is_usual(rule: Any, begins: datetime) -> bool:
    frequencies = [str(each).upper() for each in rule.get("FREQ", [])]
    intervals = [int(each) for each in rule.get("INTERVAL", [1])]
    return (
        len(frequencies) == 1
        and {name.upper() for name in rule} <= _PARTS.get(frequencies[0], frozenset())
        and all(1 <= each <= _LONGEST_INTERVAL for each in intervals)
        and begins.year >= _EARLIEST
    )


def _occurrences(events: Iterable[Any], start: datetime, stop: datetime) -> list[Any]:
    from icalendar import Calendar
    from recurring_ical_events import of

    calendar = Calendar()
    for event in events:
        calendar.add_component(event)
    found = list(islice(of(calendar).between(start, stop), MOST_EVENTS + 1))
    if len(found) > MOST_EVENTS:
        raise InputError(f"The calendar has more than {MOST_EVENTS} events in that time.", "Take a shorter one.")
    return sorted(found, key=lambda event: (_uid(event), str(event["DTSTART"].dt)))


def _elsewhere(events: list[Any], numbers: dict[str, int], series: set[str], zone: tzinfo) -> Iterator[Booking]:
    """Single events and changed instances, wherever they were moved to; of several the latest version (SEQUENCE)."""
    fixed = [event for event in events if not _repeats(event)]
    for event in sorted(fixed, key=lambda event: -int(event.get("SEQUENCE", 0))):
        yield _booking(event, numbers, series, zone, known_only=True)


def _taken_out(events: list[Any], numbers: dict[str, int], zone: tzinfo) -> Iterator[Booking]:
    """Instances that a series leaves out (EXDATE): if they are known here, they were cancelled."""
    for event in events:
        dates = event.get("EXDATE", [])
        for each in dates if isinstance(dates, list) else [dates]:
            for left_out in each.dts:
                if isinstance(left_out.dt, datetime):
                    moment = _utc(left_out.dt, zone)
                    yield Booking(
                        row=numbers[_uid(event)],
                        addresses=(),
                        service="",
                        practitioner="",
                        ended_at=moment,
                        standing=Standing.CANCELLED,
                        reference=_reference(_uid(event), moment),
                        known_only=True,
                    )


def _booking(
    event: Any, numbers: dict[str, int], series: set[str], zone: tzinfo, *, known_only: bool = False
) -> Booking:
    uid = _uid(event)
    instance = event.get("RECURRENCE-ID") if uid in series else None
    cancelled = str(event.get("STATUS", "")).upper() == "CANCELLED"
    return Booking(
        row=numbers[uid],
        addresses=_addresses(event),
        service=str(event.get("SUMMARY", ""))[:_LONGEST],
        practitioner="",
        ended_at=_utc(_end(event), zone),
        standing=Standing.CANCELLED if cancelled else Standing.BOOKED,
        reference=_reference(uid, _utc(instance.dt, zone) if instance is not None else None),
        known_only=known_only,
    )


def _end(event: Any) -> datetime:
    """RFC 5545, 3.6.1: DTEND, or DTSTART and DURATION, or the moment of DTSTART itself."""
    if "DTEND" in event and isinstance(event["DTEND"].dt, datetime):
        ends: datetime = event["DTEND"].dt
        return ends
    length = event["DURATION"].dt if "DURATION" in event else timedelta()
    begins: datetime = event["DTSTART"].dt
    return begins + length


def _addresses(event: Any) -> tuple[str, ...]:
    """Those invited, but for who invites; else the first address in the description. Nothing else of it is kept."""
    organizer = _mailbox(event.get("ORGANIZER", ""))
    invited = event.get("ATTENDEE", [])
    found = [_mailbox(each) for each in (invited if isinstance(invited, list) else [invited])]
    clients = tuple(dict.fromkeys(each for each in found if each and each != organizer))
    if clients:
        return clients
    told = _ADDRESS.search(str(event.get("DESCRIPTION", "")))
    return (told[0].lower(),) if told and told[0].lower() != organizer else ()


def _mailbox(value: Any) -> str:
    text = str(value).strip().lower()
    return text.removeprefix("mailto:")[:_LONGEST] if text.startswith("mailto:") else ""


def _reference(uid: str, instance: datetime | None) -> str:
    return f"ics:{uid}" if instance is None else f"ics:{uid}#{instance:%Y%m%dT%H%M%SZ}"


def _utc(moment: Any, zone: tzinfo) -> datetime:
    if not isinstance(moment, datetime):  # a date, where a series of times was to have one
        raise TypeError(moment)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _repeats(event: Any) -> bool:
    return "RRULE" in event or "RDATE" in event


def _uid(event: Any) -> str:
    return str(event.get("UID", ""))[:_LONGEST]
