"""Planning: which mails follow a session, and when each of them is due."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from newsletter.domain.aftercare import Offset, Plan, Session, Step
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
    "relaxation",
    "reiki",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """A step of a session with its moment; `expires_at` is when it would come too late. Both UTC."""

    step: Step
    due_at: datetime
    expires_at: datetime


def plan_for(services: Sequence[str], flags: Collection[str], plans: Mapping[str, Plan]) -> Plan:
    """The one plan of a session: tender before all; of several services the strictest, with the safety blocks of all.

    Raises InputError for a session without a service, or for a service that has no plan.
    """
    known = [service for service in STRICTNESS if service in plans]
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
    plan: Plan, session: Session, *, timezone: str, first_visit: bool, quiet: QuietHours
) -> tuple[PlannedStep, ...]:
    """Every step that applies to the session, each outside the client's quiet hours and on a day of its own."""
    planned: list[PlannedStep] = []
    for step in plan.steps:
        if step.first_visit_only and not first_visit:
            continue
        wanted = max(due_moment(step.offset, session.ended_at, timezone), session.ended_at)
        due = quiet.next_allowed(wanted, timezone)
        planned.append(PlannedStep(step=step, due_at=due, expires_at=due + step.grace))
    return _one_a_day(planned, quiet, timezone)


def due_moment(offset: Offset, ended_at: datetime, timezone: str) -> datetime:
    """The moment an offset names, counted from the session's end (aware) on the client's calendar. UTC."""
    if offset.at is None:
        return ended_at.astimezone(UTC) + timedelta(days=offset.days, hours=offset.hours)
    return at_local(local_day(ended_at, timezone) + timedelta(days=offset.days), offset.at, timezone)


def _one_a_day(planned: list[PlannedStep], quiet: QuietHours, timezone: str) -> tuple[PlannedStep, ...]:
    """Two steps that fell on one local day: the later one moves to the next free morning.

    Its grace runs from its own moment on: words about "this morning" are not sent a day late.
    """
    taken = set()
    spread = []
    for item in sorted(planned, key=lambda item: item.due_at):
        due = item.due_at
        while local_day(due, timezone) in taken:
            due = quiet.morning_of(local_day(due, timezone) + timedelta(days=1), timezone)
        taken.add(local_day(due, timezone))
        spread.append(replace(item, due_at=due))
    return tuple(spread)


def _with_safety_of(leading: Plan, plans: Sequence[Plan]) -> Plan:
    """The leading plan, each mail of it carrying the safety blocks that any of the session's services asks for."""
    wanted = [name for plan in plans for step in plan.steps for name in step.safety]
    steps = tuple(replace(step, safety=tuple(dict.fromkeys([*step.safety, *wanted]))) for step in leading.steps)
    return replace(leading, steps=steps)
