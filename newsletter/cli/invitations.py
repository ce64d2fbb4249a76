"""`invitation`: whether sessions are followed by invitations to come again."""

import click

from newsletter.cli.invocation import Invocation, command, iso, show_time


@click.group(help="Invitations to come again, by the care plans: on, off, show.")
def invitation() -> None:
    pass


@invitation.command("on", help="Sessions that end from now on are followed by the invitations of their plan.")
@command
def on(run: Invocation) -> None:
    from newsletter import inviting

    with run.app() as app:
        since = inviting.switch_on(app, run.now)
        zone = app.studio.timezone
    words = f"Invitations are on, for sessions that ended after {show_time(since, zone)}. See who gets one: forecast"
    run.report({"since": iso(since)}, lambda: click.echo(words))


@invitation.command("off", help="No invitation leaves any more; those that wait are cancelled.")
@command
def off(run: Invocation) -> None:
    from newsletter import inviting

    with run.app() as app:
        cancelled = inviting.switch_off(app, run.now)
    run.report(
        {"since": None, "cancelled_deliveries": cancelled},
        lambda: click.echo(f"Invitations are off; {cancelled} that waited are cancelled."),
    )


@invitation.command("show", help="Whether they are on, since when, and how many wait.")
@command
def show(run: Invocation) -> None:
    from newsletter.store import invitations

    with run.app() as app, app.database.read() as connection:
        since, waiting = invitations.on_since(connection), invitations.waiting(connection)
        zone = app.studio.timezone
    words = f"on, for sessions that ended after {show_time(since, zone)}; {waiting} wait" if since else "off"
    run.report({"since": iso(since), "waiting": waiting}, lambda: click.echo(f"Invitations are {words}."))
