"""One row of a file as a person: her details, and what the other program says of her."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from subscribers import place
from subscribers.address import normalise
from subscribers.consent import Stream
from subscribers.errors import AudienceError
from subscribers.subscriber import Details, clean_language, clean_name, clean_tags
from subscribers.suppression import Reason
from subscribers.transfer.columns import Column, Layout, column_of
from subscribers.transfer.evidence import NO, Evidence, evidence

_TAG_SEPARATORS = re.compile(r"[,;|\n]")
_NO_LETTERS = re.compile(r"[\W_]+")
_MOST_TAGS = 50
_FORMULA = re.compile(r"'(?=[=+\-@\t\r\n＝＋－＠])")  # what an export puts before a cell that a spreadsheet would run

Block = tuple[Reason, Stream | None]
_UNSUBSCRIBED: Block = (Reason.UNSUBSCRIBE, Stream.MARKETING)
_BLOCKS: dict[str, Block] = {
    **dict.fromkeys(("unsubscribed", "unsubscribe", "opted out", "opt out", "optout", "disabled"), _UNSUBSCRIBED),
    **dict.fromkeys(("cancelled", "canceled"), _UNSUBSCRIBED),  # Kit
    **dict.fromkeys(("no", "false", "0", "abgemeldet", "desabonne", "nein", "non"), _UNSUBSCRIBED),
    **dict.fromkeys(("cleaned", "bounced", "hard bounced", "hard bounce", "undeliverable"), (Reason.HARD_BOUNCE, None)),
    **dict.fromkeys(("complained", "complaint", "spam", "abuse", "marked as spam"), (Reason.COMPLAINT, None)),
    **dict.fromkeys(("blocklisted", "blacklisted", "blocked", "suppressed", "by hand"), (Reason.BY_HAND, None)),
    "unsubscribed from marketing": _UNSUBSCRIBED,  # from here on, the words of our own export
    "unsubscribed from service": (Reason.UNSUBSCRIBE, Stream.SERVICE),
    "unsubscribed from care": (Reason.UNSUBSCRIBE, Stream.CARE),
    "unsubscribed from all": (Reason.UNSUBSCRIBE, None),
}
_SUBSCRIBED = frozenset({"subscribed", "enabled", "active", "confirmed", "opted in", "opt in"}) | frozenset(
    {"yes", "true", "1", "ja", "oui"}
)
_WILLING = _SUBSCRIBED | {"", "bounced softly"}
_BY_FILE_NAME: tuple[tuple[str, Block], ...] = (  # Mailchimp exports one file a status
    ("unsubscribed_", _UNSUBSCRIBED),
    ("cleaned_", (Reason.HARD_BOUNCE, None)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """`blocks` is why the other program would not mail her; `willing` is False where it is not sure she agreed.
    `claimed` is True where it calls her subscribed, `evidence` what it has to show for it. `notes` are values that were
    left out, in words."""

    details: Details
    blocks: tuple[Block, ...]
    willing: bool
    notes: tuple[str, ...]
    claimed: bool = False
    evidence: Evidence | None = None


def blocks_of_file(path: Path) -> tuple[Block, ...]:
    """What the file's name says of everyone in it."""
    return tuple(block for start, block in _BY_FILE_NAME if path.name.lower().startswith(start))


def candidate(cells: list[str], layout: Layout, blocks: tuple[Block, ...] = ()) -> Candidate:
    """Reads a row. Only the address can make it unusable, by AudienceError; any other value that cannot be used is left
    out and noted."""
    values = {
        column: _FORMULA.sub("", cells[position], count=1).strip() if cells[position][:1] == "'" else cells[position]
        for column, position in layout.positions.items()
        if position < len(cells)
    }
    if attributes := values.pop(Column.ATTRIBUTES, ""):
        values = _attributes(attributes) | {column: value for column, value in values.items() if value}
    email = normalise(values.get(Column.EMAIL, ""))
    notes: list[str] = []
    statuses = _statuses(values.get(Column.STATUS, ""))
    return Candidate(
        details=Details(
            email=email,
            name=clean_name(_name(values)),
            timezone=_or_note(place.timezone, values.get(Column.TIMEZONE, ""), notes),
            country=_or_note(place.country, values.get(Column.COUNTRY, ""), notes),
            language=_or_note(clean_language, values.get(Column.LANGUAGE, ""), notes),
            tags=_tags(values.get(Column.TAGS, "")),
        ),
        blocks=blocks + _blocks(values, statuses),
        willing=_WILLING.issuperset(statuses),
        notes=tuple(notes),
        claimed=not _SUBSCRIBED.isdisjoint(statuses),
        evidence=evidence(values, layout) if layout.has_evidence else None,
    )


def _name(values: dict[Column, str]) -> str:
    first, last = values.get(Column.FIRST_NAME, ""), values.get(Column.LAST_NAME, "")
    return f"{first} {last}".strip() or values.get(Column.NAME, "")


def _or_note(read: Callable[[str], str], text: str, notes: list[str]) -> str:
    if not text:
        return ""
    try:
        return read(text)
    except AudienceError as error:
        notes.append(f"{error.message} It was left out.")
        return ""


@lru_cache(maxsize=4096)  # a list has few combinations, and thousands of rows
def _tags(text: str) -> tuple[str, ...]:
    """Several in one cell, each perhaps in quotation marks of its own, as Mailchimp writes them."""
    return clean_tags(tag.strip(" \"'[]") for tag in _TAG_SEPARATORS.split(text)[:_MOST_TAGS]) if text else ()


@lru_cache(maxsize=256)
def _statuses(text: str) -> tuple[str, ...]:
    return tuple(" ".join(_NO_LETTERS.sub(" ", status).split()) for status in text.casefold().split(";"))


def _blocks(values: dict[Column, str], statuses: tuple[str, ...]) -> tuple[Block, ...]:
    found = [_BLOCKS[status] for status in statuses if status in _BLOCKS]
    if values.get(Column.CLEANED):
        found.append((Reason.HARD_BOUNCE, None))
    if values.get(Column.UNSUBSCRIBED, "").strip().casefold() not in NO:
        found.append(_UNSUBSCRIBED)
    if values.get(Column.BLOCKED, "").strip().casefold() not in NO:
        found.append((Reason.BY_HAND, None))
    return tuple(found)


def _attributes(text: str) -> dict[Column, str]:
    """What listmonk keeps as JSON, as far as it is understood; damaged JSON is no attributes."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    understood = ((column_of(key), value) for key, value in found.items() if isinstance(value, str))
    return {column: value for column, value in understood if column and column not in (Column.EMAIL, Column.STATUS)}
