"""Quiet hours: the part of a client's day in which nothing is mailed to her."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """No mail from `start` until `end` of the next morning, in the client's local time (AFTERCARE: 20:00 to 09:00)."""

    start: time = time(20)
    end: time = time(9)

    def next_allowed(self, moment: datetime, timezone: str) -> datetime:
        """`moment` itself (aware), or the end of the quiet hours it falls into. The answer is UTC."""
        local = moment.astimezone(ZoneInfo(timezone))
        if local.time() >= self.start:
            return self.morning_of(local.date() + timedelta(days=1), timezone)
        if local.time() < self.end:
            return self.morning_of(local.date(), timezone)
        return moment.astimezone(ZoneInfo("UTC"))

    def morning_of(self, day: date, timezone: str) -> datetime:
        """The end of the quiet hours on a local day, as UTC."""
        return at_local(day, self.end, timezone)


def local_day(moment: datetime, timezone: str) -> date:
    """The calendar day that `moment` (aware) falls on for somebody in `timezone`."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def at_local(day: date, at: time, timezone: str) -> datetime:
    """A wall-clock time on a local day as UTC.

    A time that the clocks skip in spring is read with the offset of before (PEP 495, fold 0), so it lands an hour later
    by the wall; a time that comes twice in autumn is its first coming.
    """
    return datetime.combine(day, at, ZoneInfo(timezone)).astimezone(ZoneInfo("UTC"))
