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
        "findings": [finding_document(each) for each in found.findings],
    }

    def tell() -> None:
        fields(
            f"Before “{found.campaign.name}” goes",
            {"goes to": f"{found.recipients} people"} | {why: str(number) for why, number in found.left_out.items()},
        )
        show_findings("What was noticed", found.findings)
        if not found.findings:
            click.echo("Nothing was noticed: it can go.")

    return document, tell
