"""Reading a list as people have it, CSV or vCard: any usual encoding, any usual separator, damage that is survived."""

import codecs
import csv
import io
import itertools
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from subscribers.errors import AudienceError
from subscribers.transfer import columns, vcard

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NO_TEXT = {
    b"PK\x03\x04": "an Excel or Numbers file",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}
_USUAL = "cp1252"  # what Excel writes in the West when asked for "CSV"
_LIKELY = [_USUAL, "mac_roman", "cp1250", "cp1251", "cp1253", "cp1254"]
_CHUNK = 1 << 20
_SAMPLE = 1 << 16
_LINE = 1 << 17  # characters; as long as the csv module lets one cell be
_CELL_LINES = 50  # a cell with more lines than that is a quotation mark that was never closed
_DELIMITERS = (",", ";", "\t", "|")
_UNREADABLE: list[str] = []  # stands for a row that the csv module gave up on


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row: `number` as a spreadsheet counts it, the headings being row 1; of contacts, which card it is. `damaged`
    where a quotation mark was not closed and the row was read as plain text."""

    number: int
    cells: list[str]
    damaged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """An open file: how it is written, its headings, and the rows below them, read as they are asked for."""

    encoding: str
    delimiter: str
    headings: list[str]
    records: Iterator[Record]


@contextmanager
def open_sheet(path: Path) -> Iterator[Sheet]:
    """Opens a CSV file, or one of contacts (vCard). AudienceError where it cannot be opened, is empty, or no text."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise AudienceError(f"{path.name} cannot be opened: {error.strerror}.", "Check the file's place.") from error
    with file:
        _check_kind(path.name, file.read(8))
        file.seek(0)
        encoding = detect_encoding(file)
        file.seek(0)
        with io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="") as text:
            yield _sheet(path.name, encoding, iter(partial(text.readline, _LINE), ""))


def _check_kind(name: str, start: bytes) -> None:
    for mark, kind in _NO_TEXT.items():
        if start.startswith(mark):
            raise AudienceError(f"{name} is {kind}, not a CSV file.", "Open it, and save or export the list as CSV.")


def detect_encoding(file: BinaryIO) -> str:
    """A byte order mark decides; else UTF-8 where all of the file is; else the likeliest encoding of a spreadsheet."""
    start = file.read(_SAMPLE)
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            return encoding
    for encoding, high_bytes in (("utf-16-le", start[1::2]), ("utf-16-be", start[0::2])):
        if high_bytes.count(0) * 2 > len(high_bytes) and b"\0" in start.lstrip(b"\0"):
            return encoding
    file.seek(0)
    return "utf-8" if _is_utf8(file) else _guess(file)


def _is_utf8(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in iter(partial(file.read, _CHUNK), b""):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _guess(file: BinaryIO) -> str:
    # Imported here: half of all files never need it.
    from charset_normalizer import from_bytes

    file.seek(0)
    sample = b""
    for line in iter(partial(file.readline, _SAMPLE), b""):
        if not line.isascii():
            sample += line
        if len(sample) >= _SAMPLE:
            break
    best = from_bytes(sample[:_SAMPLE], cp_isolation=_LIKELY).best()
    return _USUAL if best is None or _USUAL in best.could_be_from_charset else best.encoding


def _sheet(name: str, encoding: str, lines: Iterator[str]) -> Sheet:
    skipped, first = _first_line(lines)
    if not first:
        raise AudienceError(f"{name} is empty.", "Export the list again, as CSV.")
    if vcard.is_vcard(first):
        return _contacts(encoding, itertools.chain([first], lines))
    if first.lower().startswith("sep=") and len(first.strip()) == len("sep=") + 1:  # what Excel reads and writes
        skipped, first = _first_line(lines)
    delimiter = _delimiter(first)
    records = _records(itertools.chain([first], lines), delimiter, skipped)
    headings = next(records, Record(number=1, cells=[]))
    return Sheet(encoding=encoding, delimiter=delimiter, headings=headings.cells, records=records)


def _contacts(encoding: str, lines: Iterator[str]) -> Sheet:
    rows = (Record(number=number, cells=cells) for number, cells in enumerate(vcard.cards(lines), start=1))
    return Sheet(encoding=encoding, delimiter="", headings=list(vcard.HEADINGS), records=rows)


def _first_line(lines: Iterator[str]) -> tuple[int, str]:
    """How many blank lines were passed, and the first that is not; empty at the end."""
    for skipped, line in enumerate(lines):
        cleaned = line.replace("\0", "").lstrip("\ufeff")
        if cleaned.strip():
            return skipped, cleaned
    return 0, ""


def _delimiter(line: str) -> str:
    """The separator under which most headings are understood; then the one that gives most columns."""

    def understood(delimiter: str) -> tuple[int, int]:
        cells = next(iter(_parsed([line], delimiter)), [])
        return columns.recognised(cells), len(cells)

    return max(_DELIMITERS, key=understood)


class _Lines:
    """The lines of a file, remembering those the row at hand took, so that they can be given back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._given_back: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) > _CELL_LINES:
            raise StopIteration
        line = self._given_back.popleft() if self._given_back else next(self._lines)
        self.taken.append(line)
        return line

    def give_back(self) -> str:
        """Gives back all but the first line of the row, and returns that one."""
        first, *rest = self.taken
        self._given_back.extendleft(reversed(rest))
        self.taken.clear()
        return first


def _records(source: Iterator[str], delimiter: str, skipped: int) -> Iterator[Record]:
    """The rows that hold anything, the headings first. A row that runs on because of a stray quotation mark is read
    again as plain text, so that the rows below it are not swallowed."""
    lines = _Lines(source)
    width = 0
    for number, cells in enumerate(_parsed(lines, delimiter), start=skipped + 1):
        runs_on = len(lines.taken) > 1 or (cells != [] and cells[-1].endswith(("\r", "\n")))
        damaged = cells is _UNREADABLE or (runs_on and _runs_away(lines.taken, cells, width, delimiter))
        if damaged:
            cells = lines.give_back().rstrip("\r\n").replace('"', "").split(delimiter)
        lines.taken.clear()
        width = width or len(cells)
        if any(cells):
            yield Record(number=number, cells=cells, damaged=damaged)


def _parsed(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:  # a cell beyond all measure: the quotation mark that opened it was never closed
            yield _UNREADABLE


def _runs_away(taken: list[str], cells: list[str], width: int, delimiter: str) -> bool:
    """Whether a row of several lines comes from a stray quotation mark rather than from a cell of several lines: it is
    too long, has not the headings' number of cells, or its quotation marks do not stand where they must."""
    if len(taken) > _CELL_LINES or (width and len(cells) != width):
        return True
    try:
        list(csv.reader(taken, delimiter=delimiter, skipinitialspace=True, strict=True))
    except csv.Error:
        return True
    return False
