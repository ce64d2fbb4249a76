"""A segment: which part of the audience is meant, as validated data and as a line of text."""

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum

from subscribers import place
from subscribers.errors import AudienceError
from subscribers.subscriber import clean_language, clean_tags

_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_HEALTH = frozenset({"service", "services", "plan", "flag", "flags"})


class Field(StrEnum):
    TAG = "tag"
    COUNTRY = "country"
    LANGUAGE = "language"  # "en" takes en-GB in, "en-GB" only itself
    JOINED_AFTER = "joined_after"  # from the start of that day on, UTC
    JOINED_BEFORE = "joined_before"  # before the start of that day, UTC
    SESSIONS = "sessions"  # so many of them at least, or more
    SESSION_AFTER = "session_after"  # the latest one ended from the start of that day on, UTC
    SESSION_BEFORE = "session_before"  # the latest one ended before the start of that day, UTC
    RECEIVED = "received"  # the newsletter of that campaign left for her
    OPENED = "opened"  # she opened the newsletter of that campaign, or followed a link of it; machines do not count
    CLICKED = "clicked"  # she followed a link of the newsletter of that campaign; machines do not count
    ENGAGED_AFTER = "engaged_after"  # she opened or clicked from that day on, UTC; machines do not count


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One condition, or its opposite where it is `negated`. `value` is in normal form; a date is YYYY-MM-DD."""

    field: Field
    value: str
    negated: bool = False

    def __str__(self) -> str:
        return f"{'!' if self.negated else ''}{self.field}:{self.value}"

    @property
    def moment(self) -> dt.datetime:
        """The start of the day that `value` names, UTC; only for the fields that end in after or before."""
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
    """Reads "tag:regulars|tag:friends,!country:GB": a comma means "and", a bar "or", a mark "not". Nothing is everyone.

    Raises AudienceError that names the part that cannot be read.
    """
    if not text.strip():
        return EVERYONE
    return Segment(all_of=tuple(tuple(map(_rule, group.split("|"))) for group in text.split(",")))


def _rule(text: str) -> Rule:
    name, colon, value = text.strip().partition(":")
    if name.strip().removeprefix("!").strip().casefold() in _HEALTH:
        raise AudienceError(
            "What was done in a session says something about health, so nobody is chosen by it for a newsletter.",
            "GDPR art. 9 wants an explicit consent for that. Choose by tag, or by sessions:1 and session_after:DATE.",
        )
    try:
        field = Field(name.strip().removeprefix("!").strip().casefold())
    except ValueError:
        field = None
    if field is None or not colon or not value.strip():
        raise AudienceError(
            f"“{text.strip()[:60]}” is not a rule of a segment.",
            f"Write for example tag:regulars,!country:GB; the fields are {', '.join(Field)}.",
        )
    return Rule(field=field, value=_value(field, value.strip()), negated=name.strip().startswith("!"))


def _value(field: Field, value: str) -> str:
    match field:
        case Field.TAG:
            return "".join(clean_tags([value])) or _refuse(value, "tag")
        case Field.COUNTRY:
            return place.country(value)
        case Field.LANGUAGE:
            return clean_language(value)
        case Field.SESSIONS | Field.RECEIVED | Field.OPENED | Field.CLICKED:
            return str(int(value)) if _NUMBER.fullmatch(value) else _refuse(value, "number")
        case _:
            try:
                return dt.date.fromisoformat(value).isoformat()
            except ValueError:
                return _refuse(value, "date; write it as 2025-01-31")


def _refuse(value: str, wanted: str) -> str:
    raise AudienceError(f"“{value[:60]}” is not a {wanted}.", "Correct the segment.")
