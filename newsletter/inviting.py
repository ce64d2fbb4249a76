"""Inviting: which invitations follow a session, and which of the client's earlier ones have become pointless by it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from newsletter.context import App
from newsletter.domain.aftercare import Plan, Purpose, Session, SessionState
from newsletter.domain.conditions import Visit
from newsletter.domain.planning import PlannedStep, own_rhythm, plan_for, plan_invitations
from newsletter.domain.quiet import local_day
from newsletter.errors import InputError
from newsletter.store import aftercare, invitations, plan_versions
from subscribers.store import people
from subscribers.subscriber import Subscriber

SWITCHED_OFF = "you switched invitations off"
_ASKED_BACK = "was asked back before: once, then silence"


def invite(
    app: App, connection: Connection, session: Session, plan: Plan, visit: Visit, timezone: str, now: datetime
) -> Iterator[PlannedStep]:
    """The invitations of a session that is in the store, and on the way those cancelled that it makes pointless.

    None of a session that ended before invitations were switched on, after which she came again, or of which they
    would come too late.
    """
    since = invitations.on_since(connection)
    if since is None:  # then none waits either
        return
    invitations.give_way(connection, session.subscriber_id, now)
    if session.ended_at < since or invitations.came_again(connection, session.id):
        return
    rhythm = own_rhythm(local_day(end, timezone) for end in invitations.visits(connection, session))
    asked_back = invitations.was_asked_back(connection, session)
    for planned in plan_invitations(plan, session, timezone=timezone, visit=visit, quiet=app.quiet, rhythm=rhythm):
        if planned.expires_at <= now:
            continue
        again = asked_back and planned.step.purpose is Purpose.WIN_BACK and not planned.skipped
        yield replace(planned, skipped=_ASKED_BACK) if again else planned


def visit_of(connection: Connection, session: Session, client: Subscriber) -> Visit:
    """What the conditions of a plan look at."""
    return Visit(
        number=aftercare.earlier_visits(connection, session.subscriber_id, session.ended_at) + 1,
        services=frozenset(session.services),
        practitioner=session.practitioner,
        flags=session.flags,
        tags=frozenset(client.tags),
    )


def switch_on(app: App, now: datetime) -> datetime:
    """Sessions that end from now on are followed by invitations, those that are booked already too.

    Returns since when, also where they were on before.
    """
    with app.database.write() as connection:
        since = invitations.switch_on(connection, now)
        for line in reversed(aftercare.all_sessions(connection, ended_after=now)):
            if line.session.state is SessionState.BOOKED:
                _plan_booked(app, connection, line.session, now)
    return since


def _plan_booked(app: App, connection: Connection, session: Session, now: datetime) -> None:
    client = people.get(connection, session.subscriber_id)
    try:
        plan = plan_for(session.services, session.flags, app.plans_for(client.language))
    except InputError:  # the studio took its plan away: then nothing follows the session
        return
    visit, timezone = visit_of(connection, session, client), client.timezone or app.studio.timezone
    steps = tuple(invite(app, connection, session, plan, visit, timezone, now))
    aftercare.plan(connection, session, steps, now, plan_versions.used(connection, plan, now))


def switch_off(app: App, now: datetime) -> int:
    """No invitation leaves any more. Returns how many were waiting."""
    with app.database.write() as connection:
        return invitations.switch_off(connection, SWITCHED_OFF, now)
