"""`calendar`: calendars on the web whose events are bookings."""

from typing import Any

import click

from newsletter.calendars import Polled
from newsletter.cli.invocation import ROW_ID, Invocation, command, iso, progress, show_time, table
from newsletter.store.calendars import Calendar


@click.group(help="Calendars on the web whose events are bookings.")
def calendar() -> None:
    pass


@calendar.command("add", help="Read a calendar by its address (.ics, https:// or webcal://), which is kept secret.")
@click.argument("url")
@command
def add(run: Invocation, *, url: str) -> None:
    from newsletter import calendars

    with run.app() as app:
        added = calendars.add(app, url, run.now)
    run.report(
        _document(added),
        lambda: click.echo(
            f"The calendar at {added.host} is calendar {added.id}.\n"
            "The worker reads it every hour, or do it now with: calendar poll"
        ),
    )


@calendar.command("list", help="Every calendar by its host, and what is wrong with it.")
@command
def list_calendars(run: Invocation) -> None:
    from newsletter.store import calendars

    with run.app() as app, app.database.read() as connection:
        found, timezone = calendars.all_calendars(connection), app.studio.timezone
    run.report(
        [_document(each) for each in found],
        lambda: table(
            "Calendars",
            ["id", "host", "read", "next", "how it is"],
            [
                [
                    str(each.id),
                    each.host,
                    show_time(each.read_at, timezone),
                    show_time(each.due_at, timezone),
                    _how(each),
                ]
                for each in found
            ],
            footer="" if found else "Read one with: calendar add ADDRESS",
        ),
    )


@calendar.command("remove", help="Read a calendar no longer; its sessions stay.")
@click.argument("calendar_id", type=ROW_ID)
@command
def remove(run: Invocation, *, calendar_id: int) -> None:
    from newsletter.store import calendars

    with run.app() as app, app.database.write() as connection:
        removed = calendars.get(connection, calendar_id)
        calendars.remove(connection, removed)
    run.report(
        {"removed": calendar_id},
        lambda: click.echo(f"The calendar at {removed.host} is read no longer; its sessions stay."),
    )


@calendar.command("poll", help="Read every calendar now.")
@command
def poll(run: Invocation) -> None:
    from newsletter import appointments, calendars

    polled = []
    with run.app() as app, progress("Reading") as advance:
        for each in calendars.poll_all(app, run.clock):
            polled.append(each)
            advance(1)
        appointments.follow(app, run.now)
    run.report(
        [_outcome(each) for each in polled],
        lambda: table(
            "Calendars",
            ["id", "host", ""],
            [[str(each.calendar.id), each.calendar.host, _said(each)] for each in polled],
            footer="See what became of it with: session list, and what is left to you with: task list",
        ),
    )
    if any(each.fault for each in polled):
        raise click.exceptions.Exit(1)


def _document(found: Calendar) -> dict[str, Any]:
    """Without its address."""
    return {
        "id": found.id,
        "host": found.host,
        "added_at": iso(found.added_at),
        "polled_at": iso(found.polled_at),
        "read_at": iso(found.read_at),
        "due_at": iso(found.due_at),
        "failures": found.failures,
        "fault": found.fault,
        "note": found.note,
    }


def _how(found: Calendar) -> str:
    return found.fault or found.note or ("well" if found.read_at else "not read yet")


def _outcome(polled: Polled) -> dict[str, Any]:
    return {
        "id": polled.calendar.id,
        "host": polled.calendar.host,
        "unchanged": polled.unchanged,
        "told": polled.told,
        "fault": polled.fault,
        "note": polled.note,
    }


def _said(polled: Polled) -> str:
    if polled.fault:
        return polled.fault
    changed = f"{polled.told} bookings are new or changed" if polled.told else "nothing changed"
    return f"{changed}. {polled.note}" if polled.note else changed
