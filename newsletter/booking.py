"""Booking: what a booking program wrote in a file becomes sessions; moved, cancelled and repeated rows too."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from newsletter import aftercare as care
from newsletter.bookings import services as words
from newsletter.bookings.booking import Booking, Unclear
from newsletter.bookings.report import BookingReport, Outcome, RowReport
from newsletter.bookings.sheet import BookingFile, read_sheet
from newsletter.bookings.words import plain
from newsletter.context import App
from newsletter.domain.aftercare import Session, SessionState
from newsletter.domain.booking import Standing
from newsletter.errors import InputError, NotFoundError, RefusedError
from newsletter.store import aftercare as sessions
from newsletter.store import meta
from subscribers.errors import AudienceError
from subscribers.store import people
from subscribers.subscriber import Subscriber

DAYS_BACK, DAYS_AHEAD = 7, 60
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_SERVICES = "booking services"
_COLUMNS = "booking columns"
_MONTH_FIRST = frozenset({"US", "PH", "FM", "MH", "PW"})
_CALENDARS = frozenset({".ics", ".ical", ".ifb", ".icalendar"})
_OVER = {Standing.CANCELLED: SessionState.CANCELLED, Standing.NO_SHOW: SessionState.NO_SHOW}


class _ToDo(Exception):  # noqa: N818  # nothing is wrong with the file: a person has something to decide
    """What the therapist has to do about a row."""


def import_bookings(
    app: App,
    path: Path,
    now: datetime,
    *,
    dry_run: bool = False,
    columns: Mapping[str, str] | None = None,
    services: Mapping[str, str] | None = None,
    days_back: int = DAYS_BACK,
    days_ahead: int = DAYS_AHEAD,
) -> BookingReport:
    """Takes in a CSV or iCalendar file: all of it, or with `dry_run` nothing. Given again it changes nothing.

    `columns` (name: heading) and `services` (words: plan) are remembered. The days count for calendars, which have no
    end of their own. Raises InputError, and then nothing was changed.
    """
    with app.database.write() as connection:
        trial = connection.begin_nested()
        told = remember_services(app, connection, services or {})
        found = read_file(app, connection, path, now, columns=columns, days_back=days_back, days_ahead=days_ahead)
        rows = take_all(app, connection, found, told, now)
        if dry_run:
            trial.rollback()
        else:
            trial.commit()
    return BookingReport(file=path.name, columns=found.columns, left_out=found.left_out, rows=rows)


def read_file(
    app: App,
    connection: Connection,
    path: Path,
    now: datetime,
    *,
    columns: Mapping[str, str] | None = None,
    days_back: int = DAYS_BACK,
    days_ahead: int = DAYS_AHEAD,
) -> BookingFile:
    """What a file tells, by its kind; the columns that were chosen are remembered. Raises InputError."""
    if path.suffix.lower() in _CALENDARS:
        return _calendar(app, path, now, days_back, days_ahead)
    return _sheet(app, connection, path, columns or {})


def _calendar(app: App, path: Path, now: datetime, days_back: int, days_ahead: int) -> BookingFile:
    from newsletter.bookings.calendar import read_calendar  # its libraries take a while to import

    zone = ZoneInfo(app.studio.timezone)
    return read_calendar(path, zone=zone, start=now - timedelta(days=days_back), stop=now + timedelta(days=days_ahead))


def _sheet(app: App, connection: Connection, path: Path, chosen: Mapping[str, str]) -> BookingFile:
    found = read_sheet(
        path,
        zone=ZoneInfo(app.studio.timezone),
        american=app.studio.country in _MONTH_FIRST,
        chosen=chosen,
        remembered=lambda headings: meta.remembered(connection, _key(headings)),
    )
    meta.remember(connection, _key(found.headings), found.columns)
    return found


def _key(headings: Sequence[str]) -> str:
    """The same headings, in any order, are the same kind of file."""
    named = json.dumps(sorted(plain(heading) for heading in headings))
    return f"{_COLUMNS} {hashlib.sha256(named.encode()).hexdigest()[:16]}"


def remember_services(app: App, connection: Connection, told: Mapping[str, str]) -> dict[str, str]:
    """Which plan each service has, by its words: what was told before, and now. Raises InputError."""
    known = _services(app)
    for service, plan in told.items():
        if plan not in known:
            raise InputError(f"There is no care plan “{plan}” for “{service}”.", f"Plans: {', '.join(sorted(known))}.")
    remembered = meta.remembered(connection, _SERVICES) | {plain(service): plan for service, plan in told.items()}
    if told:
        meta.remember(connection, _SERVICES, remembered)
    return remembered


def take_all(
    app: App, connection: Connection, found: BookingFile, told: Mapping[str, str], now: datetime
) -> tuple[RowReport, ...]:
    """The bookings become sessions, moved and cancelled ones too, each with what became of it."""
    named = [each for each in found.bookings if isinstance(each, Booking) and each.reference]
    latest = {each.reference: each.row for each in named}
    rows = []
    for each in sorted(found.bookings, key=_when):  # a client's first visit is the first, however a file is sorted
        if isinstance(each, Unclear):
            rows.append(RowReport(row=each.row, outcome=Outcome.TO_DO, message=each.message))
        elif each.reference and latest[each.reference] != each.row:
            message = f"Row {latest[each.reference]} tells of the same booking, and was taken."
            rows.append(_line(each, Outcome.UNCHANGED, message))
        elif (row := take(app, connection, each, told, now)) is not None:
            rows.append(row)
    return tuple(sorted(rows, key=lambda row: row.row))


def _when(booking: Booking | Unclear) -> datetime:
    return booking.ended_at if isinstance(booking, Booking) else _LONG_AGO


def take(
    app: App, connection: Connection, booking: Booking, told: Mapping[str, str], now: datetime
) -> RowReport | None:
    """One booking becomes a session, moves it or calls it off; `told` are the plans of services by their words.

    None for what tells of a booking that is not here, and is no reason to record one.
    """
    known = sessions.find(connection, booking.reference) if booking.reference else None
    if known is None and booking.known_only:
        return None
    try:
        if known is not None:
            return _follow(app, connection, known, booking, now)
        return _new(app, connection, booking, told, now)
    except (_ToDo, RefusedError, NotFoundError, InputError, AudienceError) as error:
        return _line(booking, Outcome.TO_DO, str(error))


def _follow(app: App, connection: Connection, known: Session, booking: Booking, now: datetime) -> RowReport:
    """A session that is here already becomes what the file says of it."""
    client = people.get(connection, known.subscriber_id)
    if booking.addresses and client not in [people.find(connection, each) for each in booking.addresses]:
        raise _ToDo(f"Session {known.id} has this reference, but another client. Look at both: session list")
    over = known.state in _OVER.values()
    if booking.standing in _OVER:
        if over:
            return _line(booking, Outcome.UNCHANGED)
        care.call_off(connection, known, _OVER[booking.standing], now)
        return _line(booking, Outcome.CANCELLED)
    if over:
        return _line(booking, Outcome.UNCHANGED, f"Session {known.id} is {known.state} here, and stays so.")
    if known.ended_at == booking.ended_at:
        return _line(booking, Outcome.UNCHANGED)
    care.shift(app, connection, known.id, booking.ended_at, now)
    return _line(booking, Outcome.MOVED)


def _new(app: App, connection: Connection, booking: Booking, told: Mapping[str, str], now: datetime) -> RowReport:
    if booking.standing in _OVER and not booking.addresses:
        return _line(booking, Outcome.UNCHANGED, "It did not take place.")
    client = _client(connection, booking)
    same = sessions.same_time(connection, client.id, booking.ended_at)
    if booking.standing in _OVER:
        if same is None or same.state in _OVER.values():
            return _line(booking, Outcome.UNCHANGED, "It did not take place.")
        care.call_off(connection, same, _OVER[booking.standing], now)
        return _line(booking, Outcome.CANCELLED)
    plans = _plans(app, booking, told)
    if same is not None:
        return _again(connection, same, booking, plans)
    session = Session(
        id=0,
        subscriber_id=client.id,
        services=plans,
        practitioner=booking.practitioner,
        ended_at=booking.ended_at,
        state=_state(booking, now),
    )
    care.enter(app, connection, session, client, booking.reference or None, now)
    return _line(booking, Outcome.ADDED)


def _again(connection: Connection, same: Session, booking: Booking, plans: tuple[str, ...]) -> RowReport:
    """The client has a session that ended at that very moment: this one, recorded by hand or from another row."""
    if set(plans) != set(same.services):
        raise _ToDo(f"Session {same.id} of that moment is there with {', '.join(same.services)}. Correct it by hand.")
    if booking.reference:
        sessions.give_reference(connection, same.id, booking.reference)
    return _line(booking, Outcome.UNCHANGED)


def _client(connection: Connection, booking: Booking) -> Subscriber:
    if not booking.addresses:
        raise _ToDo("It names no address. Ask the client for hers, and record the session by hand: session add")
    found = [client for each in booking.addresses if (client := people.find(connection, each)) is not None]
    if not found:
        address = booking.addresses[0]
        raise _ToDo(f"Nobody here has the address {address}. Ask her; then: subscriber add {address} --consent care")
    if len(found) > 1:
        raise _ToDo("Several clients were invited. Record the session of each by hand: session add")
    return found[0]


def is_client(connection: Connection, address: str) -> bool:
    """Whether somebody here has that address, if it is one."""
    try:
        return people.find(connection, address) is not None
    except AudienceError:
        return False


def plans_of(app: App, service: str, told: Mapping[str, str]) -> tuple[str, ...]:
    """The plans that a service's words mean; none where nobody can know."""
    return words.match(service, _services(app), told)


def _plans(app: App, booking: Booking, told: Mapping[str, str]) -> tuple[str, ...]:
    plans = plans_of(app, booking.service, told)
    if not plans:
        name = booking.service[:60]
        raise _ToDo(f'Which care follows “{name}”? Import again with: --service "{name}=PLAN" (plan list)')
    return plans


def _services(app: App) -> list[str]:
    """What a session can be of: every plan but those that a flag asks for."""
    return [name for name in app.plans_for(app.studio.language) if name not in care.FLAGS]


def _state(booking: Booking, now: datetime) -> SessionState:
    if booking.ended_at > now:
        return SessionState.BOOKED
    return SessionState.COMPLETED if booking.standing is Standing.DONE else SessionState.BOOKED


def _line(booking: Booking, outcome: Outcome, message: str = "") -> RowReport:
    client = booking.addresses[0] if booking.addresses else ""
    return RowReport(row=booking.row, outcome=outcome, client=client, ended_at=booking.ended_at, message=message)
