"""The last look before a mail leaves: send it, postpone it, or suppress it with its reason."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter.domain.planning import SATURDAY
from newsletter.domain.quiet import QuietHours, local_day
from subscribers.consent import Stream
from subscribers.subscriber import Frequency
from subscribers.suppression import Reason

MONTH = timedelta(days=31)  # as long as the longest
MOST_A_MONTH = 2  # newsletters and invitations to one person (AFTERCARE, Timeline by service)
CAME_AGAIN = "has come or booked again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """What else is known of an invitation; times are aware, UTC.

    `newsletter_due_at` is when the next newsletter is due that she gets, or may get where nobody knows its audience
    yet; `newsletters_to_come` how many of them leave within a month. `holiday_over_at`: the practitioner is away till
    then, which the `holiday` says in words.
    """

    came_again: bool = False
    newsletter_due_at: datetime | None = None
    newsletters_to_come: int = 0
    holiday_over_at: datetime | None = None
    holiday: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What is known of a due delivery at the moment of sending; times are aware, UTC.

    `suppression` is the reason her address is blocked for the stream, if it is. `last_mail_at` is when the latest mail
    of another delivery left for her, `care_due_at` when the next care mail waits for her, `frequency` how many
    newsletters she wishes for, `marketing_at` when each of her newsletters and invitations of late left, the latest
    first. `invited` belongs to an invitation.
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
    frequency: Frequency = Frequency.EVERY
    marketing_at: tuple[datetime, ...] = ()
    invited: Invited | None = None


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

WISHES = {
    Frequency.WEEKLY: "wishes for one newsletter a week at most",
    Frequency.MONTHLY: "wishes for one newsletter a month at most",
}


def decide(candidate: Candidate, quiet: QuietHours, now: datetime, most_a_month: int = MOST_A_MONTH) -> Decision:
    """What to do with a delivery that is due at `now`."""
    if not candidate.session_stands:
        return Cancel("the session was cancelled")
    if not candidate.campaign_stands:
        return Cancel("the campaign was cancelled")
    if candidate.invited is not None and candidate.invited.came_again:
        return Cancel(CAME_AGAIN)
    if reason := _not_allowed(candidate):
        return Suppress(reason)
    if candidate.expires_at is not None and now > candidate.expires_at:
        return Suppress("its moment had passed")
    if candidate.stream is Stream.SERVICE:
        return Send()
    return (
        _fit_into_her_day(candidate, quiet, now)
        or _fit_her_wish(candidate, quiet, now)
        or _fit_into_her_month(candidate, quiet, now, most_a_month)
    )


def _not_allowed(candidate: Candidate) -> str | None:
    if not candidate.reachable:
        return "has no address any more"
    if candidate.suppression is not None:
        return SUPPRESSED[candidate.suppression]
    if candidate.stream is not Stream.SERVICE and not candidate.consent:
        return NO_CONSENT[candidate.stream] if candidate.invited is None else "has not agreed to invitations"
    return None


def _fit_into_her_day(candidate: Candidate, quiet: QuietHours, now: datetime) -> Decision | None:
    """Quiet hours, one mail a day, and care before newsletters before invitations; None where nothing is in its way."""
    allowed = quiet.next_allowed(now, candidate.timezone)
    if allowed > now:
        return _postpone(candidate, allowed, "quiet hours")
    tomorrow = _tomorrow(candidate, quiet, now)
    if _same_day(candidate.last_mail_at, now, candidate.timezone):
        return _postpone(candidate, tomorrow, "another mail went to her that day")
    if candidate.stream is Stream.MARKETING and _same_day(candidate.care_due_at, now, candidate.timezone):
        return _postpone(candidate, tomorrow, "a care mail goes to her that day")
    if candidate.invited is not None:
        return _fit_invitation(candidate, candidate.invited, quiet, now)
    return None


def _fit_invitation(candidate: Candidate, invited: Invited, quiet: QuietHours, now: datetime) -> Decision | None:
    """An invitation can wait some days, and gives way to everything."""
    if invited.holiday_over_at is not None:
        return _postpone(candidate, quiet.next_allowed(invited.holiday_over_at, candidate.timezone), invited.holiday)
    if local_day(now, candidate.timezone).weekday() >= SATURDAY:
        return _postpone(candidate, _tomorrow(candidate, quiet, now), "is sent on weekdays only")
    newsletter = invited.newsletter_due_at
    if newsletter and local_day(newsletter, candidate.timezone) <= local_day(now, candidate.timezone):
        return _postpone(candidate, _tomorrow(candidate, quiet, now), "a newsletter goes out that day")
    return None


def _fit_her_wish(candidate: Candidate, quiet: QuietHours, now: datetime) -> Decision | None:
    """As often as she chose herself, newsletters and invitations together."""
    if candidate.stream is not Stream.MARKETING or candidate.frequency is Frequency.EVERY:
        return None
    recent = [moment for moment in candidate.marketing_at if moment > now - candidate.frequency.apart]
    if not recent:
        return None
    reason = WISHES[candidate.frequency]
    if candidate.invited is None:
        return Suppress(reason)
    return _postpone(candidate, quiet.next_allowed(recent[0] + candidate.frequency.apart, candidate.timezone), reason)


def _fit_into_her_month(candidate: Candidate, quiet: QuietHours, now: datetime, most: int) -> Decision:
    """So many newsletters and invitations together. A newsletter too many is left out; an invitation finds room."""
    if candidate.stream is not Stream.MARKETING:
        return Send()
    recent = [moment for moment in candidate.marketing_at if moment > now - MONTH]
    if len(recent) >= most:
        reason = f"has had {len(recent)} newsletters or invitations within a month"
        if candidate.invited is None:
            return Suppress(reason)
        return _postpone(candidate, quiet.next_allowed(recent[most - 1] + MONTH, candidate.timezone), reason)
    if candidate.invited is not None and len(recent) + candidate.invited.newsletters_to_come >= most:
        return _postpone(candidate, _tomorrow(candidate, quiet, now), "newsletters to come fill her month")
    return Send()


def _postpone(candidate: Candidate, until: datetime, reason: str) -> Decision:
    if candidate.expires_at is not None and until > candidate.expires_at:
        return Suppress(f"{reason}, and later would be too late")
    return Postpone(until, reason)


def _same_day(moment: datetime | None, now: datetime, timezone: str) -> bool:
    return moment is not None and local_day(moment, timezone) == local_day(now, timezone)


def _tomorrow(candidate: Candidate, quiet: QuietHours, now: datetime) -> datetime:
    """Her next morning; of an invitation, that of her next weekday."""
    day = local_day(now, candidate.timezone) + timedelta(days=1)
    while candidate.invited is not None and day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return quiet.morning_of(day, candidate.timezone)
