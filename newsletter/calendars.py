"""Calendars: read at their secret address when they are due, and what is new in them is told as notices."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from newsletter import booking, notices
from newsletter.bookings.booking import Booking, Unclear
from newsletter.bookings.sheet import BookingFile
from newsletter.bookings.source import version_at
from newsletter.context import App, Clock
from newsletter.domain.booking import Notice, Standing
from newsletter.domain.feed import after_fault, next_poll
from newsletter.errors import AfterglowError, FetchError, InputError
from newsletter.reading.fetch import Fetched, conditions, fetch
from newsletter.store import calendars
from newsletter.store import notices as stored
from newsletter.store.calendars import Calendar

DAYS_BACK, DAYS_AHEAD = timedelta(days=7), timedelta(days=60)
_LEASE = timedelta(minutes=10)
_WHOLE_AGAIN = timedelta(hours=12)  # without asking whether it changed: the days ahead move on all the same
_ACCEPT = {"Accept": "text/calendar, */*;q=0.5"}
_SCHEMES = {"https": "https", "webcal": "https", "webcals": "https", "http": "http"}
_ADDRESS = re.compile(r"\b\w+://\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What one reading of a calendar brought: `told` is how many bookings are new or changed.

    Where `unchanged`, the server said that the calendar is as it was. `fault` says why it brought nothing.
    """

    calendar: Calendar
    told: int = 0
    unchanged: bool = False
    fault: str = ""
    note: str = ""


def add(app: App, url: str, now: datetime) -> Calendar:
    """Keeps the calendar at an address, due at once. Raises InputError where there is none; it never shows more of the
    address than its host."""
    address = _web_address(url)
    _bookings(app, _fetch(app, address, {}), address, now)
    with app.database.write() as connection:
        return calendars.add(connection, address, now)


def poll_due(app: App, clock: Clock) -> Polled | None:
    """Reads the calendar that has been due longest; None where none is. What goes wrong stands in the outcome."""
    with app.database.write() as connection:
        claimed = calendars.claim(connection, clock(), _LEASE)
    return _poll(app, claimed, clock) if claimed else None


def poll_all(app: App, clock: Clock) -> Iterator[Polled]:
    """Reads every calendar now, due or not."""
    with app.database.read() as connection:
        known = calendars.all_calendars(connection)
    for each in known:
        with app.database.write() as connection:
            claimed = calendars.claim(connection, clock(), _LEASE, each.id)
        if claimed:
            yield _poll(app, claimed, clock)


def _poll(app: App, calendar: Calendar, clock: Clock) -> Polled:
    now = clock()
    is_fresh = calendar.read_at is not None and now - calendar.read_at < _WHOLE_AGAIN
    try:
        fetched = _fetch(app, calendar.url, conditions(calendar.etag, calendar.modified) if is_fresh else {})
        if fetched.unchanged:
            return _still_the_same(app, calendar, clock())
        return _take(app, calendar, fetched, _bookings(app, fetched, calendar.url, now), now)
    except AfterglowError as error:
        return _fault(app, calendar, error, clock())


def _still_the_same(app: App, calendar: Calendar, now: datetime) -> Polled:
    with app.database.write() as connection:
        calendars.unchanged(connection, calendar.id, due_at=next_poll(now, 0, None), now=now)
    return Polled(calendar=calendar, unchanged=True)


def _fault(app: App, calendar: Calendar, error: AfterglowError, now: datetime) -> Polled:
    fault, due_at = after_fault(error, _shown(calendar.url), calendar.failures + 1, now)
    with app.database.write() as connection:
        calendars.failed(connection, calendar.id, fault, due_at=due_at, now=now)
    return Polled(calendar=calendar, fault=fault)


