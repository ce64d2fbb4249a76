"""Which items of the packs want checking again: past their review date, or never checked at all."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from newsletter.packs.document import NEVER, PACKS, documents

_NAMING_KEYS = ("name", "text", "number")  # what an item is called by, the first that it has


@dataclass(frozen=True, slots=True, kw_only=True)
class PackItem:
    """One thing that somebody has to vouch for. `name` says the file and the item; `verified_on` None is never."""

    name: str
    verified_on: date | None
    review_by: date | None


def pack_items() -> tuple[PackItem, ...]:
    """Every item of every pack that carries a `verified_on`."""
    return tuple(item for pack in documents("", PACKS) for item in _items(pack.values, pack.file))


def overdue(today: date) -> list[str]:
    """Items whose review date has passed, by name. The gate fails on any."""
    return [item.name for item in pack_items() if item.review_by is not None and item.review_by < today]


def unverified() -> list[str]:
    """Items from general knowledge that nobody has checked yet, by name."""
    return [item.name for item in pack_items() if item.verified_on is None]


def _items(value: object, place: str) -> Iterator[PackItem]:
    if isinstance(value, list):
        for entry in value:
            yield from _items(entry, place)
    elif isinstance(value, Mapping):
        if "verified_on" in value:
            yield _item(value, place)
        for key, entry in value.items():
            yield from _items(entry, f"{place}, {key}")


def _item(table: Mapping[str, object], place: str) -> PackItem:
    title = next((str(table[key]) for key in _NAMING_KEYS if key in table), "")
    verified_on, review_by = table["verified_on"], table.get("review_by")
    return PackItem(
        name=f"{place}: {title}" if title else place,
        verified_on=verified_on if isinstance(verified_on, date) and verified_on != NEVER else None,
        review_by=review_by if isinstance(review_by, date) else None,
    )
