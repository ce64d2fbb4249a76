"""The JSON documents that scripts read: their names and meanings are a promise (docs/commands.md)."""

from collections.abc import Sequence
from typing import Any

from newsletter.bookings.report import BookingReport
from newsletter.cli.invocation import iso, table
from newsletter.domain import slots
from newsletter.domain.aftercare import Session
from newsletter.domain.campaign import Campaign
from newsletter.domain.delivery import Delivery
from newsletter.domain.finding import Finding
from newsletter.domain.forecast import Foreseen
from newsletter.domain.overruling import Overruling
from newsletter.domain.story import Entry
from newsletter.store.meta import Hold
from subscribers.subscriber import Subscriber


def delivery_document(delivery: Delivery) -> dict[str, Any]:
    if delivery.campaign_id is not None:
        origin: dict[str, Any] = {"campaign_id": delivery.campaign_id}
    else:
        origin = {"session_id": delivery.session_id, "step": delivery.step}
    return {
        "id": delivery.id,
        **origin,
        "subscriber": {"id": delivery.subscriber_id, "email": delivery.email},
        "stream": delivery.stream.value,
        "subject": subject_line(delivery),
        "state": delivery.state.value,
        "reason": delivery.reason,
        "due_at": iso(delivery.due_at),
        "created_at": iso(delivery.created_at),
        "accepted_at": iso(delivery.accepted_at),
        "final_at": iso(delivery.final_at),
        "provider": delivery.provider,
        "provider_message_id": delivery.provider_message_id,
        "attempts": delivery.attempts,
    }


def foreseen_document(foreseen: Foreseen) -> dict[str, Any]:
    if foreseen.campaign_id is not None:
        origin: dict[str, Any] = {"campaign_id": foreseen.campaign_id}
    else:
        origin = {"session_id": foreseen.session_id, "step": foreseen.step}
    return {
        "at": iso(foreseen.at),
        "subscriber": {"id": foreseen.subscriber_id, "email": foreseen.email, "name": foreseen.name},
        "what": what(foreseen),
        "stream": foreseen.stream.value,
        "will": foreseen.will.value,
        "reason": foreseen.reason,
        **origin,
    }


def what(foreseen: Foreseen) -> str:
    """The subject, or the step whose mail is not composed yet."""
    return slots.fill(slots.split(foreseen.subject), {}) or foreseen.step or ""


def hold_document(hold: Hold | None) -> dict[str, Any] | None:
    """Why all mail is held; null where it is not."""
    return None if hold is None else {"reason": hold.reason, "since": iso(hold.since)}


def subject_line(delivery: Delivery) -> str:
    """The subject with what its slots fall back to: lists name nobody twice."""
    return slots.fill(slots.split(delivery.subject), {})


def campaign_document(campaign: Campaign, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "id": campaign.id,
        "name": campaign.name,
        "state": campaign.state.value,
        "stream": campaign.stream.value,
        "segment": campaign.segment,
        "reason": campaign.reason,
        "counts": counts,
        "due_at": iso(campaign.due_at),
        "started_at": iso(campaign.started_at),
        "finished_at": iso(campaign.finished_at),
        "rest_of": campaign.rest_of,
    }


def bookings_document(report: BookingReport) -> dict[str, Any]:
    return {
        "file": report.file,
        "columns": dict(report.columns),
        "left_out": list(report.left_out),
        "counts": report.counts,
        "rows": [
            {
                "row": each.row,
                "outcome": each.outcome.value,
                "client": each.client,
                "ended_at": iso(each.ended_at),
                "message": each.message,
            }
            for each in report.rows
        ],
    }


def session_document(session: Session, email: str) -> dict[str, Any]:
    return {
        "id": session.id,
        "subscriber": {"id": session.subscriber_id, "email": email},
        "services": list(session.services),
        "practitioner": session.practitioner,
        "ended_at": iso(session.ended_at),
        "flags": sorted(session.flags),
        "state": session.state.value,
    }


def entry_document(entry: Entry) -> dict[str, Any]:
    """One thing that happened in a client's story."""
    return {
        "at": iso(entry.at),
        "what": entry.chapter.value,
        "happened": entry.happened,
        "text": entry.text,
        "session_id": entry.session_id,
        "delivery_id": entry.delivery_id,
        "stream": entry.stream and entry.stream.value,
    }


def subscriber_document(person: Subscriber) -> dict[str, Any]:
    return {
        "id": person.id,
        "email": person.email,
        "name": person.name,
        "timezone": person.timezone,
        "country": person.country,
        "language": person.language,
        "tags": list(person.tags),
        "created_at": iso(person.created_at),
    }


def finding_document(finding: Finding) -> dict[str, Any]:
    document: dict[str, Any] = {
        "severity": finding.severity.value,
        "rule": finding.rule,
        "message": finding.message,
        "where": finding.where,
    }
    return document if finding.suggestion is None else document | {"suggestion": finding.suggestion}


def overruling_document(overruling: Overruling) -> dict[str, Any]:
    return {
        "at": iso(overruling.at),
        "who": overruling.who,
        "findings": [finding_document(each) for each in overruling.findings],
    }


def show_findings(title: str, findings: Sequence[Finding]) -> None:
    """What was noticed of a mail, for people; nothing where there is nothing."""
    if findings:
        rows = [[each.severity.value, each.message, each.where, each.suggestion or ""] for each in findings]
        table(title, ["", "what", "where", "you could"], rows)
