"""`preview`: a campaign's mail as its readers will see it."""

from pathlib import Path

import click

from newsletter.cli.invocation import ROW_ID, Folder, Invocation, command, fields


@click.command(help="The mail of a campaign on a phone, on a desk, in the dark, without pictures, and as text.")
@click.argument("campaign_id", type=ROW_ID)
@click.option("--out", type=Folder(), default=Path("preview"), show_default=True, help="The folder to write to.")
@command
def preview(run: Invocation, *, campaign_id: int, out: Path) -> None:
    from newsletter.preview import preview_campaign

    with run.app() as app:
        files = preview_campaign(app, campaign_id, out, run.now)
    written = {name: str(file) for name, file in files.items()}
    run.report(
        {"campaign_id": campaign_id, "files": written}, lambda: fields("Open preview.html in a browser", written)
    )
