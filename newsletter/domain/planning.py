"""Planning: which mails follow a session, and when each of them is due."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from newsletter.domain.aftercare import Offset, Plan, Session, Step
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
_SATURDAY = 5  # as date.weekday() counts


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


def due_moment(offset: Offset, ended_at: datetime, timezone: str) -> datetime:
    """The moment an offset names, counted from the session's end (aware) on the client's calendar. UTC."""
    if offset.at is None:
        return ended_at.astimezone(UTC) + timedelta(days=offset.days, hours=offset.hours)
    return at_local(local_day(ended_at, timezone) + timedelta(days=offset.days), offset.at, timezone)


def _welcome(step: Step, wanted: datetime, quiet: QuietHours, timezone: str) -> datetime:
    """The first moment from `wanted` on that is outside quiet hours, and on a weekday where the step asks for one."""
    due = quiet.next_allowed(wanted, timezone)
    while step.weekdays_only and local_day(due, timezone).weekday() >= _SATURDAY:
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
