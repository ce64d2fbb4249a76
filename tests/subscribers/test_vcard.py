"""Contacts from a phone or an address book are read as people, without what is nobody's business."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from subscribers import store
from subscribers.transfer import ImportReport, import_csv
from subscribers.transfer.vcard import HEADINGS, cards

FOUR = """BEGIN:VCARD
VERSION:4.0
FN:Anna Maria Smith
N:Smith;Anna Maria;;Dr.;
EMAIL;TYPE=work:office@example.com
item1.EMAIL;TYPE=home;PREF=1:anna@exam
 ple.com
item1.X-ABLabel:private
ADR;TYPE=home;LABEL="1 High St: Bath":;;1 High St;Bath;;BA1;United Kingdom
CATEGORIES:Regulars,Friends\\, old
LANG:en-GB
TZ:Europe/London
NOTE:expecting in May\\, sore back
BDAY:19800101
PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRg
 ABAQEASABIAAD
END:VCARD
"""
THREE = """begin:vcard
VERSION:3.0
N:Okafor;Bob;;;
EMAIL;TYPE=INTERNET,PREF:bob@example.com
TZ:-05:00
END:VCARD
"""
TWO = """BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;=
Zo=C3=AB;;;
EMAIL;PREF;INTERNET:zoe@example.com
END:VCARD
"""


@pytest.fixture
def imported(conn: Connection, tmp_path: Path, key: bytes, now: datetime) -> Callable[[str], ImportReport]:
    def imported(text: str) -> ImportReport:
        path = tmp_path / "contacts.vcf"
        path.write_bytes(text.replace("\n", "\r\n").encode())
        return import_csv(conn, path, dry_run=False, now=now, key=key)

    return imported


def test_contacts_become_people(conn: Connection, imported: Callable[[str], ImportReport]) -> None:
    """Versions 4.0, 3.0 and 2.1 in one file: folded lines, groups, quoted parameters, the preferred address."""
    report = imported(FOUR + THREE + TWO)
    anna, bob, zoe = store.iterate(conn)
    assert (report.rows, report.added, report.problem_count) == (3, 3, 0)
    assert (anna.email, anna.name, anna.country, anna.language) == (
        "anna@example.com",
        "Anna Maria Smith",
        "GB",
        "en-GB",
    )
    assert (anna.timezone, anna.tags) == ("Europe/London", ("friends", "old", "regulars"))
    assert (bob.email, bob.name, bob.timezone) == ("bob@example.com", "Bob Okafor", "")
    assert (zoe.email, zoe.name) == ("zoe@example.com", "Zoë Müller")


def test_notes_birthdays_and_pictures_are_not_read() -> None:
    """They may hold health data."""
    (row,) = cards(FOUR.splitlines(keepends=True))
    read = " ".join(row)
    assert [each for each in ("expecting", "sore", "1980", "9j") if each in read] == []


def test_a_contact_without_an_address_is_told_by_its_place(imported: Callable[[str], ImportReport]) -> None:
    """The second card of the file."""
    report = imported(THREE + "BEGIN:VCARD\nVERSION:3.0\nFN:Nobody\nEND:VCARD\n")
    assert [(each.row, each.skipped) for each in report.problems] == [(2, True)]


LINES = st.sampled_from([*FOUR.splitlines(), *TWO.splitlines(), "", " ", "=", "EMAIL:", "N:;;;;;\\", ";:;", '"'])


@settings(max_examples=50)
@given(st.lists(LINES | st.text(max_size=30), max_size=30))
def test_any_lines_make_rows_of_the_same_width(lines: list[str]) -> None:
    """However they are damaged."""
    assert {len(row) for row in cards(line + "\n" for line in lines)} <= {len(HEADINGS)}
