"""The practitioner's review: what she approves leaves, and what she holds does not."""

from dataclasses import replace
from datetime import datetime

from newsletter.context import App
from newsletter.domain.aftercare import Plan, SessionState, with_line
from newsletter.domain.planning import plan_for
from newsletter.errors import InputError, RefusedError
from newsletter.packs.loading import require_sound
from newsletter.store import aftercare
from subscribers.store import people

_OVER = frozenset({SessionState.CANCELLED, SessionState.NO_SHOW, SessionState.HELD})
_LONGEST_LINE = 300  # characters


def approve_session(app: App, session_id: int, now: datetime, line: str = "") -> int:
    """What waited for her word leaves at its hour; `line` stands in the next mail. Returns how many mails waited.

    Raises RefusedError for a session whose mails were stopped, InputError or TemplateError for a line that cannot go
    out; then nothing has changed. Approving again changes nothing but the line, where there is one.
    """
    with app.database.write() as connection:
        session = aftercare.get(connection, session_id)
        if session.state in _OVER:
            raise RefusedError(
                f"Session {session_id} is {session.state}; its mails were stopped.", "There is nothing to approve."
            )
        client = people.get(connection, session.subscriber_id)
        cleaned = _checked(line, plan_for(session.services, session.flags, app.plans_for(client.language)))
        reviewed_at, kept = session.reviewed_at or now, cleaned or session.line
        aftercare.change(connection, session_id, now, reviewed_at=reviewed_at, line=kept)
        zone = client.timezone or app.studio.timezone
        return aftercare.release(connection, session_id, app.quiet.next_allowed(now, zone))


def hold_session(app: App, session_id: int, now: datetime) -> int:
    """Nothing more leaves for this session. Returns how many mails that stopped; holding it again changes nothing."""
    with app.database.write() as connection:
        session = aftercare.get(connection, session_id)
        if session.state not in _OVER:
            aftercare.change(connection, session_id, now, state=SessionState.HELD.value, line="")
        return aftercare.cancel_queued(connection, session_id, "you held it back", now)


def _checked(line: str, plan: Plan) -> str:
    """On one line and fit for every mail of the plan: a claim in it would stop the mail later, unseen."""
    cleaned = " ".join("".join(each if each.isprintable() else " " for each in line).split())
    if len(cleaned) > _LONGEST_LINE:
        raise InputError(
            f"The line has {len(cleaned)} characters; there is room for {_LONGEST_LINE}.",
            "Make it shorter, or write to her yourself.",
        )
    for step in plan.steps if cleaned else ():
        require_sound(plan, replace(step, note=with_line(step.note, cleaned)))
    return cleaned
