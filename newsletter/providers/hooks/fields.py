"""Fields of a vendor's JSON, read with suspicion: whatever stands in them, something that can be kept comes out."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from newsletter.domain.event import Event, Kind
from newsletter.providers.wording import without_addresses

_LONGEST = 200
_LONGEST_REASON = 300
_UNPRINTABLE = re.compile(r"[^\S ]+|[\x00-\x1f\x7f-\x9f]+")
_OUR_TIMES = range(1970, 2200)  # a moment at the end of time cannot even be put into another zone
_MILLISECONDS = 100_000_000_000  # as seconds: the year 5138

Fields = Mapping[str, object]
_NOTHING: Fields = {}
_write = json.JSONEncoder(separators=(",", ":")).encode


def text(value: object, longest: int = _LONGEST) -> str:
    """A word or a number as one line of text; empty for anything else."""
    if isinstance(value, str):
        if len(value) <= longest and value.isascii() and value.isprintable():
            return value
        whole = value[: 4 * longest].encode("utf-8", "replace").decode()  # half a surrogate pair is no text
        return _UNPRINTABLE.sub(" ", whole)[:longest].strip()
    return str(value)[:longest] if isinstance(value, int) and not isinstance(value, bool) else ""


def reason(*values: object) -> str:
    """The first that says something, without addresses: it is read in reports."""
    said = next((found for value in values if (found := text(value, _LONGEST_REASON))), "")
    return without_addresses(said).rstrip(". ")


def mapping(value: object) -> Fields:
    """A JSON object; an empty one for anything else."""
    return value if isinstance(value, dict) else _NOTHING


def first(value: object) -> object:
    """The first of an array; the value itself where it is none."""
    return (value[0] if value else None) if isinstance(value, list) else value


def moment(value: object) -> datetime | None:
    """ISO 8601 (without an offset, UTC), or seconds or milliseconds since 1970; None for no moment of our times."""
    try:
        found = _moment(value)
    except (ValueError, OverflowError, OSError):
        return None
    return found if found is not None and found.year in _OUR_TIMES else None


def _moment(value: object) -> datetime | None:
    if isinstance(value, str) and not value.isdecimal():
        written = datetime.fromisoformat(value)
        return written if written.tzinfo else written.replace(tzinfo=UTC)
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        number = float(value)
        return datetime.fromtimestamp(number / 1000 if number > _MILLISECONDS else number, UTC)
    return None


def key(*parts: object) -> str:
    """The name of an event by what tells it apart, without addresses; the same parts always give the same name."""
    words = [text(part, 5 * _LONGEST) for part in parts]
    joined = ":".join(words) if len(words) > 1 else words[0]
    return (
        joined
        if len(joined) <= _LONGEST and "@" not in joined
        else hashlib.sha256(json.dumps(words).encode()).hexdigest()
    )


def written(value: object) -> str:
    """The JSON of an event that came among others; in ASCII, so that every store can keep it."""
    return _write(value)


def odd(value: object) -> Event:
    """What is no event at all, kept all the same."""
    raw = written(value)
    return Event(key=f"odd:{hashlib.sha256(raw.encode()).hexdigest()}", kind=Kind.UNKNOWN, raw=raw)


def tagged(tags: object, name: str) -> str:
    """The value of a tag, of `{name: value}`, `{name: [value]}` or `[{"name": name, "value": value}]`."""
    match tags:
        case {**pairs} if name in pairs:
            return text(first(pairs[name]))
        case list():
            found = (mapping(tag) for tag in tags)
            return next((text(tag.get("value")) for tag in found if tag.get("name") == name), "")
    return ""


def address(value: object) -> str:
    """A mail address, out of `Name <address>` where it is so written."""
    return text(value, 320).rpartition("<")[2].rstrip("> ").strip()


def items(value: object) -> Sequence[Fields]:
    """The objects of an array."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else ()
