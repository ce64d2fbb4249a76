"""The rehearsal: a file of past bookings run through the care plans as they are now, on a simulated clock.

As if the studio had begun with the first booking of the file: of the store's own past only who may be mailed, and the
sessions before that day count. What is to come in the file is booked from the beginning, as it mostly is in life, and
invitations are switched on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from newsletter import booking
from newsletter.bookings.booking import Booking
from newsletter.bookings.report import RowReport
from newsletter.bookings.sheet import BookingFile
from newsletter.context import App
from newsletter.domain.forecast import Foreseen
from newsletter.errors import InputError
from newsletter.simulation import Progress, holds, play, simulated
from newsletter.store import aftercare, clock, invitations, meta
from newsletter.store import forecast as reading
from newsletter.store.copying import copy_audience

_JUST_BEFORE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """Who would have got what, in the order of time; and `left_out`, the rows no session came of, with the reason."""

    mails: list[Foreseen]
    left_out: list[RowReport]


def rehearse(
    app: App,
    path: Path,
    now: datetime,
    days: int,
    *,
    columns: Mapping[str, str] | None = None,
    services: Mapping[str, str] | None = None,
    progress: Progress = lambda _: None,
) -> Rehearsal:
    """Runs the bookings of a CSV or iCalendar file through the plans, until `days` after the last of them.

    Of a calendar, those of the last `days` count. The store is only read. Raises InputError as an import does, and for
    a file without a booking.
    """
    with simulated(app, copy_audience) as copy:
        with copy.database.write() as connection:
            meta.release(connection)
            invitations.switch_off(connection, "", now)  # they may be on since later
            told = booking.remember_services(copy, connection, services or {})
            found = booking.read_file(copy, connection, path, now, columns=columns, days_back=days, days_ahead=0)
            first, last = _from_to(found, path)
            start, stop = first - _JUST_BEFORE, last + timedelta(days=days)
            invitations.switch_on(connection, start)
            clock.put_back(connection, start)  # this store has never seen a later moment
            aftercare.forget_since(connection, first)
            since = reading.waiting(connection)
            rows = booking.take_all(copy, connection, found, told, start)
        play(copy, start, stop, progress)
        span, held = reading.Span(start=start, stop=stop, timezone=app.studio.timezone), holds(copy, stop)
        with copy.database.read() as connection:
            mails = reading.outlook(connection, since, span, held)
    return Rehearsal(mails=mails, left_out=[row for row in rows if row.message])


def _from_to(found: BookingFile, path: Path) -> tuple[datetime, datetime]:
    """When the first and the last session of the file ended."""
    ends = [each.ended_at for each in found.bookings if isinstance(each, Booking)]
    if not ends:
        raise InputError(
            f"{path.name} holds no booking that can be rehearsed.",
            "Export the bookings of last month; of a calendar, look further back with --days.",
        )
    return min(ends), max(ends)
