"""Rules on review: what the packs state is checked again in time."""

import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from importlib.resources import files

import pytest

from newsletter.packs.loading import overdue, unverified
from newsletter.packs.review import pack_items

REVIEWED = ["claims/en.toml", "crisis_lines.toml", "plans/en/tender.toml", "safety/en.toml"]


def numbers_in(value: object) -> Iterator[dict[str, object]]:
    """Every table that gives a telephone number."""
    if isinstance(value, dict):
        if "number" in value:
            yield value
        for entry in value.values():
            yield from numbers_in(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from numbers_in(entry)


def test_no_item_of_the_packs_is_past_its_review_date_today() -> None:
    """When this fails, check the named items at their source and move their dates."""
    assert overdue(datetime.now(UTC).date()) == []


def test_an_item_is_overdue_from_the_day_after_its_review_date() -> None:
    """And it is called by the file and its name."""
    assert overdue(date(2028, 11, 1)) == []
    assert "crisis_lines.toml, countries, GB, lines: NHS" in overdue(date(2028, 11, 2))


@pytest.mark.parametrize("file", REVIEWED)
def test_every_kind_of_pack_is_reviewed(file: str) -> None:
    """Plans, safety blocks, crisis lines and claims rules alike."""
    assert any(item.name.startswith(file) and item.review_by for item in pack_items())


def test_what_nobody_has_checked_is_listed() -> None:
    """Never overdue, and never forgotten either."""
    assert "crisis_lines.toml, countries, GB, lines: Samaritans" in unverified()
    assert not set(unverified()) & set(overdue(date.max))


def test_every_telephone_number_says_where_it_is_from_and_when_it_was_checked() -> None:
    """A number without a source cannot be checked again."""
    lines = tomllib.loads((files("newsletter.packs") / "crisis_lines.toml").read_text(encoding="utf-8"))
    numbers = list(numbers_in(lines))
    assert len(numbers) >= 14
    assert all(entry.get("source") and entry.get("verified_on") for entry in numbers)
