"""`delivery why`: what a mail goes back to, as a document for scripts and in words for people."""

from collections.abc import Iterator
from typing import Any

import click

from newsletter.cli.documents import delivery_document, session_document, subject_line
from newsletter.cli.invocation import ROW_ID, Invocation, command, fields, iso, show_time
from newsletter.cli.plan_words import condition_words, when_words
from newsletter.domain.aftercare import Session
from newsletter.store.plan_versions import PlanVersion
from newsletter.story import Why
from subscribers.consent import ConsentRecord, Stream


@click.command("why", help="Why she got this mail, or did not: session or campaign, plan, consent, conditions, call.")
@click.argument("delivery_id", type=ROW_ID)
@command
def why(run: Invocation, *, delivery_id: int) -> None:
    from newsletter.story import why as look

    with run.app() as app:
        found = look(app, delivery_id, run.now)
        zone = app.studio.timezone
    run.report(
        why_document(found),
        lambda: fields(f"“{_name(found)}” to {found.delivery.email or '(erased)'}", dict(_words(found, zone))),
    )


def why_document(found: Why) -> dict[str, Any]:
    """{delivery, session or campaign, plan, consent, call}; each is null where there is none."""
    call, session, campaign = found.provenance.call, found.session, found.campaign
    return {
        "delivery": delivery_document(found.delivery),
        "planned_at": iso(found.provenance.planned_at),
        "expires_at": iso(found.provenance.expires_at),
        "session": session and session_document(session, found.delivery.email) | {"visit": found.visit},
        "campaign": campaign and {"id": campaign.id, "name": campaign.name, "segment": campaign.segment},
        "plan": _plan_document(found),
        "consent": _consent_document(found.consent, allowed=found.allowed),
        "call": call
        and {
            "id": call.id,
            "provider": call.provider,
            "state": call.state,
            "prepared_at": iso(call.prepared_at),
            "accepted_at": iso(call.accepted_at),
            "finished_at": iso(call.finished_at),
            "reason": call.reason,
            "provider_message_id": found.delivery.provider_message_id,
        },
    }


def _plan_document(found: Why) -> dict[str, Any] | None:
    planned, composed = found.provenance.planned_by, found.provenance.composed_by
    version = composed or planned
    if version is None:
        return None
    return {
        "name": version.name,
        "language": version.language,
        "step": found.delivery.step,
        "planned_version": planned and planned.version,
        "composed_version": composed and composed.version,
        "when": found.step and when_words(found.step),
        "conditions": found.step and list(condition_words(found.step)),
    }


def _consent_document(record: ConsentRecord | None, *, allowed: bool) -> dict[str, Any] | None:
    if record is None:
        return None
    return {
        "stream": record.stream.value,
        "action": record.action.value,
        "basis": record.basis.value,
        "source": record.source,
        "wording": record.wording,
        "at": iso(record.at),
        "expires_at": iso(record.expires_at),
        "allowed": allowed,
    }


def _words(found: Why, zone: str) -> Iterator[tuple[str, str]]:
    mail, origin = found.delivery, found.provenance
    yield "state", f"{mail.state.value}: {mail.reason}" if mail.reason else mail.state.value
    if found.session is not None:
        yield "session", _session(found.session, found.visit, zone)
    if found.campaign is not None:
        yield "campaign", f"{found.campaign.id}, “{found.campaign.name}”, for {found.campaign.segment or 'everybody'}"
    if origin.planned_by or origin.composed_by:
        yield "step", f"{mail.step}" + (f", {when_words(found.step)}" if found.step else "")
        yield "plan", _plan(origin.planned_by, origin.composed_by)
    if found.step is not None:
        yield "conditions", "; ".join(condition_words(found.step)) or "none: it is meant for every visit"
    yield "planned for", show_time(origin.planned_at, zone)
    yield "consent", _consent(found, zone)
    if origin.call is not None:
        yield "call", f"{origin.call.id} to {origin.call.provider}, prepared {show_time(origin.call.prepared_at, zone)}"
    if mail.accepted_at is not None:
        number = f" as {mail.provider_message_id}" if mail.provider_message_id else ""
        yield "accepted", f"{show_time(mail.accepted_at, zone)} by {mail.provider}{number}"


def _name(found: Why) -> str:
    return subject_line(found.delivery) or found.delivery.step or "a mail"


def _session(session: Session, visit: int | None, zone: str) -> str:
    what = ", ".join([*session.services, *sorted(session.flags)]) or "what was done is forgotten"
    who = f" with {session.practitioner}" if session.practitioner else ""
    return f"{session.id}: {what}{who}, ended {show_time(session.ended_at, zone)}, visit {visit}, {session.state.value}"


def _plan(planned: PlanVersion | None, composed: PlanVersion | None) -> str:
    version = composed or planned
    if version is None:
        return ""
    named = f"{version.name} ({version.language}), version {version.version}"
    if planned is not None and composed is not None and planned != composed:
        return f"{named}; it was planned by version {planned.version} ({planned.language})"
    return named


def _consent(found: Why, zone: str) -> str:
    record, mail = found.consent, found.delivery
    if mail.stream is Stream.SERVICE:
        return "none is needed: she asked for it"
    if record is None:
        return "none was on record"
    words = f"“{record.wording}”" if record.wording else "no wording on record"
    source = f", {record.source}" if record.source else ""
    said = f"{record.action.value} {show_time(record.at, zone)}, {record.basis.replace('_', ' ')}{source}; {words}"
    return said if found.allowed else f"{said}; it did not allow this mail"
