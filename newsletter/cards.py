"""Cards: a care mail as a page to print, of a plan or for the client of a session."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from newsletter.context import App
from newsletter.domain.aftercare import Plan, Step, with_line
from newsletter.domain.care_rules import in_order
from newsletter.domain.planning import plan_for
from newsletter.domain.studio import Studio
from newsletter.errors import NotFoundError
from newsletter.packs.loading import require_sound, safety_blocks
from newsletter.rendering.card import card
from newsletter.store import aftercare, holidays
from subscribers.store import people
from subscribers.subscriber import first_name


def plan_card(app: App, name: str, now: datetime, *, language: str = "", step: str = "", country: str = "") -> str:
    """The card of a plan: of its first mail, or of the `step` of that name; with nobody's name on it.

    `country` decides the telephone numbers; the studio's where it is empty. Raises NotFoundError where there is no such
    plan or mail, TemplateError for a mail that must not go out.
    """
    plans = app.plans_for(language)
    if name not in plans:
        raise NotFoundError(f"There is no plan “{name}”.", f"Plans there are: {', '.join(sorted(plans))}.")
    fields = {"practitioner": app.studio.practitioner}
    return _card(app, plans[name], _step(plans[name], step), app.studio, fields, country, now)


def session_card(app: App, session_id: int, now: datetime, *, step: str = "") -> str:
    """The card for the client of a session: in her language, with her name, the numbers of her country, and the
    safety blocks of all that was done. Raises as `plan_card` does."""
    with app.database.read() as connection:
        session = aftercare.get(connection, session_id)
        client = people.get(connection, session.subscriber_id)
    plan = plan_for(session.services, session.flags, app.plans_for(client.language))
    chosen = _step(plan, step)
    chosen = replace(chosen, note=with_line(chosen.note, session.line))
    writer = app.studio.written_by(session.practitioner)
    fields = {"first_name": first_name(client.name), "practitioner": app.studio.signature_of(session.practitioner)}
    return _card(app, plan, chosen, writer, fields, client.country, now)


def _step(plan: Plan, name: str) -> Step:
    found = next((step for step in plan.steps if name in ("", step.name)), None)
    if found is None:
        raise NotFoundError(
            f"The plan {plan.name} has no care mail “{name}”.",
            f"It has: {', '.join(step.name for step in plan.steps)}.",
        )
    return found


def _card(
    app: App, plan: Plan, step: Step, studio: Studio, fields: Mapping[str, str], country: str, now: datetime
) -> str:
    """As newsletter.aftercare composes its mail."""
    require_sound(plan, step)
    where = country or studio.country or None
    safety = safety_blocks(in_order(step.safety), country=where, language=step.note.language)
    with app.database.read() as connection:
        away = holidays.under_way(connection, now, studio.timezone)
    return card(step.note, safety, studio, app.templates, fields, away)
