"""Aftercare: a session is recorded, moved or cancelled, and the mails that follow it go with it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from newsletter.context import App
from newsletter.domain.aftercare import Plan, Session, SessionState
from newsletter.domain.care_rules import in_order, missing_blocks
from newsletter.domain.delivery import DeliveryState
from newsletter.domain.edition import Edition
from newsletter.domain.planning import PlannedStep, plan_for, plan_steps
from newsletter.errors import InputError, NotFoundError, RefusedError, TemplateError
from newsletter.packs.loading import safety_blocks
from newsletter.rendering import compose
from newsletter.store import aftercare, editions, outbox
from subscribers.consent import Stream, in_force
from subscribers.store import ledger, people
from subscribers.subscriber import Subscriber

FLAGS = frozenset({"tender"})
PRESUMED_AFTER = timedelta(hours=3)  # AFTERCARE, When care starts: a booking that nobody cancelled took place
_CHUNK = 500  # due steps composed in one transaction
_LEFT_PLAN = "no longer part of the aftercare"


def add_session(
    app: App,
    *,
    email: str,
    services: Sequence[str],
    ended_at: datetime,
    now: datetime,
    practitioner: str = "",
    flags: Sequence[str] = (),
    reference: str | None = None,
) -> int:
    """Records a session that took place and plans its aftercare; returns its id.

    The same session given again (by its reference, or by client and end) is the one that is there. Raises InputError,
    NotFoundError or RefusedError, and then nothing was recorded.
    """
    _check_new(ended_at, flags, now)
    with app.database.write() as connection:
        client = _client(connection, email)
        known = aftercare.find(connection, reference) if reference else None
        known = known or aftercare.same_time(connection, client.id, ended_at)
        if known is not None:
            return _same_again(known, services, flags)
        _require_consent(connection, client, now)
        session = Session(
            id=0,
            subscriber_id=client.id,
            services=tuple(dict.fromkeys(services)),
            practitioner=practitioner,
            ended_at=ended_at,
            flags=frozenset(flags),
            state=SessionState.COMPLETED,
        )
        plan = plan_for(session.services, session.flags, app.plans)
        session = replace(session, id=aftercare.add(connection, session, reference, now))
        aftercare.plan(connection, session, _steps(app, connection, session, plan, client), now)
        return session.id


def move_session(app: App, session_id: int, ended_at: datetime, now: datetime) -> Session:
    """The session ended, or is going to end, at another time: what has not left yet moves with it.

    What no longer applies is cancelled. Moving it to where it is changes nothing.
    """
    with app.database.write() as connection:
        session = _standing(connection, session_id)
        if session.ended_at == ended_at:
            return session
        state = SessionState.COMPLETED if ended_at <= now else SessionState.BOOKED
        aftercare.change(connection, session_id, now, ended_at=ended_at, state=state.value)
        moved = replace(session, ended_at=ended_at, state=state)
        client = people.get(connection, session.subscriber_id)
        plan = plan_for(session.services, session.flags, app.plans)
        steps = _steps(app, connection, moved, plan, client)
        names = [planned.step.name for planned in steps]
        aftercare.cancel_queued(connection, session_id, _LEFT_PLAN, now, keep=names)
        aftercare.reschedule(connection, session_id, steps)
        aftercare.plan(connection, moved, steps, now)
        return moved


def cancel_session(app: App, session_id: int, now: datetime) -> int:
    """The session did not take place: what has not left yet is cancelled. Returns how many mails that were."""
    with app.database.write() as connection:
        session = aftercare.get(connection, session_id)
        if session.state is not SessionState.CANCELLED:
            aftercare.change(connection, session_id, now, state=SessionState.CANCELLED.value)
        return aftercare.cancel_queued(connection, session_id, "the session was cancelled", now)


def compose_due(app: App, now: datetime) -> None:
    """Gives every due care mail its edition; one that has left its plan meanwhile is cancelled."""
    with app.database.write() as connection:
        aftercare.presume_complete(connection, now - PRESUMED_AFTER, now)
    while _compose_chunk(app, now):
        pass


@dataclass(frozen=True, slots=True)
class _Recipe:
    """What decides which edition a care mail gets: equal recipes are composed once."""

    services: tuple[str, ...]
    flags: frozenset[str]
    step: str
    country: str


def _compose_chunk(app: App, now: datetime) -> bool:
    with app.database.read() as connection:
        due = aftercare.due_without_edition(connection, now, _CHUNK)
    recipes: dict[_Recipe, list[int]] = {}
    for item in due:
        recipe = _Recipe(item.session.services, item.session.flags, item.step, item.country or app.studio.country)
        recipes.setdefault(recipe, []).append(item.delivery_id)
    composed, fault = [], None
    for recipe, ids in recipes.items():
        try:
            composed.append((_compose(app, recipe), ids))
        except TemplateError as error:  # the other mails must not wait for this one
            fault = error
    with app.database.write() as connection:
        for edition, ids in composed:
            if edition is None:
                outbox.end(connection, [(each, DeliveryState.CANCELLED, _LEFT_PLAN) for each in ids], now)
            else:
                aftercare.set_edition(connection, ids, editions.save(connection, edition, now))
    if fault is not None:
        raise fault
    return len(due) == _CHUNK


def _compose(app: App, recipe: _Recipe) -> Edition | None:
    """The mail of a step; None where its plan no longer has that step."""
    plan = plan_for(recipe.services, recipe.flags, app.plans)
    step = next((step for step in plan.steps if step.name == recipe.step), None)
    if step is None:
        return None
    if absent := missing_blocks(plan.name, step.safety):
        raise TemplateError(
            f"The care mail “{step.name}” of {plan.name} lacks the safety block {', '.join(absent)}.",
            "Add it to the plan; the mail is not sent without it.",
        )
    safety = safety_blocks(in_order(step.safety), country=recipe.country or None, language=step.note.language)
    return compose.care(step.note, safety, app.studio, app.templates)


def _steps(
    app: App, connection: Connection, session: Session, plan: Plan, client: Subscriber
) -> tuple[PlannedStep, ...]:
    first_visit = not aftercare.earlier_visits(connection, client.id, session.ended_at)
    timezone = client.timezone or app.studio.timezone
    return plan_steps(plan, session, timezone=timezone, first_visit=first_visit, quiet=app.quiet)


def _same_again(known: Session, services: Sequence[str], flags: Sequence[str]) -> int:
    """The session that is there already, when it is given again as it is. Raises RefusedError when it differs."""
    if set(services) == set(known.services) and set(flags) == known.flags:
        return known.id
    words = ", ".join([*known.services, *sorted(known.flags)])
    raise RefusedError(
        f"Session {known.id} of this client at that time is there already, with {words}; nothing was changed.",
        f"Cancel it first, if that is wrong: session cancel {known.id}",
    )


def _check_new(ended_at: datetime, flags: Sequence[str], now: datetime) -> None:
    if ended_at > now:
        raise RefusedError(
            f"A session that ends on {ended_at:%d %B %Y at %H:%M %Z} has not taken place yet.",
            "Record it once it has ended; care mails follow what was done.",
        )
    if unknown := sorted(set(flags) - FLAGS):
        raise InputError(f"There is no flag “{unknown[0]}”.", f"Flags there are: {', '.join(sorted(FLAGS))}.")


def _client(connection: Connection, email: str) -> Subscriber:
    client = people.find(connection, email)
    if client is None:
        raise NotFoundError(f"Nobody here has the address {email}.", f"Add her first: subscriber add {email}")
    return client


def _require_consent(connection: Connection, client: Subscriber, now: datetime) -> None:
    if not in_force(ledger.current(connection, client.id).get(Stream.CARE), now):
        raise RefusedError(
            f"{client.name or client.email} has not agreed to care mails, so nothing was recorded.",
            f"Ask her; when she agrees: subscriber add {client.email} --consent care",
        )


def _standing(connection: Connection, session_id: int) -> Session:
    session = aftercare.get(connection, session_id)
    if session.state in (SessionState.CANCELLED, SessionState.NO_SHOW):
        raise RefusedError(f"Session {session_id} is {session.state}; it cannot be moved.", "Record a new one instead.")
    return session
