"""A file is read however a spreadsheet wrote it, and damage costs a row at most."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subscribers.errors import AudienceError
from subscribers.transfer.reading import Record, Sheet, open_sheet


def read(path: Path, content: bytes) -> tuple[Sheet, list[Record]]:
    """The sheet of a file with that content, and its rows."""
    path.write_bytes(content)
    with open_sheet(path) as sheet:
        return sheet, list(sheet.records)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "list.csv"


TEXT = "E-Mail;Vorname;Ort\r\nj@example.de;Jürgen;Köln\r\nz@example.de;Zoë;Öhringen\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_an_encoding_is_recognised(path: Path, encoding: str) -> None:
    """Names keep their accents, and the mark at the start does not stick to the first heading."""
    sheet, records = read(path, TEXT.encode(encoding))
    assert sheet.headings == ["E-Mail", "Vorname", "Ort"]
    assert [record.cells[1] for record in records] == ["Jürgen", "Zoë"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_separator_is_recognised(path: Path, delimiter: str) -> None:
    """Also where another one stands inside a heading."""
    sheet, records = read(path, delimiter.join(["Email", '"a,b;c"', "Name\na@b.de", "x", "Anna\n"]).encode())
    assert (sheet.delimiter, records[0].cells) == (delimiter, ["a@b.de", "x", "Anna"])


def test_rows_are_counted_as_a_spreadsheet_does(path: Path) -> None:
    """Blank rows count, a cell of two lines is one row, and what says "sep=;" is no row."""
    _, records = read(path, b'sep=;\nemail;name\n\na@b.de;"Anna\nMaria"\nb@b.de;Bob\n')
    assert [(record.number, record.cells[0]) for record in records] == [(3, "a@b.de"), (4, "b@b.de")]


@pytest.mark.parametrize("rows_after", [2, 200, 20_000])
def test_an_open_quotation_mark_does_not_swallow_the_rows_below(path: Path, rows_after: int) -> None:
    """The row is marked as damaged, the others are read as ever."""
    rest = "".join(f"p{number}@example.com,Bob\n" for number in range(rows_after))
    _, records = read(path, f'email,name\na@example.com,"Anna\n{rest}'.encode())
    assert (records[0].cells, records[0].damaged) == (["a@example.com", "Anna"], True)
    assert len(records) == 1 + rows_after
    assert not any(record.damaged for record in records[1:])


def test_many_open_quotation_marks_are_survived(path: Path) -> None:
    """Each costs its own row only."""
    _, records = read(path, b"email,name\n" + b'a@example.com,"Anna\n' * 5001)
    assert {tuple(record.cells) for record in records} == {("a@example.com", "Anna")}
    assert len(records) == 5001


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"\0\0\0"])
def test_an_empty_file_says_so(path: Path, content: bytes) -> None:
    """With its name."""
    with pytest.raises(AudienceError, match=r"list\.csv is empty"):
        read(path, content)


def test_a_missing_file_says_so(path: Path) -> None:
    """With its name."""
    with pytest.raises(AudienceError, match=r"list\.csv cannot be opened"), open_sheet(path):
        pass


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=400), st.text(alphabet='a@.,;"\t\n\r\0é ', max_size=200).map(str.encode)))
def test_any_bytes_are_rows_or_an_audience_error(path: Path, content: bytes) -> None:
    """A picture dropped on the import page is no reason to fall over; rows are numbered upwards."""
    try:
        _, records = read(path, content)
    except AudienceError:
        return
    numbers = [record.number for record in records]
    assert numbers == sorted(set(numbers))
