"""Bookings from a CSV file, whatever its headings are."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from newsletter.bookings.booking import Booking, Unclear
from newsletter.bookings.columns import Column, map_columns, named
from newsletter.bookings.moments import month_first, read_date, read_duration, read_moment
from newsletter.bookings.standing import standing_of
from newsletter.errors import InputError
from subscribers.errors import AudienceError
from subscribers.transfer.reading import Record, open_sheet

MOST_ROWS = 50_000
_WHEN = (Column.DATE, Column.START, Column.END)
_LONGEST_CELL = 200  # what is kept of a cell: a name, never a story


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingFile:
    """What a file told. `columns`: which heading was read for what; `left_out`: the headings nobody looked below."""

    bookings: tuple[Booking | Unclear, ...]
    headings: tuple[str, ...] = ()
    columns: Mapping[str, str]
    left_out: tuple[str, ...] = ()


def read_sheet(
    path: Path,
    *,
    zone: tzinfo,
    american: bool,
    chosen: Mapping[str, str],
    remembered: Callable[[Sequence[str]], Mapping[str, str]],
) -> BookingFile:
    """Reads a CSV file. Times without an offset are on the clock of `zone`; `american` settles 03/02 where no row does.

    `remembered` is asked with the headings what was chosen for them before. Raises InputError.
    """
    try:
        with open_sheet(path) as sheet:
            headings = tuple(sheet.headings)
            places = map_columns(headings, remembered(headings), chosen)
            records = list(itertools.islice(sheet.records, MOST_ROWS + 1))
    except AudienceError as error:
        raise InputError(error.message, error.remedy) from error
    if len(records) > MOST_ROWS:
        raise InputError(f"{path.name} has more than {MOST_ROWS} rows.", "Export a shorter time, and import it again.")
    rows = [(record, _cells(record, places)) for record in records]
    american = month_first((cells.get(each, "") for _, cells in rows for each in _WHEN), american)
    return BookingFile(
        bookings=tuple(_booking(record.number, cells, zone, american) for record, cells in rows),
        headings=headings,
        columns=named(places, headings),
        left_out=tuple(
            each.strip() for place, each in enumerate(headings) if place not in places.values() and each.strip()
        ),
    )


def _cells(record: Record, places: Mapping[Column, int]) -> dict[Column, str]:
    cells = record.cells
    return {
        column: cells[place].strip()[:_LONGEST_CELL] if place < len(cells) else "" for column, place in places.items()
    }


def _booking(row: int, cells: Mapping[Column, str], zone: tzinfo, american: bool) -> Booking | Unclear:
    standing = standing_of(cells.get(Column.STATUS, ""))
    if standing is None:
        word = cells[Column.STATUS][:40]
        return Unclear(row=row, message=f"Nobody here knows the status “{word}”. Record it by hand: session add.")
    try:
        ended_at = _end(cells, zone, american)
    except (ValueError, OverflowError):
        return Unclear(row=row, message="When it ended cannot be read. Check its date and time in the file.")
    return Booking(
        row=row,
        addresses=tuple(filter(None, [cells[Column.EMAIL].removeprefix("mailto:")])),
        service=cells[Column.SERVICE],
        practitioner=cells.get(Column.PRACTITIONER, ""),
        ended_at=ended_at,
        standing=standing,
        reference=f"csv:{cells[Column.REFERENCE]}" if cells.get(Column.REFERENCE) else "",
    )


def _end(cells: Mapping[Column, str], zone: tzinfo, american: bool) -> datetime:
    """Raises ValueError where the cells do not say, or say what cannot be."""
    day, _ = read_date(cells.get(Column.DATE, ""), american=american)
    start, end = cells.get(Column.START, ""), cells.get(Column.END, "")
    day = day or read_date(start, american=american)[0]
    if not end:
        return read_moment(start, day, zone, american=american) + read_duration(cells.get(Column.DURATION, ""))
    ended_at = read_moment(end, day, zone, american=american)
    if start and read_date(end, american=american)[0] is None:
        began = read_moment(start, day, zone, american=american)
        if ended_at < began:  # past midnight
            local = ended_at.astimezone(zone).replace(tzinfo=None) + timedelta(days=1)
            return local.replace(tzinfo=zone).astimezone(UTC)
    return ended_at
