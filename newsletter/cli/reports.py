"""`report`: figures, and whether they add up."""

from collections.abc import Sequence
from typing import Any

import click

from newsletter.cli.documents import campaign_document
from newsletter.cli.invocation import ROW_ID, Invocation, command, table
from newsletter.cli.responses import response_document, show_response
from newsletter.domain.delivery import DeliveryState
from newsletter.domain.report import TAKEN, Figures, Reason
from newsletter.reports import Entry, overview, report_campaign


@click.group(help="Counts and rates of a campaign or of everything, and whether they add up.")
def report() -> None:
    pass


@report.command("campaign", help="One campaign: who got it, who did not and why, how fast.")
@click.argument("campaign_id", type=ROW_ID)
@command
def campaign(run: Invocation, *, campaign_id: int) -> None:
    with run.app() as app:
        found = report_campaign(app, campaign_id)
    document = _entry_document(found.whole) | {"providers": [_entry_document(each) for each in found.providers]}
    document |= response_document(found.response)

    def tell() -> None:
        _show(f"Campaign {campaign_id}", [found.whole, *found.providers])
        _show_reasons(found.whole.figures)
        show_response(found.response)
        _show_reconciliation([found.whole])

    run.report(document, tell)


@report.command("overview", help="Everything: by campaign, by care step and by mail service.")
@command
def show_overview(run: Invocation) -> None:
    with run.app() as app:
        found = overview(app)
    document = _entry_document(found.whole) | {
        "campaigns": [_entry_document(each) for each in found.campaigns],
        "steps": [_entry_document(each) for each in found.steps],
        "providers": [_entry_document(each) for each in found.providers],
    }

    def tell() -> None:
        for title, entries in (
            ("Campaigns", found.campaigns),
            ("Care mails and invitations", found.steps),
            ("Services", found.providers),
        ):
            if entries:
                _show(title, entries)
        _show_reasons(found.whole.figures)
        _show_reconciliation([found.whole, *found.campaigns])

    run.report(document, tell)


def _entry_document(entry: Entry) -> dict[str, Any]:
    figures = entry.figures
    counts = {"candidates": figures.candidates} | {each.value: figures.states.get(each, 0) for each in DeliveryState}
    document: dict[str, Any] = {
        "name": entry.name,
        "counts": counts,
        "accepted_share": figures.accepted_share,
        "suppressed": _reasons_document(figures.why(DeliveryState.SUPPRESSED)),
        "failed": _reasons_document(figures.why(DeliveryState.FAILED)),
        "cancelled": _reasons_document(figures.why(DeliveryState.CANCELLED)),
        "unknown": _reasons_document(figures.why(DeliveryState.UNKNOWN)),
        "median_seconds_to_accepted": figures.median_wait,
        "reconciliation": {"line": entry.equation, "adds_up": not entry.faults, "faults": entry.faults},
    }
    return document | ({"campaign": campaign_document(entry.campaign, counts)} if entry.campaign else {})


def _reasons_document(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    return [{"reason": each.reason, "count": each.count} for each in reasons]


def _show(title: str, entries: Sequence[Entry]) -> None:
    table(
        title,
        [
            "",
            "candidates",
            "accepted",
            "share",
            "suppressed",
            "failed",
            "cancelled",
            "waiting",
            "in doubt",
            "due to accepted",
        ],
        [[each.name, *_cells(each.figures)] for each in entries],
    )


def _cells(figures: Figures) -> list[str]:
    states = figures.states
    share, wait = figures.accepted_share, figures.median_wait
    return [
        str(figures.candidates),
        str(sum(states.get(state, 0) for state in TAKEN)),
        "" if share is None else f"{share:.1%}",
        str(states.get(DeliveryState.SUPPRESSED, 0)),
        str(states.get(DeliveryState.FAILED, 0)),
        str(states.get(DeliveryState.CANCELLED, 0)),
        str(states.get(DeliveryState.QUEUED, 0) + states.get(DeliveryState.SENDING, 0)),
        str(states.get(DeliveryState.UNKNOWN, 0)),
        "" if wait is None else _duration(wait),
    ]


def _duration(seconds: float) -> str:
    """A length of time as people say it: the largest unit that fits."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.1f} s"


def _show_reasons(figures: Figures) -> None:
    if figures.reasons:
        rows = [[str(each.count), each.state, each.reason] for each in figures.reasons]
        table("Why", ["how many", "state", "reason"], rows)


def _show_reconciliation(entries: Sequence[Entry]) -> None:
    for entry in entries:
        click.echo(f"{entry.name}: {entry.equation}")
        for fault in entry.faults:
            click.echo(f"  This does not add up: {fault}.")
