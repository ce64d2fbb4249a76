"""A rhythm: when something happens again and again, such as Tuesdays at nine, on the studio's clock."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from newsletter.errors import InputError

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PLACES = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
_WRITTEN = re.compile(r"(?:(?P<place>[a-z]+) )?(?P<day>[a-z]+?)s? (?P<hour>\d{1,2}):(?P<minute>\d\d)")
_LONGEST = 63  # days: two months hold every weekday of every place


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """A weekday (Monday is 0) at an hour; with `place` only the first to fourth, or the last (-1), of a month."""

    weekday: int
    at: time
    place: int | None = None

    def __str__(self) -> str:
        """The words that `parse` reads back as this very rhythm."""
        place = next((word for word, number in _PLACES.items() if number == self.place), "")
        return f"{place} {_DAYS[self.weekday]} {self.at:%H:%M}".strip()

    def after(self, moment: datetime, timezone: str) -> datetime:
        """The first time after an aware moment, UTC. An hour that the clocks skip counts as the one that follows."""
        zone = ZoneInfo(timezone)
        day = moment.astimezone(zone).date()
        for days in range(_LONGEST):
            candidate = day + timedelta(days=days)
            if self._is_on(candidate):
                then = datetime.combine(candidate, self.at, zone).astimezone(UTC)
                if then > moment:
                    return then
        raise AssertionError("two months hold every weekday")

    def _is_on(self, day: date) -> bool:
        if day.weekday() != self.weekday:
            return False
        if self.place is None:
            return True
        if self.place < 0:
            return (day + timedelta(days=7)).month != day.month
        return (day.day - 1) // 7 + 1 == self.place


def parse(text: str) -> Rhythm:
    """Reads "tuesdays 09:00", or "first monday 09:00" for once a month. Raises InputError."""
    found = _WRITTEN.fullmatch(" ".join(text.lower().split()))
    place = found["place"] if found else None
    if found is None or found["day"] not in _DAYS or (place and place not in {"every", *_PLACES}):
        raise _unreadable(text)
    hour, minute = int(found["hour"]), int(found["minute"])
    if hour > 23 or minute > 59:
        raise _unreadable(text)
    return Rhythm(weekday=_DAYS.index(found["day"]), at=time(hour, minute), place=_PLACES.get(place or ""))


def _unreadable(text: str) -> InputError:
    return InputError(
        f"“{text[:60]}” is no rhythm.", 'Write for example "tuesdays 09:00", or "first monday 09:00" for once a month.'
    )