def _take(app: App, calendar: Calendar, fetched: Fetched, found: BookingFile, now: datetime) -> Polled:
    unclear = [each for each in found.bookings if isinstance(each, Unclear)]
    note = f"{len(unclear)} events repeat in a way that no sessions do, and were left out." if unclear else ""
    with app.database.read() as connection:  # nobody else reads this calendar now, and others may write meanwhile
        latest = stored.latest_of(connection, calendar.source, now - DAYS_BACK)
        told = _told(app, connection, calendar, found, now)
    if _is_whole(fetched, found):
        told += _gone(latest, {each.reference for each in told}, now)
    changed = [each for each in told if not _is_known(each, latest.get(each.reference))]
    with app.database.write() as connection:
        notices.record(app, connection, calendar.source, changed, now)
        calendars.read(
            connection,
            calendar.id,
            due_at=next_poll(now, 0, None),
            now=now,
            etag=fetched.etag,
            modified=fetched.modified,
            note=note,
        )
    return Polled(calendar=calendar, told=len(changed), note=note)


def _told(app: App, connection: Connection, calendar: Calendar, found: BookingFile, now: datetime) -> list[Notice]:
    """What the calendar says now of bookings; a calendar holds the dentist too, and nothing is kept of that."""
    bookings = [each for each in found.bookings if isinstance(each, Booking)]
    here = stored.known(connection, calendar.source, [each.reference for each in bookings])
    remembered = booking.remember_services(app, connection, {})
    told = []
    for each in bookings:
        plans = booking.plans_of(app, each.service, remembered)
        concerns_us = not each.known_only and (
            plans or any(booking.is_client(connection, one) for one in each.addresses)
        )
        if concerns_us or each.reference in here:
            told.append(_notice(calendar, each, plans, now))
    return [each for each in told if not notices.names_erased(app, connection, each)]


def _notice(calendar: Calendar, told: Booking, plans: tuple[str, ...], now: datetime) -> Notice:
    """A title may hold more than the service: where that is known, it is all that is kept."""
    return Notice(
        source=calendar.source,
        reference=told.reference,
        version=version_at(now),
        standing=told.standing,
        addresses=told.addresses,
        service=" + ".join(plans) or told.service,
        practitioner=told.practitioner,
        ended_at=told.ended_at,
    )


def _gone(latest: Mapping[str, Notice], there: set[str], now: datetime) -> list[Notice]:
    """Bookings to come that the calendar no longer holds: whoever deletes an event calls it off."""
    return [
        replace(each, version=version_at(now), standing=Standing.CANCELLED)
        for reference, each in latest.items()
        if reference not in there and each.ended_at is not None and now < each.ended_at < now + DAYS_AHEAD
    ]


def _is_known(told: Notice, latest: Notice | None) -> bool:
    return latest is not None and told.content == latest.content


def _is_whole(fetched: Fetched, found: BookingFile) -> bool:
    """A calendar that breaks off, holds nothing, or could not be followed in all its parts calls nothing off."""
    is_read = bool(found.bookings) and not any(isinstance(each, Unclear) for each in found.bookings)
    return is_read and fetched.body.rstrip().upper().endswith(b"END:VCALENDAR")


def _bookings(app: App, fetched: Fetched, url: str, now: datetime) -> BookingFile:
    from newsletter.bookings.calendar import parse_calendar  # its libraries take a while to import

    zone = ZoneInfo(app.studio.timezone)
    return parse_calendar(fetched.body, _shown(url), zone=zone, start=now - DAYS_BACK, stop=now + DAYS_AHEAD)


def _fetch(app: App, url: str, headers: Mapping[str, str]) -> Fetched:
    """What lies there. No fault of it tells the address, nor does the fault behind the fault."""
    try:
        return fetch(url, allow_private=app.settings.allow_private_addresses, headers={**_ACCEPT, **headers})
    except InputError as error:
        discreet = _discreet(error, url)
    raise discreet


def _discreet(error: InputError, url: str) -> InputError:
    message = _ADDRESS.sub(_shown(url), error.message)
    if isinstance(error, FetchError):
        return FetchError(message, error.remedy, status=error.status, retry_after=error.retry_after)
    return InputError(message, error.remedy)


def _web_address(url: str) -> str:
    scheme, _, rest = url.strip().partition("://")
    address = f"{_SCHEMES.get(scheme.lower(), '')}://{rest}"
    try:
        usable = urlsplit(address).hostname and not address.startswith(":")
    except ValueError:
        usable = False
    if not usable:
        raise InputError("That is no web address of a calendar.", "Give one that begins with https:// or webcal://.")
    return address


def _shown(url: str) -> str:
    return f"The calendar at {urlsplit(url).hostname}"
