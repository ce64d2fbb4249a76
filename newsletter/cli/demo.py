"""`demo`: the week of the samples, told as a table."""

from typing import Any

import click

from newsletter.cli.deliveries import show_ledger
from newsletter.cli.documents import campaign_document, delivery_document
from newsletter.cli.invocation import Invocation, command, fields, progress


@click.command(help="A week of a small practice, on a simulated clock, into files.")
@command
def demo(run: Invocation) -> None:
    from filelock import FileLock

    from newsletter import demo as week
    from newsletter.app import OUTBOX, make_home, open_app
    from newsletter.store import aftercare, articles, campaigns, deliveries
    from subscribers import store

    make_home(run.home)
    week.furnish(run.home)
    settings = run.settings().model_copy(update={"provider": "file"})  # a demo never really sends
    with FileLock(settings.home / ".demo.lock"), open_app(settings, worker="demo") as app:
        already = week.is_finished(app)
        with progress("Playing the week") as advance:
            week.run(app, advance)
        with app.database.read() as connection:
            ledger = list(deliveries.ledger(connection))
            counts = deliveries.counts(connection)
            sent = campaigns.find(connection, week.CAMPAIGN)
            numbers = {
                "articles": len(articles.all_articles(connection)),
                "subscribers": store.count(connection),
                "sessions": len(aftercare.all_sessions(connection)),
            }
            campaign = campaign_document(sent, deliveries.counts(connection, sent.id)) if sent else None
        zone = app.studio.timezone
    outbox = settings.home / OUTBOX / "new"
    document: dict[str, Any] = {"home": str(settings.home), **numbers, "campaign": campaign}
    document |= {"deliveries": [delivery_document(each) for each in ledger], "outbox": str(outbox), "counts": counts}

    def tell() -> None:
        if already:
            click.echo("This demo was finished before; here is its table again.\n")
        show_ledger(ledger, zone)
        fields("In all", {name: str(number) for name, number in (numbers | counts).items() if number})
        click.echo(f"\nThe mails are files you can open: {outbox}")
        click.echo("What became of one client: python3 run.py subscriber show hannah.whitcombe@example.com")

    run.report(document, tell)
