"""`campaign check`: what can be known of a campaign before it goes."""

from typing import Any

import click

from newsletter.cli.documents import finding_document, show_findings
from newsletter.cli.invocation import ROW_ID, Invocation, command, fields, progress
from newsletter.context import App


@click.command("check", help="What can be known before it goes: who gets it, its links, its words, DNS, spam, quota.")
@click.argument("campaign_id", type=ROW_ID)
@click.option("--offline", is_flag=True, help="Ask neither links nor the DNS.")
@command
def check(run: Invocation, *, campaign_id: int, offline: bool) -> None:
    with run.app() as app, progress("Asking links") as advance:
        document, tell = preflight(app, campaign_id, run, online=not offline, advance=advance)
    run.report(document, tell)


def preflight(app: App, campaign_id: int, run: Invocation, *, online: bool, advance: Any = lambda _: None) -> Any:
    """The document of a preflight, and what shows it."""
    from newsletter.preflight import examine

    found = examine(app, campaign_id, run.now, online=online, progress=advance)
    document = {
        "campaign_id": campaign_id,
        "recipients": found.recipients,
        "left_out": found.left_out,
        "first": list(found.first),
        "findings": [finding_document(each) for each in found.findings],
    }

    def tell() -> None:
        fields(
            f"Before “{found.campaign.name}” goes",
            {"goes to": _whom(found.recipients, found.first)}
            | {why: str(number) for why, number in found.left_out.items()},
        )
        show_findings("What was noticed", found.findings)
        if not found.findings:
            click.echo("Nothing was noticed: it can go.")

    return document, tell


def _whom(recipients: int, first: tuple[str, ...]) -> str:
    """How many and who: "3 people: Anna, Ben, Cara"; of many the first few."""
    if not first:
        return f"{recipients} people"
    rest = f" and {recipients - len(first)} more" if recipients > len(first) else ""
    return f"{recipients} people: {', '.join(first)}{rest}"
