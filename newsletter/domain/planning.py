"""Planning: which mails follow a session, and when each of them is due."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from statistics import median

from newsletter.domain.aftercare import Offset, Plan, Purpose, Session, Step
from newsletter.domain.conditions import Visit, unmet
from newsletter.domain.quiet import QuietHours, at_local, local_day
from newsletter.errors import InputError

TENDER = "tender"
STRICTNESS = (  # of several services in one session the first one here leads
    "prenatal",
    "lymphatic",
    "deep-tissue",
    "trigger-point",
    "cupping",
    "hot-stone",
    "sports",
    # here come a studio's own services, by name
    "relaxation",
    "reiki",
)
_GENTLE = ("relaxation", "reiki")
SATURDAY = 5  # as date.weekday() counts
_KNOWN_FROM = 3  # sessions, from which on there is a rhythm of her own
_NOT_BEFORE = 7  # days: whoever comes twice a week is not asked again after three days
_MISSED_AFTER = 28  # days beyond her own rhythm: before that, nobody has stayed away


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """A step of a session with its moment; `expires_at` is when it would come too late. Both UTC.

    `skipped` says why it is not for this visit, where it is not; `waits`: not before the practitioner's review.
    """

    step: Step
    due_at: datetime
    expires_at: datetime
    skipped: str = ""
    waits: bool = False


def plan_for(services: Sequence[str], flags: Collection[str], plans: Mapping[str, Plan]) -> Plan:
    """The one plan of a session: tender before all; of several services the strictest, with the safety blocks of all.

    Raises InputError for a session without a service, or for a service that has no plan.
    """
    known = _services(plans)
    if not services or set(services) - set(known):
        missing = ", ".join(sorted(set(services) - set(known)))
        raise InputError(
            f"There is no aftercare plan for “{missing}”." if missing else "A session needs a service.",
            f"Services with a plan: {', '.join(sorted(known))}.",
        )
    chosen = [plans[service] for service in known if service in services]
    leading = plans[TENDER] if TENDER in flags else chosen[0]
    return leading if chosen == [leading] else _with_safety_of(leading, chosen)


def plan_steps(
    plan: Plan, session: Session, *, timezone: str, visit: Visit, quiet: QuietHours
) -> tuple[PlannedStep, ...]:
    """Every step that applies to the session, each outside the client's quiet hours and on a day of its own.

    A step whose condition is not met is there too, with the reason; it takes no day from the others.
    """
    planned: list[PlannedStep] = []
    skipped: list[PlannedStep] = []
    for step in plan.steps:
        if step.by_hand or (step.first_visit_only and visit.number > 1):
            continue
        wanted = max(due_moment(step.offset, session.ended_at, timezone), session.ended_at)
        due = _welcome(step, wanted, quiet, timezone)
        reason = unmet(step.when, visit) or ""
        waits = step.waits_for_review and session.reviewed_at is None
        item = PlannedStep(step=step, due_at=due, expires_at=due + step.grace, skipped=reason, waits=waits)
        (skipped if reason else planned).append(item)
    return (*_one_a_day(planned, quiet, timezone), *skipped)


def plan_invitations(
    plan: Plan, session: Session, *, timezone: str, visit: Visit, quiet: QuietHours, rhythm: int | None
) -> tuple[PlannedStep, ...]:
    """The invitations that follow a session, as care steps do, and on weekdays alone; none after one with a flag.

    `rhythm` is how many days the client lets pass between her sessions, as `own_rhythm` has it.
    """
    planned: list[PlannedStep] = []
    for invitation in plan.invitations if not session.flags else ():
        if invitation.by_hand:
            continue
        step = _in_her_rhythm(invitation, rhythm)
        due = _welcome(step, due_moment(step.offset, session.ended_at, timezone), quiet, timezone)
        reason = unmet(step.when, visit) or _not_missed(step, rhythm)
        planned.append(PlannedStep(step=step, due_at=due, expires_at=due + step.grace, skipped=reason))
    return _one_a_day(planned, quiet, timezone)


def own_rhythm(days: Iterable[date]) -> int | None:
    """The median of the days between sessions on those days; None below three, for then nobody can tell."""
    apart = [(later - earlier).days for earlier, later in pairwise(sorted(set(days)))]
    return round(median(apart)) if len(apart) >= _KNOWN_FROM - 1 else None


def _in_her_rhythm(step: Step, rhythm: int | None) -> Step:
    if rhythm is None or not step.own_rhythm:
        return replace(step, weekdays_only=True)
    offset = Offset(days=max(rhythm, _NOT_BEFORE), at=step.offset.at or time(10))
    return replace(step, weekdays_only=True, offset=offset)


def _not_missed(step: Step, rhythm: int | None) -> str:
    """Why a win-back is not for a client who comes seldom: it would say that she stayed away, and she has not."""
    if step.purpose is not Purpose.WIN_BACK or rhythm is None:
        return ""
    stayed_away = timedelta(days=step.offset.days, hours=step.offset.hours) >= timedelta(days=rhythm + _MISSED_AFTER)
    return "" if stayed_away else f"she comes every {rhythm} days or so, and has not stayed away"


def due_moment(offset: Offset, ended_at: datetime, timezone: str) -> datetime:
    """The moment an offset names, counted from the session's end (aware) on the client's calendar. UTC."""
    if offset.at is None:
        return ended_at.astimezone(UTC) + timedelta(days=offset.days, hours=offset.hours)
    return at_local(local_day(ended_at, timezone) + timedelta(days=offset.days), offset.at, timezone)


def _welcome(step: Step, wanted: datetime, quiet: QuietHours, timezone: str) -> datetime:
    """The first moment from `wanted` on that is outside quiet hours, and on a weekday where the step asks for one."""
    due = quiet.next_allowed(wanted, timezone)
    while step.weekdays_only and local_day(due, timezone).weekday() >= SATURDAY:
        due = _next_morning(due, quiet, timezone)
    return due


def _next_morning(moment: datetime, quiet: QuietHours, timezone: str) -> datetime:
    return quiet.morning_of(local_day(moment, timezone) + timedelta(days=1), timezone)


def _services(plans: Mapping[str, Plan]) -> list[str]:
    """Every service with a plan, the strictest first; what a studio's own services involve, nobody here knows."""
    own = sorted(set(plans) - {*STRICTNESS, TENDER})
    order = [*(name for name in STRICTNESS if name not in _GENTLE), *own, *_GENTLE]
    return [service for service in order if service in plans]


def _one_a_day(planned: list[PlannedStep], quiet: QuietHours, timezone: str) -> tuple[PlannedStep, ...]:
    """Two steps that fell on one local day: the later one moves to the next free morning.

    Its grace runs from its own moment on: words about "this morning" are not sent a day late.
    """
    taken = set()
    spread = []
    for item in sorted(planned, key=lambda item: item.due_at):
        due = item.due_at
        while local_day(due, timezone) in taken:
            due = _welcome(item.step, _next_morning(due, quiet, timezone), quiet, timezone)
        taken.add(local_day(due, timezone))
        spread.append(replace(item, due_at=due))
    return tuple(spread)


def _with_safety_of(leading: Plan, plans: Sequence[Plan]) -> Plan:
    """The leading plan, each mail of it carrying the safety blocks that any of the session's services asks for."""
    wanted = [name for plan in plans for step in plan.steps for name in step.safety]
    steps = tuple(replace(step, safety=tuple(dict.fromkeys([*step.safety, *wanted]))) for step in leading.steps)
    return replace(leading, steps=steps)
