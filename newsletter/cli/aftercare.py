"""`session`: what took place, and the care mails that follow it."""

from datetime import datetime, timedelta
from pathlib import Path

import click

from newsletter.bookings.report import BookingReport, Outcome
from newsletter.cli.cards import session_card
from newsletter.cli.documents import bookings_document, delivery_document, session_document
from newsletter.cli.invocation import ROW_ID, Invocation, Moment, aware, command, fields, iso, show_time, table

_OUTCOMES = {
    Outcome.ADDED: "added",
    Outcome.MOVED: "moved",
    Outcome.CANCELLED: "cancelled",
    Outcome.UNCHANGED: "as it was",
    Outcome.TO_DO: "for you to do",
}


@click.group(help="Sessions and the care mails that follow them.")
def session() -> None:
    pass


session.add_command(session_card)


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


@session.command("import", help="Take in the bookings of a CSV or iCalendar file; try it with --dry-run first.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Report every row and change nothing.")
@click.option("--columns", default="", metavar="NAME=HEADING,...", help="Which heading stands for what; remembered.")
@click.option(
    "--service", "services", multiple=True, metavar="WORDS=PLAN", help="Which plan a service has; remembered."
)
@click.option("--days-back", default=7, show_default=True, type=click.IntRange(0, 366), help="Of a calendar.")
@click.option("--days-ahead", default=60, show_default=True, type=click.IntRange(0, 366), help="Of a calendar.")
@command
def import_file(
    run: Invocation,
    *,
    file: Path,
    dry_run: bool,
    columns: str,
    services: tuple[str, ...],
    days_back: int,
    days_ahead: int,
) -> None:
    from newsletter.booking import import_bookings
    from newsletter.bookings.columns import parse_chosen
    from newsletter.bookings.services import parse_told

    with run.app() as app:
        report = import_bookings(
            app,
            file,
            run.now,
            dry_run=dry_run,
            columns=parse_chosen(columns),
            services=parse_told(services),
            days_back=days_back,
            days_ahead=days_ahead,
        )
        zone = app.studio.timezone
    run.report(bookings_document(report) | {"dry_run": dry_run}, lambda: _show_import(report, zone, dry_run))


def _show_import(report: BookingReport, zone: str, dry_run: bool) -> None:
    if report.columns:
        fields("Columns that were read", report.columns)
    if report.left_out:
        click.echo(f"  Not read, and not kept: {', '.join(report.left_out)}")
    rows = [each for each in report.rows if each.message or each.outcome is not Outcome.UNCHANGED]
    table(
        f"What {'would become' if dry_run else 'became'} of {report.file}",
        ["row", "client", "ended (studio's clock)", "outcome", ""],
        [
            [str(each.row), each.client, show_time(each.ended_at, zone), _OUTCOMES[each.outcome], each.message]
            for each in rows
        ],
        footer=", ".join(f"{number} {_OUTCOMES[Outcome(name)]}" for name, number in report.counts.items() if number),
    )
    if dry_run:
        click.echo("Nothing was changed: this was a trial.")


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


@session.command("review", help="The sessions of the last days: which mails go when, and which wait for your word.")
@click.option("--days", default=3, show_default=True, type=click.IntRange(1, 366), help="How far back.")
@command
def review(run: Invocation, *, days: int) -> None:
    from newsletter.store import aftercare as sessions
    from newsletter.store import deliveries

    with run.app() as app, app.database.read() as connection:
        lines = sessions.all_sessions(connection, run.now - timedelta(days=days))
        mails = {line.session.id: list(deliveries.ledger(connection, session_id=line.session.id)) for line in lines}
        zone = app.studio.timezone
    run.report(
        [
            session_document(line.session, line.email)
            | {"reviewed_at": iso(line.session.reviewed_at), "line": line.session.line}
            | {"mails": [delivery_document(each) for each in mails[line.session.id]]}
            for line in lines
        ],
        lambda: table(
            f"Sessions of the last {days} day(s) and their mails",
            ["id", "client", "services", "mail", "due (studio's clock)", "state"],
            [
                [
                    str(line.session.id),
                    line.name or line.email or "(erased)",
                    ", ".join([*line.session.services, *sorted(line.session.flags)]),
                    each.step or "",
                    show_time(each.due_at, zone),
                    f"{each.state.value}: {each.reason}" if each.reason else each.state.value,
                ]
                for line in lines
                for each in mails[line.session.id]
            ],
            footer="session approve ID lets what waits leave at its hour, session hold ID stops what has not left.",
        ),
    )


@session.command("approve", help="What waits for your word leaves at its hour, with a line of yours if you like.")
@click.argument("session_id", type=ROW_ID)
@click.option("--note", default="", metavar="LINE", help="One line, added to the next mail of this session.")
@command
def approve(run: Invocation, *, session_id: int, note: str) -> None:
    from newsletter import reviewing

    with run.app() as app:
        released = reviewing.approve_session(app, session_id, run.now, note)
    run.report(
        {"id": session_id, "released_deliveries": released},
        lambda: click.echo(f"Session {session_id} is approved; {released} mail(s) waited for that."),
    )


@session.command("hold", help="Stop every mail of this session that has not left.")
@click.argument("session_id", type=ROW_ID)
@command
def hold_session(run: Invocation, *, session_id: int) -> None:
    from newsletter import reviewing

    with run.app() as app:
        stopped = reviewing.hold_session(app, session_id, run.now)
    run.report(
        {"id": session_id, "stopped_deliveries": stopped},
        lambda: click.echo(f"Session {session_id} is held, and {stopped} mail(s) with it."),
    )
