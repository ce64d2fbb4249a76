"""Pace: when the last mail of a campaign can leave, by the limits of its sender."""

from datetime import datetime, timedelta

from newsletter.domain.limits import LENGTH, Limits, Usage, Window, start_of

_HOURS = LENGTH[Window.DAY] // LENGTH[Window.HOUR]
_FURTHEST = 3650  # days; a limit of one mail a day for a million readers has no end worth naming


def finishing_day(limits: Limits, usage: Usage, mails: int, now: datetime) -> datetime | None:
    """The start (UTC) of the day on which the last of so many mails leaves; None: not within ten years.

    Quiet hours and care mail may make it later.
    """
    today, left = start_of(Window.DAY, now), mails
    for days in range(_FURTHEST):
        most = _most_a_day(limits, usage.day_number + days)
        if most is None:
            return today + timedelta(days=days)
        left -= max(most - (usage.used.get(Window.DAY, 0) if not days else 0), 0)
        if left <= 0:
            return today + timedelta(days=days)
    return None


def _most_a_day(limits: Limits, day_number: int) -> int | None:
    a_day, an_hour = limits.of(Window.DAY, day_number), limits.of(Window.HOUR, day_number)
    bounds = [each for each in (a_day, None if an_hour is None else an_hour * _HOURS) if each is not None]
    return min(bounds, default=None)
