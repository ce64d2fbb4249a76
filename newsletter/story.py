"""A client's story, and why she got a mail: everything the store knows of one person, put together."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from newsletter.context import App
from newsletter.domain import story
from newsletter.domain.aftercare import Plan, Session, Step
from newsletter.domain.campaign import Campaign
from newsletter.domain.delivery import Delivery
from newsletter.domain.story import Entry
from newsletter.errors import NotFoundError, SettingsError, TemplateError
from newsletter.packs.loading import read_again
from newsletter.store import aftercare, campaigns, deliveries, provenance, session_changes
from newsletter.store.plan_versions import PlanVersion
from newsletter.store.provenance import Provenance
from subscribers import store
from subscribers.consent import ConsentRecord, Stream, in_force


def story_of(app: App, subscriber_id: int) -> list[Entry]:
    """What happened to a client, in the order of time; what is to come stands at the end."""
    with app.database.read() as connection:
        client = store.get(connection, subscriber_id)
        return story.tell(
            aftercare.of_client(connection, subscriber_id),
            session_changes.of_client(connection, subscriber_id),
            list(deliveries.ledger(connection, subscriber_id=subscriber_id)),
            store.consents(connection, subscriber_id),
            store.suppressions(connection, store.hash_of(connection, subscriber_id)),
            timezone=client.timezone or app.studio.timezone,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why a person got a mail, or did not. Of `session` and `campaign` one is set, but for mails of the service stream.

    `visit` is the number of her session, from 1. `step` is the step as the version of its plan had it that it was
    composed by, or was planned by; None where nobody keeps that version. `consent` is the entry that counted when it
    left, or counts now; `allowed` whether it allowed the mail then.
    """

    delivery: Delivery
    provenance: Provenance
    session: Session | None
    visit: int | None
    campaign: Campaign | None
    step: Step | None
    consent: ConsentRecord | None
    allowed: bool


def why(app: App, delivery_id: int, now: datetime) -> Why:
    """What a mail goes back to. Raises NotFoundError where there is no such mail."""
    with app.database.read() as connection:
        mail = deliveries.get(connection, delivery_id)
        if mail is None:
            raise NotFoundError(f"There is no mail {delivery_id}.", "List them with: delivery list")
        found = provenance.of_delivery(connection, delivery_id)
        session = aftercare.get(connection, mail.session_id) if mail.session_id is not None else None
        moment, visit = found.called_at or now, None
        if session is not None:
            visit = aftercare.earlier_visits(connection, session.subscriber_id, session.ended_at) + 1
        consent = _consent_at(connection, mail, moment)
        return Why(
            delivery=mail,
            provenance=found,
            session=session,
            visit=visit,
            campaign=campaigns.get(connection, mail.campaign_id) if mail.campaign_id is not None else None,
            step=_step(app, mail, found.composed_by or found.planned_by),
            consent=consent,
            allowed=mail.stream is Stream.SERVICE or in_force(consent, moment),
        )


def _consent_at(connection: Connection, mail: Delivery, moment: datetime) -> ConsentRecord | None:
    """The latest entry of the mail's stream at that moment."""
    entries = store.consents(connection, mail.subscriber_id)
    return next((each for each in reversed(entries) if each.stream is mail.stream and each.at <= moment), None)


def _step(app: App, mail: Delivery, version: PlanVersion | None) -> Step | None:
    """None also where a plan cannot be read any more: that must not hide all the rest."""
    try:
        plan = _plan(app, version) if version else None
    except (SettingsError, TemplateError):
        return None
    return next((step for step in (*plan.steps, *plan.invitations) if step.name == mail.step), None) if plan else None


def _plan(app: App, version: PlanVersion) -> Plan | None:
    """The plan as that version had it: the one in use, or the studio's own file as it was kept."""
    if version.content:
        return read_again(version.content, version.language)
    in_use = app.plans_for(version.language).get(version.name)
    return in_use if in_use is not None and in_use.version == version.version else None
