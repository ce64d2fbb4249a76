"""`session`: what took place, and the care mails that follow it."""

from datetime import datetime

import click

from newsletter.cli.documents import session_document
from newsletter.cli.invocation import ROW_ID, Invocation, Moment, aware, command, iso, show_time, table


@click.group(help="Sessions and the care mails that follow them.")
def session() -> None:
    pass


@session.command("add", help="Record a session that took place, and plan its care mails.")
@click.option("--subscriber", "email", required=True, metavar="EMAIL")
@click.option("--service", "services", required=True, multiple=True, help="relaxation, deep-tissue, reiki ...")
@click.option("--ended", required=True, type=Moment(), help="When it ended; without an offset, on the studio's clock.")
@click.option("--practitioner", default="", help="Who signs the care mails.")
@click.option("--flag", "flags", multiple=True, help="tender: the gentle path.")
@command
def add(
    run: Invocation,
    *,
    email: str,
    services: tuple[str, ...],
    ended: datetime,
    practitioner: str,
    flags: tuple[str, ...],
) -> None:
    from newsletter import aftercare
    from newsletter.store import aftercare as sessions
    from newsletter.store import deliveries

    with run.app() as app:
        zone = app.studio.timezone
        session_id = aftercare.add_session(
            app,
            email=email,
            services=services,
            ended_at=aware(ended, zone),
            practitioner=practitioner,
            flags=flags,
            now=run.now,
        )
        with app.database.read() as connection:
            recorded = sessions.get(connection, session_id)
            planned = list(deliveries.ledger(connection, session_id=session_id))
    steps = [{"step": each.step, "due_at": iso(each.due_at), "state": each.state.value} for each in planned]
    run.report(
        session_document(recorded, email) | {"steps": steps},
        lambda: table(
            f"Session {session_id} is recorded; these mails follow",
            ["mail", "due (studio's clock)", "state"],
            [[each.step or "", show_time(each.due_at, zone), each.state.value] for each in planned],
        ),
    )


@session.command("move", help="It ended at another time: what has not left yet moves with it.")
@click.argument("session_id", type=ROW_ID)
@click.option("--ended", required=True, type=Moment(), help="When it ended; without an offset, on the studio's clock.")
@command
def move(run: Invocation, *, session_id: int, ended: datetime) -> None:
    from newsletter import aftercare

    with run.app() as app:
        zone = app.studio.timezone
        moved = aftercare.move_session(app, session_id, aware(ended, zone), run.now)
    run.report(
        session_document(moved, "") | {"subscriber": {"id": moved.subscriber_id}},
        lambda: click.echo(
            f"Session {session_id} now ended on {show_time(moved.ended_at, zone)}; its mails moved too."
        ),
    )


@session.command("cancel", help="It did not take place: what has not left yet is cancelled.")
@click.argument("session_id", type=ROW_ID)
@command
def cancel(run: Invocation, *, session_id: int) -> None:
    from newsletter import aftercare

    with run.app() as app:
        cancelled = aftercare.cancel_session(app, session_id, run.now)
    run.report(
        {"id": session_id, "state": "cancelled", "cancelled_deliveries": cancelled},
        lambda: click.echo(f"Session {session_id} is cancelled, and {cancelled} mail(s) with it."),
    )


@session.command("list", help="Every session, the latest first.")
@command
def list_sessions(run: Invocation) -> None:
    from newsletter.store import aftercare as sessions

    with run.app() as app, app.database.read() as connection:
        lines = sessions.all_sessions(connection)
        zone = app.studio.timezone
    run.report(
        [session_document(line.session, line.email) for line in lines],
        lambda: table(
            "Sessions",
            ["id", "client", "services", "ended (studio's clock)", "state"],
            [
                [
                    str(line.session.id),
                    line.name or line.email or "(erased)",
                    ", ".join([*line.session.services, *sorted(line.session.flags)]),
                    show_time(line.session.ended_at, zone),
                    line.session.state.value,
                ]
                for line in lines
            ],
        ),
    )
