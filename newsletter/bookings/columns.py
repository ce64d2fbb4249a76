"""Which column of a booking file holds what: guessed by its heading, unless somebody said so."""

import csv
from collections.abc import Mapping, Sequence
from enum import StrEnum

from newsletter.bookings.words import plain
from newsletter.errors import InputError


class Column(StrEnum):
    """What is read of a row. Anything else is dropped at the door, notes and intake answers above all."""

    EMAIL = "email"
    DATE = "date"
    START = "start"
    END = "end"
    DURATION = "duration"
    SERVICE = "service"
    PRACTITIONER = "practitioner"
    STATUS = "status"
    REFERENCE = "reference"


_HEADINGS = {
    Column.EMAIL: """email, e mail, email address, e mail address, client email, customer email, client email address,
        customer email address, attendee email, invitee email, patient email, mail, e mail adresse, courriel, correo,
        correo electronico""",
    Column.DATE: "date, appointment date, session date, booking date, day, datum, termin am, fecha, jour",
    Column.START: """start, start time, starts at, start at, start date, start date time, start datetime, begin, begins,
        from, appointment, appointment time, time, date time, date and time, beginn,
        uhrzeit, von, debut, heure, inicio, hora""",
    Column.END: """end, end time, ends at, end at, end date, end date time, end datetime, ended, ended at, finish,
        until, to, ende, bis, fin, heure de fin, hora de fin""",
    Column.DURATION: """duration, length, minutes, duration minutes, duration min, duration mins, duration in minutes,
        dauer, dauer min, duree, duracion""",
    Column.SERVICE: """service, services, service name, treatment, treatment name, appointment type, event type,
        event type name, type, class, item, massage, behandlung, leistung, prestation, soin, servicio, tratamiento""",
    Column.PRACTITIONER: """practitioner, therapist, staff, staff name, staff member, team member, provider, calendar,
        employee, host, with, therapeutin, behandlerin, mitarbeiter, mitarbeiterin, praticienne, terapeuta""",
    Column.STATUS: """status, state, appointment status, booking status, attendance, zustand, statut, estado""",
    Column.REFERENCE: """reference, id, booking id, appointment id, uid, booking reference, booking number, event id,
        confirmation code, confirmation number, buchungsnummer, nummer, numero, referencia""",
}
_COLUMN = {heading.strip(): column for column, text in _HEADINGS.items() for heading in text.split(",")}


def parse_chosen(text: str) -> dict[str, str]:
    """What `email=Client's mail,end=Finished` says. Raises InputError; a part with a comma in it stands in quotes."""
    chosen: dict[str, str] = {}
    for part in next(csv.reader([text], skipinitialspace=True), []):
        name, equals, heading = (piece.strip() for piece in part.partition("="))
        if not equals or not heading or name not in list(Column):
            raise InputError(
                f"“{part}” does not say what a column holds.", f"Write NAME=HEADING. Names: {', '.join(Column)}."
            )
        chosen[name] = heading
    return chosen


def map_columns(headings: Sequence[str], remembered: Mapping[str, str], chosen: Mapping[str, str]) -> dict[Column, int]:
    """Where each column stands, from 0. What was chosen counts before what is remembered, and that before a guess.

    Raises InputError, with the headings there are, where one that was chosen is not there or a needed one is not found.
    """
    places = {plain(heading): place for place, heading in reversed(list(enumerate(headings))) if plain(heading)}
    found: dict[Column, int] = {}
    for source in (chosen, remembered):
        for name, heading in source.items():
            if plain(heading) not in places:
                raise InputError(f"There is no column “{heading}”; {_there(headings)}.", "Write it as it stands there.")
            found.setdefault(Column(name), places[plain(heading)])
    for heading, place in places.items():
        column = _COLUMN.get(heading)
        if column is not None and column not in found and place not in found.values():
            found[column] = place
    _check_enough(found, headings)
    return found


def named(found: Mapping[Column, int], headings: Sequence[str]) -> dict[str, str]:
    """The mapping in words, as it is shown and remembered: each name with its heading."""
    return {column.value: headings[found[column]].strip() for column in Column if column in found}


def _check_enough(found: Mapping[Column, int], headings: Sequence[str]) -> None:
    timed = Column.END in found or {Column.START, Column.DURATION} <= found.keys()
    missing = [column for column in (Column.EMAIL, Column.SERVICE) if column not in found]
    if missing or not timed:
        what = missing[0].value if missing else "end, or start and duration"
        name = missing[0].value if missing else "end"
        raise InputError(
            f"No column was recognised for: {what}; {_there(headings)}.",
            f"Say which one it is: --columns {name}=HEADING",
        )


def _there(headings: Sequence[str]) -> str:
    shown = ", ".join(f"“{heading.strip()[:40]}”" for heading in headings[:30] if heading.strip())
    return f"the file has {shown}" if shown else "the file has no headings"
