"""`forecast`: who will get what, when, and why not."""

import click

from newsletter.cli.documents import foreseen_document, what
from newsletter.cli.invocation import Invocation, command, progress, show_time, table


@click.command(help="Who will get what, when, and why not; nothing is sent.")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 366), help="How far to look ahead.")
@command
def forecast(run: Invocation, *, days: int) -> None:
    from newsletter.forecast import foresee

    with run.app() as app:
        with progress("Looking ahead") as advance:
            lines = foresee(app, run.now, days, advance)
        zone = app.studio.timezone
    run.report(
        [foreseen_document(each) for each in lines],
        lambda: table(
            f"{len(lines)} mails in the next {days} days, if nothing changes",
            ["when (studio's clock)", "to", "what", "stream", "will", "reason"],
            [
                [
                    show_time(each.at, zone),
                    each.name or each.email or "(erased)",
                    what(each),
                    each.stream.value,
                    each.will.value,
                    each.reason,
                ]
                for each in lines
            ],
        ),
    )
