"""The last look before a mail leaves: send it, postpone it, or suppress it with its reason."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter.domain.quiet import QuietHours, local_day
from subscribers.consent import Stream
from subscribers.suppression import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What is known of a due delivery at the moment of sending; times are aware, UTC.

    `suppression` is the reason her address is blocked for the stream, if it is. `last_mail_at` is when the latest mail
    of another delivery left for her, `care_due_at` when the next care mail waits for her.
    """

    delivery_id: int
    subscriber_id: int
    stream: Stream
    timezone: str
    reachable: bool
    suppression: Reason | None
    consent: bool
    session_stands: bool
    campaign_stands: bool
    expires_at: datetime | None
    last_mail_at: datetime | None
    care_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Send:
    pass


@dataclass(frozen=True, slots=True)
class Postpone:
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Suppress:
    reason: str


@dataclass(frozen=True, slots=True)
class Cancel:
    reason: str


Decision = Send | Postpone | Suppress | Cancel

NO_CONSENT = {
    Stream.MARKETING: "has not agreed to newsletters",
    Stream.CARE: "has not agreed to care mails",
}
SUPPRESSED = {
    Reason.UNSUBSCRIBE: "has unsubscribed",
    Reason.SOFT_BOUNCE: "the address refused several mails in a row",
    Reason.PAUSE: "has paused the newsletter",
    Reason.BY_HAND: "was taken off by hand",
    Reason.HARD_BOUNCE: "the address refuses mail",
    Reason.COMPLAINT: "reported a mail as spam",
    Reason.ERASURE: "asked for her data to be erased",
}


def decide(candidate: Candidate, quiet: QuietHours, now: datetime) -> Decision:
    """What to do with a delivery that is due at `now`."""
    if not candidate.session_stands:
        return Cancel("the session was cancelled")
    if not candidate.campaign_stands:
        return Cancel("the campaign was cancelled")
    if reason := _not_allowed(candidate):
        return Suppress(reason)
    if candidate.expires_at is not None and now > candidate.expires_at:
        return Suppress("its moment had passed")
    if candidate.stream is Stream.SERVICE:
        return Send()
    return _fit_into_her_day(candidate, quiet, now)


def _not_allowed(candidate: Candidate) -> str | None:
    if not candidate.reachable:
        return "has no address any more"
    if candidate.suppression is not None:
        return SUPPRESSED[candidate.suppression]
    if candidate.stream is not Stream.SERVICE and not candidate.consent:
        return NO_CONSENT[candidate.stream]
    return None


def _fit_into_her_day(candidate: Candidate, quiet: QuietHours, now: datetime) -> Decision:
    """Quiet hours, one mail a day, and care before newsletters (AFTERCARE, Timeline by service)."""
    allowed = quiet.next_allowed(now, candidate.timezone)
    if allowed > now:
        return _postpone(candidate, allowed, "quiet hours")
    if _same_day(candidate.last_mail_at, now, candidate.timezone):
        return _postpone(candidate, _tomorrow(quiet, now, candidate.timezone), "another mail went to her that day")
    if candidate.stream is Stream.MARKETING and _same_day(candidate.care_due_at, now, candidate.timezone):
        return _postpone(candidate, _tomorrow(quiet, now, candidate.timezone), "a care mail goes to her that day")
    return Send()


def _postpone(candidate: Candidate, until: datetime, reason: str) -> Decision:
    if candidate.expires_at is not None and until > candidate.expires_at:
        return Suppress(f"{reason}, and later would be too late")
    return Postpone(until, reason)


def _same_day(moment: datetime | None, now: datetime, timezone: str) -> bool:
    return moment is not None and local_day(moment, timezone) == local_day(now, timezone)


def _tomorrow(quiet: QuietHours, now: datetime, timezone: str) -> datetime:
    return quiet.morning_of(local_day(now, timezone) + timedelta(days=1), timezone)
