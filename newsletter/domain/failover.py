"""Failover: when a mail service has refused for so long that it is tried with care, and that another one takes over."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter.domain.quiet import local_day

PATIENCE = timedelta(minutes=15)
_TROUBLE = timedelta(minutes=1)  # what passes sooner, such as a service that asks to slow down, is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a mail service takes our mail; times are aware, UTC.

    `resume_at`: it is left alone until then, for this `reason`. `refused_since`: since then, no call has got through.
    """

    resume_at: datetime | None = None
    reason: str = ""
    refused_since: datetime | None = None

    def is_paused(self, now: datetime) -> bool:
        return self.resume_at is not None and self.resume_at > now

    def is_in_trouble(self, now: datetime) -> bool:
        """Whether it is to be tried with a single mail: if it hangs, one is in doubt and not a hundred."""
        return self.refused_since is not None and now - self.refused_since >= _TROUBLE

    def is_given_up(self, now: datetime, timezone: str) -> bool:
        """Whether another service takes over: after PATIENCE, or at once where it takes nothing more today.

        `timezone` says when the day ends.
        """
        if self.refused_since is not None and now - self.refused_since >= PATIENCE:
            return True
        resume_at = self.resume_at or now
        return resume_at - now > PATIENCE and local_day(resume_at, timezone) > local_day(now, timezone)
