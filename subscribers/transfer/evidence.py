"""The evidence of consent that other programs export: when she agreed, in their own words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from subscribers.subscriber import clean_name
from subscribers.transfer.columns import Column, Layout

NO = frozenset({"", "no", "n", "false", "0", "none", "null", "nein", "non"})
_FIRST_LISTS = 1970
_NUMBERS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:[ ,T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """`words` is what stands in the file, with its heading; `at` is the moment it names (aware), None for none."""

    at: datetime | None
    words: str


def evidence(values: Mapping[Column, str], layout: Layout) -> Evidence | None:
    """What a row says of her consent; None where it says nothing, or nothing that can be read as a moment."""
    if agreed := values.get(Column.AGREED_AT, "").strip():
        at = moment(agreed)
        return Evidence(at=at, words=_words(Column.AGREED_AT, agreed, layout)) if at else None
    confirmed = values.get(Column.CONFIRMED, "").strip()
    if confirmed.casefold() in NO:
        return None
    if at := moment(confirmed):  # some programs write when, others only that
        return Evidence(at=at, words=_words(Column.CONFIRMED, confirmed, layout))
    added = values.get(Column.ADDED_AT, "").strip()
    words = [_words(Column.CONFIRMED, confirmed, layout)] + ([_words(Column.ADDED_AT, added, layout)] if added else [])
    return Evidence(at=moment(added), words="; ".join(words))


def moment(text: str) -> datetime | None:
    """An ISO 8601 date or time, or numbers such as 31/12/2025 or 12/31/2025, UTC where no offset is given.

    None for what is neither, or older than mailing lists are. Where day and month could change places the earlier of
    both is meant: nobody gains by it.
    """
    text = text.strip().removesuffix("UTC").strip()
    at = _in_iso(text) or _in_numbers(text)
    return at if at is not None and at.year >= _FIRST_LISTS else None


def _in_iso(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _in_numbers(text: str) -> datetime | None:
    if not (numbers := _NUMBERS.fullmatch(text)):
        return None
    first, _, second, year, *clock = numbers.groups(default="0")
    readings = [_date(year, month, day, *clock) for month, day in ((first, second), (second, first))]
    return min((each for each in readings if each), default=None)


def _date(*numbers: str) -> datetime | None:
    year, month, day, hour, minute, second = map(int, numbers)
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


def _words(column: Column, value: str, layout: Layout) -> str:
    return clean_name(f"{layout.headings[layout.positions[column]]}: {value}")
