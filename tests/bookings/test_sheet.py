"""Bookings from CSV files."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.bookings.booking import Booking, Unclear
from newsletter.bookings.sheet import BookingFile, read_sheet
from newsletter.errors import InputError


def read(path: Path, data: bytes) -> BookingFile:
    path.write_bytes(data)
    return read_sheet(path, zone=ZoneInfo("Europe/London"), american=False, chosen={}, remembered=lambda _: {})


@pytest.mark.parametrize(
    ("headings", "cells"),
    [
        ("end", "2026-07-03 18:00"),
        ("start,duration", "2026-07-03 17:00,60"),
        ("date,start,end", "3 July 2026,5 pm,6 pm"),
        ("start,end", "03/07/2026 17:00,18:00"),
        ("date,start,end", "02/07/2026,23:30,03/07/2026 18:00"),
    ],
)
def test_when_it_ended_stands_in_one_column_or_in_three(tmp_path: Path, headings: str, cells: str) -> None:
    """Whatever the program writes."""
    text = f"email,service,{headings}\nanna@example.com,Reiki,{cells}\n"
    (booking,) = read(tmp_path / "a.csv", text.encode()).bookings
    assert isinstance(booking, Booking)
    assert booking.ended_at == datetime(2026, 7, 3, 17, tzinfo=UTC)


def test_a_session_over_midnight_ends_on_the_next_day(tmp_path: Path) -> None:
    """Where the end has no date of its own."""
    text = b"email;service;date;start;end\nanna@example.com;Reiki;2026-03-02;23:30;00:30\n"
    (booking,) = read(tmp_path / "a.csv", text).bookings
    assert isinstance(booking, Booking)
    assert booking.ended_at == datetime(2026, 3, 3, 0, 30, tzinfo=UTC)


def test_a_row_that_cannot_be_read_stops_no_other(tmp_path: Path) -> None:
    """It is told with its number."""
    text = "email,service,end,status\na@b.co,Reiki,soon,\na@b.co,Reiki,2026-03-02 18:00,purple\nx,y,2026-03-02 18:00,\n"
    first, second, third = read(tmp_path / "a.csv", text.encode()).bookings
    assert [each.row for each in (first, second, third)] == [2, 3, 4]
    assert (type(first), type(second), type(third)) == (Unclear, Unclear, Booking)


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: f"email,service,end\n{text}".encode()))
def test_any_file_is_read_or_refused(data: bytes) -> None:
    """An InputError, and nothing else."""
    with TemporaryDirectory() as folder, suppress(InputError):
        read(Path(folder) / "a.csv", data)
