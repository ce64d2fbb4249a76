"""Aftercare: a session is recorded, moved or cancelled, and the mails that follow it go with it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from newsletter.context import App
from newsletter.domain.aftercare import Plan, Session, SessionState, Step, with_line
from newsletter.domain.care_rules import in_order
from newsletter.domain.conditions import EVERY_VISIT, Visit, unmet
from newsletter.domain.delivery import DeliveryState
from newsletter.domain.edition import Edition
from newsletter.domain.planning import PlannedStep, plan_for, plan_steps
from newsletter.domain.studio import Studio
from newsletter.errors import InputError, NotFoundError, RefusedError, TemplateError
from newsletter.inviting import invite, visit_of
from newsletter.packs.loading import require_sound, safety_blocks
from newsletter.rendering import compose
from newsletter.store import aftercare, editions, holidays, outbox, plan_versions
from newsletter.store.aftercare import NOT_REVIEWED, DueStep
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
        plan = plan_for(session.services, session.flags, app.plans_for(client.language))
        session = replace(session, id=aftercare.add(connection, session, reference, now))
        steps = _steps(app, connection, session, plan, client, now)
        aftercare.plan(connection, session, steps, now, plan_versions.used(connection, plan, now))
        return session.id


def move_session(app: App, session_id: int, ended_at: datetime, now: datetime) -> Session:
    """The session ended, or is going to end, at another time: what has not left yet moves with it.

    What no longer applies is cancelled. Moving it to where it is changes nothing.
    """
    with app.database.write() as connection:
        return shift(app, connection, session_id, ended_at, now)


def shift(app: App, connection: Connection, session_id: int, ended_at: datetime, now: datetime) -> Session:
    """Moves a session within a transaction that is open already."""
    session = _standing(connection, session_id)
    if session.ended_at == ended_at:
        return session
    state = SessionState.COMPLETED if ended_at <= now else SessionState.BOOKED
    aftercare.change(connection, session_id, now, ended_at=ended_at, state=state.value)
    moved = replace(session, ended_at=ended_at, state=state)
    client = people.get(connection, session.subscriber_id)
    plan = plan_for(session.services, session.flags, app.plans_for(client.language))
    steps = _steps(app, connection, moved, plan, client, now)
    names = [planned.step.name for planned in steps]
    aftercare.cancel_queued(connection, session_id, _LEFT_PLAN, now, keep=names)
    version_id = plan_versions.used(connection, plan, now)
    aftercare.reschedule(connection, session_id, steps, version_id)
    aftercare.plan(connection, moved, [planned for planned in steps if planned.expires_at > now], now, version_id)
    return moved


def cancel_session(app: App, session_id: int, now: datetime) -> int:
    """The session did not take place: what has not left yet is cancelled. Returns how many mails that were."""
    with app.database.write() as connection:
        session = aftercare.get(connection, session_id)
        return call_off(connection, session, SessionState.CANCELLED, now)


def call_off(connection: Connection, session: Session, state: SessionState, now: datetime) -> int:
    """Cancels a session, or marks it a no-show, within a transaction that is open already."""
    if session.state is not state:
        aftercare.change(connection, session.id, now, state=state.value)
    reason = "the session was cancelled" if state is SessionState.CANCELLED else "the client did not come"
    return aftercare.cancel_queued(connection, session.id, reason, now)


def enter(
    app: App, connection: Connection, session: Session, client: Subscriber, reference: str | None, now: datetime
) -> int:
    """Records a session that took place or is booked, within a transaction that is open already; returns its id.

    Only mails that can still come in time are planned: of a session long past there are none. Raises InputError for a
    service without a plan and RefusedError without consent, before anything is written.
    """
    _require_consent(connection, client, now)
    plan = plan_for(session.services, session.flags, app.plans_for(client.language))
    recorded = replace(session, id=aftercare.add(connection, session, reference, now))
    steps = _steps(app, connection, recorded, plan, client, now)
    coming = [planned for planned in steps if planned.expires_at > now]
    aftercare.plan(connection, recorded, coming, now, plan_versions.used(connection, plan, now))
    return recorded.id


def compose_due(app: App, now: datetime) -> None:
    """Gives every due care mail and invitation its edition; one that has left its plan meanwhile is cancelled."""
    with app.database.write() as connection:
        aftercare.presume_complete(connection, now - PRESUMED_AFTER, now)
    while _compose_chunk(app, now):
        pass


@dataclass(frozen=True, slots=True)
class _Recipe:
    """What decides which edition a care mail gets: equal recipes are composed once.

    `studio` is the studio as the session's practitioner writes for it.
    """

    studio: Studio
    services: tuple[str, ...]
    flags: frozenset[str]
    step: str
    country: str
    language: str
    line: str


def _compose_chunk(app: App, now: datetime) -> bool:
    with app.database.read() as connection:
        due = aftercare.due_without_edition(connection, now, _CHUNK)
    recipes: dict[_Recipe, list[DueStep]] = {}
    told: set[int] = set()  # sessions whose line stands in an earlier mail of this chunk
    for item in due:
        country, session = item.country or app.studio.country, item.session
        line = "" if session.id in told or item.stream is not Stream.CARE else session.line
        writer = app.studio.written_by(session.practitioner)
        recipe = _Recipe(writer, session.services, session.flags, item.step, country, item.language, line)
        recipes.setdefault(recipe, []).append(item)
        if line:
            told.add(session.id)
    batches, fault = [], None
    for recipe, items in recipes.items():
        try:
            batches.append(_compose_alike(app, recipe, items, now))
        except TemplateError as error:  # the other mails must not wait for this one
            fault = error
    with app.database.write() as connection:
        for batch in batches:
            _keep(connection, batch, now)
    if fault is not None:
        raise fault
    return len(due) == _CHUNK


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """What becomes of due mails of one recipe: some get the edition, some wait, some end with their reason."""

    plan: Plan
    edition: Edition | None
    line: str
    going: list[DueStep]
    waiting: list[int]
    ended: list[tuple[int, DeliveryState, str]]


def _compose_alike(app: App, recipe: _Recipe, items: Sequence[DueStep], now: datetime) -> _Batch:
    plan = plan_for(recipe.services, recipe.flags, app.plans_for(recipe.language))
    step = next((step for step in (*plan.steps, *plan.invitations) if step.name == recipe.step), None)
    if step is None:
        ended = [(each.delivery_id, DeliveryState.CANCELLED, _LEFT_PLAN) for each in items]
    else:
        ended = _not_meant(app, step, items)
    waiting = _waiting(step, items) if step else []
    ended += [(each.delivery_id, DeliveryState.SUPPRESSED, NOT_REVIEWED) for each in waiting if _is_late(each, now)]
    stopped = {each.delivery_id for each in waiting} | {each[0] for each in ended}
    going = [each for each in items if each.delivery_id not in stopped]
    edition = _compose(app, plan, step, recipe, now) if step and going else None
    put_off = [each.delivery_id for each in waiting if not _is_late(each, now)]
    return _Batch(plan=plan, edition=edition, line=recipe.line, going=going, waiting=put_off, ended=ended)


def _keep(connection: Connection, batch: _Batch, now: datetime) -> None:
    outbox.end(connection, batch.ended, now)
    if batch.waiting:
        aftercare.let_wait(connection, batch.waiting)
    if batch.edition is not None:
        ids = [each.delivery_id for each in batch.going]
        version_id = plan_versions.used(connection, batch.plan, now)
        aftercare.set_edition(connection, ids, editions.save(connection, batch.edition, now), version_id)
        if batch.line:
            aftercare.forget_lines(connection, [each.session.id for each in batch.going])


def _waiting(step: Step, items: Sequence[DueStep]) -> list[DueStep]:
    """Those that the practitioner has not approved; a plan may ask for that only since they were planned."""
    return [each for each in items if step.waits_for_review and each.session.reviewed_at is None]


def _is_late(item: DueStep, now: datetime) -> bool:
    return item.expires_at is None or item.expires_at <= now


def _not_meant(app: App, step: Step, items: Sequence[DueStep]) -> list[tuple[int, DeliveryState, str]]:
    """Those whose condition is not met: a plan may have been edited, a client tagged, since they were planned."""
    if step.when == EVERY_VISIT:
        return []
    with app.database.read() as connection:
        reasons = {each.delivery_id: unmet(step.when, _asked(connection, each.session)) for each in items}
    return [(each, DeliveryState.SUPPRESSED, reason) for each, reason in reasons.items() if reason]


def _compose(app: App, plan: Plan, step: Step, recipe: _Recipe, now: datetime) -> Edition:
    step = replace(step, note=with_line(step.note, recipe.line))
    require_sound(plan, step)
    if step.stream is Stream.MARKETING:
        return compose.invitation(step.note, recipe.studio, app.templates)
    safety = safety_blocks(in_order(step.safety), country=recipe.country or None, language=step.note.language)
    with app.database.read() as connection:
        away = holidays.under_way(connection, now, app.studio.timezone)
    return compose.care(step.note, safety, recipe.studio, app.templates, away)


def _steps(
    app: App, connection: Connection, session: Session, plan: Plan, client: Subscriber, now: datetime
) -> tuple[PlannedStep, ...]:
    """The mails that follow a session, invitations too."""
    visit = visit_of(connection, session, client)
    timezone = client.timezone or app.studio.timezone
    care = plan_steps(plan, session, timezone=timezone, visit=visit, quiet=app.quiet)
    return (*care, *invite(app, connection, session, plan, visit, timezone, now))


def _asked(connection: Connection, session: Session) -> Visit:
    return visit_of(connection, session, people.get(connection, session.subscriber_id))


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
    if session.state in (SessionState.CANCELLED, SessionState.NO_SHOW, SessionState.HELD):
        raise RefusedError(f"Session {session_id} is {session.state}; it cannot be moved.", "Record a new one instead.")
    return session
