"""`worker`, `serve` and `doctor`: keeping the desk running."""

import click

from newsletter.cli.documents import hold_document
from newsletter.cli.invocation import Invocation, command, progress, table


@click.command(help="The clockwork: send what is due, until it is stopped.")
@click.option("--once", is_flag=True, help="Do what is due now, and end.")
@command
def worker(run: Invocation, *, once: bool) -> None:
    from newsletter import lookups, polling
    from newsletter import worker as clockwork
    from newsletter.store import deliveries, meta

    with run.app() as app:
        if not once:
            with clockwork.stopped_by_signals() as stop:
                clockwork.run(app, run.clock, stop=stop)
            return
        with progress("Sending") as advance:
            clockwork.tick(app, run.clock, progress=advance)
        while clockwork.poll_feed(app, run.clock):
            pass
        while clockwork.poll_calendar(app, run.clock):
            pass
        lookups.look_up_due(app, run.clock)
        polling.poll(app, run.clock)
        with app.database.read() as connection:
            counts = deliveries.counts(connection)
            hold = meta.held(connection)

    def tell() -> None:
        click.echo(", ".join(f"{number} {name}" for name, number in counts.items() if number))
        if hold is not None:
            click.echo(f"Nothing was sent, for all mail is held: {hold.reason}. Go on with: resume")

    run.report({"counts": counts, "held": hold_document(hold)}, tell)


@click.command(help="The clockwork and the public pages, until it is stopped.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8025, show_default=True, type=click.IntRange(1, 65535))
@command
def serve(run: Invocation, *, host: str, port: int) -> None:
    from newsletter import worker as clockwork
    from newsletter.web import create_app
    from newsletter.web.server import serving

    with (
        run.app() as app,
        clockwork.stopped_by_signals() as stop,
        serving(create_app(app, run.clock), host, port) as address,
    ):
        click.echo(f"The public pages are at {address}; stop with Ctrl-C.", err=True)
        clockwork.run(app, run.clock, stop=stop)


@click.command(help="Look for what is missing or wrong, and say what to do.")
@command
def doctor(run: Invocation) -> None:
    from newsletter import watching
    from newsletter.doctor import Check, examine

    with run.app() as app:
        stuck = watching.stuck(app, run.now)
        checks = [*examine(app, run.now), *(Check(name="mail that is due", found="look", remedy=why) for why in stuck)]
    run.report(
        [{"name": each.name, "found": each.found, "well": each.is_well, "remedy": each.remedy} for each in checks],
        lambda: table(
            "Afterglow's health",
            ["", "what", "found", "what to do"],
            [["ok" if each.is_well else "look", each.name, each.found, each.remedy] for each in checks],
        ),
    )
