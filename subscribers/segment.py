"""A segment: which part of the audience is meant, as validated data and as a line of text."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from subscribers import place
from subscribers.errors import AudienceError
from subscribers.subscriber import clean_language, clean_tags


class Field(StrEnum):
    TAG = "tag"
    COUNTRY = "country"
    LANGUAGE = "language"  # "en" takes en-GB in, "en-GB" only itself
    JOINED_AFTER = "joined_after"  # from the start of that day on, UTC
    JOINED_BEFORE = "joined_before"  # before the start of that day, UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One condition. `value` is in normal form; a date is YYYY-MM-DD."""

    field: Field
    value: str

    def __str__(self) -> str:
        return f"{self.field}:{self.value}"

    @property
    def moment(self) -> dt.datetime:
        """The start of the day that `value` names, UTC; only for the fields about joining."""
        return dt.datetime.combine(dt.date.fromisoformat(self.value), dt.time(), dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """All of its groups must hold; of a group, any one rule. No group at all is everyone."""

    all_of: tuple[tuple[Rule, ...], ...] = ()

    def __str__(self) -> str:
        """The line that `parse` reads back as this very segment."""
        return ",".join("|".join(map(str, any_of)) for any_of in self.all_of)


EVERYONE = Segment()


def parse(text: str) -> Segment:
    """Reads "tag:regulars|tag:friends,country:GB": a comma means "and", a bar means "or". Nothing is everyone.

    Raises AudienceError that names the part that cannot be read.
    """
    if not text.strip():
        return EVERYONE
    return Segment(all_of=tuple(tuple(map(_rule, group.split("|"))) for group in text.split(",")))


def _rule(text: str) -> Rule:
    name, colon, value = text.strip().partition(":")
    try:
        field = Field(name.strip().casefold())
    except ValueError:
        field = None
    if field is None or not colon or not value.strip():
        raise AudienceError(
            f"“{text.strip()[:60]}” is not a rule of a segment.",
            f"Write for example tag:regulars,country:GB; the fields are {', '.join(Field)}.",
        )
    return Rule(field=field, value=_value(field, value.strip()))


def _value(field: Field, value: str) -> str:
    match field:
        case Field.TAG:
            return "".join(clean_tags([value])) or _refuse(value, "tag")
        case Field.COUNTRY:
            return place.country(value)
        case Field.LANGUAGE:
            return clean_language(value)
        case Field.JOINED_AFTER | Field.JOINED_BEFORE:
            try:
                return dt.date.fromisoformat(value).isoformat()
            except ValueError:
                return _refuse(value, "date; write it as 2025-01-31")


def _refuse(value: str, wanted: str) -> str:
    raise AudienceError(f"“{value[:60]}” is not a {wanted}.", "Correct the segment.")
