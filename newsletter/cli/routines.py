"""`routine`: new articles of a feed, mailed by themselves."""

from typing import Any

import click

from newsletter.cli.invocation import ROW_ID, Invocation, command, show_time, table
from newsletter.domain.routine import Routine
from newsletter.domain.studio import Design


@click.group(help="What is mailed by itself: add, list, remove.")
def routine() -> None:
    pass


@routine.command("add", help="Mail what a feed brings from now on; nothing new, no mail.")
@click.argument("feed_id", type=ROW_ID)
@click.option("--every", required=True, help='Such as "tuesdays 09:00", or "first monday 09:00" for once a month.')
@click.option("--digest", is_flag=True, help="Openings with links, even of a single article.")
@click.option("--segment", default="", help="The audience, such as tag:regulars. Default: everybody.")
@click.option("--design", type=click.Choice([each.value for each in Design]), default=None, help="How it looks.")
@click.option(
    "--ask", is_flag=True, help="A day before, you get a mail with the link to approve it; else it just goes."
)
@command
def add(
    run: Invocation, *, feed_id: int, every: str, digest: bool, segment: str, design: str | None, ask: bool
) -> None:
    from newsletter import routines

    with run.app() as app:
        made = routines.add(
            app,
            feed_id=feed_id,
            every=every,
            digest=digest,
            segment=segment,
            design=Design(design) if design else None,
            asks=ask,
            now=run.now,
        )
        first = show_time(made.due_at, app.studio.timezone)
    run.report(_document(made), lambda: click.echo(f"Routine {made.id}: the first newsletter may leave on {first}."))


@routine.command("list", help="Every routine, and when its next newsletter may leave.")
@command
def list_routines(run: Invocation) -> None:
    from newsletter.store import routines

    with run.app() as app, app.database.read() as connection:
        found = routines.all_routines(connection)
        zone = app.studio.timezone
    run.report(
        [_document(each) for each in found],
        lambda: table(
            "Routines",
            ["id", "feed", "every", "next (studio's clock)", "audience", "asks you"],
            [
                [
                    str(each.id),
                    str(each.feed_id),
                    str(each.rhythm),
                    show_time(each.due_at, zone),
                    each.segment or "everybody",
                    "yes" if each.asks else "no",
                ]
                for each in found
            ],
        ),
    )


@routine.command("remove", help="Nothing more is made; what was made stays.")
@click.argument("routine_id", type=ROW_ID)
@command
def remove(run: Invocation, *, routine_id: int) -> None:
    from newsletter.store import routines

    with run.app() as app, app.database.write() as connection:
        routines.remove(connection, routine_id)
    run.report({"id": routine_id, "removed": True}, lambda: click.echo(f"Routine {routine_id} is no more."))


def _document(each: Routine) -> dict[str, Any]:
    return {
        "id": each.id,
        "feed_id": each.feed_id,
        "every": str(each.rhythm),
        "digest": each.digest,
        "segment": each.segment,
        "design": each.design or None,
        "asks": each.asks,
        "due_at": each.due_at.isoformat(),
    }
