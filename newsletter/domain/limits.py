"""Limits: how many mails a sender may hand over in a second, an hour, a day, and while it warms up."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class Window(StrEnum):
    """Counted by the clock, in UTC, as the services count: a new hour begins at its full hour, a day at midnight."""

    SECOND = "second"
    HOUR = "hour"
    DAY = "day"


LENGTH = {Window.SECOND: timedelta(seconds=1), Window.HOUR: timedelta(hours=1), Window.DAY: timedelta(days=1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most mails in each window; None: as many as there are. `warm_up` is the most on the first, second ... day of
    sending through a new sender; after the last of them only `per_day` counts."""

    per_second: int | None = None
    per_hour: int | None = None
    per_day: int | None = None
    warm_up: tuple[int, ...] = ()

    @property
    def are_set(self) -> bool:
        return bool(self.warm_up) or any(each is not None for each in (self.per_second, self.per_hour, self.per_day))

    def of(self, window: Window, day_number: int) -> int | None:
        """The limit of a window on the `day_number`-th day (from 1) of sending."""
        if window is Window.SECOND:
            return self.per_second
        if window is Window.HOUR:
            return self.per_hour
        if day_number > len(self.warm_up):
            return self.per_day
        warm = self.warm_up[day_number - 1]
        return warm if self.per_day is None else min(warm, self.per_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How many mails were handed over in the windows that hold now, and which day of sending it is (from 1)."""

    used: Mapping[Window, int]
    day_number: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many mails may be handed over now; None: as many as there are. Without room: when there is some again."""

    mails: int | None
    resume_at: datetime | None = None
    reason: str = ""


def start_of(window: Window, now: datetime) -> datetime:
    """When the window that holds `now` (aware) began. UTC."""
    moment = now.astimezone(UTC)
    match window:
        case Window.SECOND:
            return moment.replace(microsecond=0)
        case Window.HOUR:
            return moment.replace(minute=0, second=0, microsecond=0)
        case Window.DAY:
            return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def end_of(window: Window, now: datetime) -> datetime:
    """When the next window begins. UTC."""
    return start_of(window, now) + LENGTH[window]


def room(limits: Limits, usage: Usage, now: datetime, *, reserved: int = 0) -> Room:
    """What the limits leave. `reserved` mails of the day are kept free, for care mail that is still to come."""
    tightest = min(_left(limits, usage, reserved), default=None)
    if tightest is None:
        return Room(mails=None)
    left, window, limit = tightest
    if left > 0:
        return Room(mails=left)
    resume_at = max(end_of(each, now) for room, each, _ in _left(limits, usage, reserved) if room <= 0)
    return Room(mails=0, resume_at=resume_at, reason=_REASONS[window].format(limit=limit))


_REASONS = {
    Window.SECOND: "the limit of {limit} mails a second is reached",
    Window.HOUR: "this hour's limit of {limit} mails is reached",
    Window.DAY: "today's limit of {limit} mails is reached",
}


def _left(limits: Limits, usage: Usage, reserved: int) -> Iterator[tuple[int, Window, int]]:
    """What is left in each window that has a limit."""
    for window in Window:
        limit = limits.of(window, usage.day_number)
        if limit is not None:
            kept = reserved if window is Window.DAY else 0
            yield max(limit - usage.used.get(window, 0) - kept, 0), window, limit
