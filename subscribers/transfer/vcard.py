"""Contacts as vCard files (RFC 2426, RFC 6350, and the 2.1 of older phones), read as the rows of a table."""

import quopri
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

BEGIN, END = "BEGIN:VCARD", "END:VCARD"
HEADINGS = ("email", "name", "first name", "last name", "tags", "country", "language", "timezone")
_LINES = 500  # of a card; what is longer is no contact, or a picture in pieces
_LINE = 20_000  # letters of an unfolded line that are looked at: photographs are longer, and not read
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_UNESCAPED = {"n": " ", "N": " "}
_ZONE = re.compile(r"[A-Za-z_]+/[A-Za-z_/+-]+")
_NAME = re.compile(r"(?:[^.:;]*\.)?([A-Za-z-]+)\s*[;:]")  # behind a group, if it belongs to one
_READ = frozenset({"EMAIL", "FN", "N", "CATEGORIES", "ADR", "LANG", "TZ"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A line of a card: its name in capitals without the group before it, its parameters, and its value as written."""

    name: str
    parameters: str
    value: str

    @property
    def is_preferred(self) -> bool:
        """TYPE=pref in version 3.0, PREF=1 in 4.0, a bare PREF in 2.1."""
        return "PREF" in self.parameters


def is_vcard(first_line: str) -> bool:
    """Whether a file that begins with this line holds contacts."""
    return first_line.strip().upper() == BEGIN


def cards(lines: Iterable[str]) -> Iterator[list[str]]:
    """A row of HEADINGS for each card, in order; pictures, notes, birthdays and all else are left out."""
    found: list[Property] = []
    number = 0
    for line in _unfolded(lines):
        start = line[:4].upper()
        if start == BEGIN[:4] and is_vcard(line):
            found, number = [], 0
        elif start == END[:4] and line.strip().upper() == END:
            yield _row(found)
            found = []
        elif number < _LINES and (read := _property(line)):
            found.append(read)
        number += 1


def _unfolded(lines: Iterable[str]) -> Iterator[str]:
    """Lines put together again: one that begins with white space goes on the line before (RFC 6350, 3.2), and so does
    one after "=" in quoted-printable (2.1)."""
    held = ""
    for raw in lines:
        line = raw.rstrip("\r\n")
        if line[:1] in (" ", "\t"):
            held = (held + line[1:])[:_LINE]
        elif held.endswith("=") and "QUOTED-PRINTABLE" in held.upper():
            held = (held[:-1] + line)[:_LINE]
        else:
            if held:
                yield held
            held = line[:_LINE]
    if held:
        yield held


def _property(line: str) -> Property | None:
    named = _NAME.match(line)
    if named is None or (name := named[1].upper()) not in _READ:
        return None
    head, colon, value = _split_head(line) if '"' in line else line.partition(":")
    if not colon:
        return None
    parameters = head[named.end(1) :].upper()
    if "QUOTED-PRINTABLE" in parameters:
        value = quopri.decodestring(value.encode()).decode("utf-8", errors="replace")
    return Property(name=name, parameters=parameters, value=value)


def _split_head(line: str) -> tuple[str, str, str]:
    """At the first colon that does not stand in a quoted parameter."""
    quoted = False
    for place, letter in enumerate(line):
        if letter == '"':
            quoted = not quoted
        elif letter == ":" and not quoted:
            return line[:place], ":", line[place + 1 :]
    return line, "", ""


def _row(found: list[Property]) -> list[str]:
    by_name: dict[str, list[Property]] = {}
    for each in found:
        by_name.setdefault(each.name, []).append(each)
    name = _parts(_first(by_name, "N"), ";")
    address = _parts(_first(by_name, "ADR"), ";")
    zone = _plain(_first(by_name, "TZ"))
    return [
        _plain(_first(by_name, "EMAIL")).strip(),
        _plain(_first(by_name, "FN")),
        name[1] if len(name) > 1 else "",
        name[0] if name else "",
        ";".join(tag for each in by_name.get("CATEGORIES", ()) for tag in _parts(each.value, ",")),
        address[6] if len(address) > 6 else "",
        _plain(_first(by_name, "LANG")),
        zone if _ZONE.fullmatch(zone) else "",
    ]


def _first(by_name: dict[str, list[Property]], name: str) -> str:
    """The preferred one of several, else the first."""
    several = sorted(by_name.get(name, ()), key=lambda each: not each.is_preferred)
    return several[0].value if several else ""


def _parts(value: str, separator: str) -> list[str]:
    """The parts of a value, at the separators that no backslash stands before."""
    if "\\" not in value:
        return [part.strip() for part in value.split(separator)]
    return [_plain(part).strip() for part in re.split(rf"(?<!\\){separator}", value)]


def _plain(value: str) -> str:
    return _ESCAPED.sub(lambda found: _UNESCAPED.get(found[1], found[1]), value)
