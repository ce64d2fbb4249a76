"""`forecast`: who will get what, when, and why not; or would have got, of last month's bookings."""

from pathlib import Path
from typing import Any

import click

from newsletter.bookings.report import RowReport
from newsletter.cli.documents import foreseen_document, what
from newsletter.cli.invocation import Invocation, command, iso, progress, show_time, table
from newsletter.context import App
from newsletter.domain.forecast import Foreseen, Will


@click.command(help="Who will get what, when, and why not; nothing is sent.")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 366), help="How far to look ahead.")
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Run the bookings of a CSV or iCalendar file through the care plans instead: who would have got what.",
)
@click.option("--columns", default="", metavar="NAME=HEADING,...", help="Of that file: as for session import.")
@click.option("--service", "services", multiple=True, metavar="WORDS=PLAN", help="Of that file: as for session import.")
@command
def forecast(run: Invocation, *, days: int, against: Path | None, columns: str, services: tuple[str, ...]) -> None:
    with run.app() as app:
        if against is not None:
            _rehearse(run, app, against, days, columns, services)
        elif columns or services:
            raise click.UsageError("--columns and --service belong to a file: give it with --against.")
        else:
            _look_ahead(run, app, days)


def _look_ahead(run: Invocation, app: App, days: int) -> None:
    from newsletter.forecast import foresee

    with progress("Looking ahead") as advance:
        lines = foresee(app, run.now, days, advance)
    zone = app.studio.timezone
    run.report(
        [foreseen_document(each) for each in lines],
        lambda: _show(
            f"{len(lines)} mails in the next {days} days, if nothing changes", [_row(each, zone) for each in lines]
        ),
    )


def _rehearse(run: Invocation, app: App, file: Path, days: int, columns: str, services: tuple[str, ...]) -> None:
    from newsletter.bookings.columns import parse_chosen
    from newsletter.bookings.services import parse_told
    from newsletter.rehearsal import rehearse

    with progress("Running the bookings") as advance:
        told = {"columns": parse_chosen(columns), "services": parse_told(services)}
        found = rehearse(app, file, run.now, days, **told, progress=advance)
    zone = app.studio.timezone
    documents = [*map(_left_out_document, found.left_out), *map(foreseen_document, found.mails)]
    left_out = [(iso(each.ended_at) or "", _left_out_row(each, zone)) for each in found.left_out]
    rows = sorted([*left_out, *((iso(each.at) or "", _row(each, zone)) for each in found.mails)])
    run.report(
        sorted(documents, key=lambda document: document["at"] or ""),
        lambda: _show(
            f"{len(found.mails)} mails would have followed the bookings of {file.name}", [row for _, row in rows]
        ),
    )


def _show(title: str, rows: list[list[str]]) -> None:
    table(title, ["when (studio's clock)", "to", "what", "stream", "will", "reason"], rows)


def _row(foreseen: Foreseen, zone: str) -> list[str]:
    return [
        show_time(foreseen.at, zone),
        foreseen.name or foreseen.email or "(erased)",
        what(foreseen),
        foreseen.stream.value,
        foreseen.will.value,
        foreseen.reason,
    ]


def _left_out_document(row: RowReport) -> dict[str, Any]:
    """A row that no mail would have followed, as a line of a forecast."""
    return {
        "at": iso(row.ended_at),
        "subscriber": {"id": None, "email": row.client, "name": ""},
        "what": "",
        "stream": "care",
        "will": Will.SKIP.value,
        "reason": row.message,
        "row": row.row,
    }


def _left_out_row(row: RowReport, zone: str) -> list[str]:
    return [show_time(row.ended_at, zone), row.client or f"row {row.row}", "", "care", Will.SKIP.value, row.message]
