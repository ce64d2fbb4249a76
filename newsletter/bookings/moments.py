"""Dates, times and durations as booking programs write them."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_NUMBERS = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})\b")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_WORDS = re.compile(r"(?:(\d{1,2})\.?\s+([a-z]{3,9})|([a-z]{3,9})\.?\s+(\d{1,2})),?\s+(\d{4})\b", re.IGNORECASE)
_TIME = re.compile(
    r"(\d{1,2})(?:[:.h](\d{2})(?::(\d{2})(?:\.\d{1,9})?)?)?\s*([ap]\.?\s?m\.?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_HOURS = re.compile(r"(?:(\d{1,2})\s*(?::|h(?:ours?|rs?)?)\s*)?(?:(\d{1,4})\s*(?:m|min|mins|minutes?|minuten)?\.?)?")
_LONGEST = timedelta(hours=24)


def month_first(texts: Iterable[str], otherwise: bool) -> bool:
    """Whether 03/02/2026 is in March: as the other dates tell, and where none does, `otherwise`."""
    for text in texts:
        if found := _NUMBERS.search(text[:60]):
            first, second = int(found[1]), int(found[2])
            if max(first, second) > 12:
                return second > 12
    return otherwise


def read_date(text: str, *, american: bool) -> tuple[date | None, str]:
    """The first date of a text, and what follows it. Raises ValueError for a day that does not exist."""
    if found := _ISO.search(text):
        day = date(int(found[1]), int(found[2]), int(found[3]))
    elif found := _NUMBERS.search(text):
        month, number = (found[1], found[2]) if american else (found[2], found[1])
        day = date(int(found[3]), int(month), int(number))
    elif found := _WORDS.search(text):
        name = (found[2] or found[3]).lower()
        months = [place for place, month in enumerate(_MONTHS, start=1) if month == name[:3]]
        day = date(int(found[5]), (months or [0])[0], int(found[1] or found[4]))
    else:
        return None, text
    rest = text[found.end() :].strip(" ,T")
    return day, rest.removeprefix("at ")


def read_time(text: str) -> tuple[time, bool]:
    """A time, and whether it was read with an offset (the time carries it). Raises ValueError."""
    found = _TIME.fullmatch(text.strip())
    if found is None or (found[2] is None and found[4] is None):
        raise ValueError(text)
    hour, half = int(found[1]), (found[4] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(text)
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    offset = _offset(found[5])
    return time(hour, int(found[2] or 0), int(found[3] or 0), tzinfo=offset), offset is not None


def read_moment(text: str, day: date | None, zone: tzinfo, *, american: bool) -> datetime:
    """A moment in UTC; without an offset on the clock of `zone`, without a date on `day`. Raises ValueError."""
    own, rest = read_date(text[:80].strip(), american=american)
    if (own or day) is None:
        raise ValueError(text)
    clock, has_offset = read_time(rest)
    moment = datetime.combine(own or day or date.min, clock)
    return (moment if has_offset else moment.replace(tzinfo=zone)).astimezone(UTC)


def read_duration(text: str) -> timedelta:
    """“60”, “60 min”, “1:30”, “1 h 30”. Raises ValueError for anything else, for nothing and for more than a day."""
    found = _HOURS.fullmatch(text.strip().lower()[:20])
    if found is None:
        raise ValueError(text)
    length = timedelta(hours=int(found[1] or 0), minutes=int(found[2] or 0))
    if not timedelta() < length <= _LONGEST:
        raise ValueError(text)
    return length


def _offset(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    if not text.startswith(("+", "-")):
        return UTC
    return datetime.strptime(text, "%z").tzinfo
