"""`subscriber import` and `subscriber imports`: lists come in, and can be taken back."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from newsletter.cli.invocation import ROW_ID, Invocation, command, fields, progress, show_time, table
from subscribers.batch import Batch
from subscribers.consent import Stream
from subscribers.transfer.report import ImportReport

_CONSENT = click.Choice([Stream.MARKETING.value, Stream.CARE.value])


@click.command("import", help="Take in a CSV or vCard file, or undo that; try it with --dry-run first.")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--dry-run", is_flag=True, help="Report everything and change nothing.")
@click.option("--consent", "consents", type=_CONSENT, multiple=True, help="What everybody in the file agreed to.")
@click.option("--undo", type=ROW_ID, default=None, metavar="ID", help="Take back that import; see: subscriber imports")
@command
def import_file(
    run: Invocation, *, file: Path | None, dry_run: bool, consents: tuple[str, ...], undo: int | None
) -> None:
    if (file is None) == (undo is None):
        raise click.UsageError("Name a file to import, or the import to take back with --undo ID.")
    if undo is not None:
        _undo(run, undo, dry_run)
    elif file is not None:
        _import(run, file, dry_run, consents)


def _import(run: Invocation, file: Path, dry_run: bool, consents: tuple[str, ...]) -> None:
    from subscribers.transfer.importing import import_csv

    with run.app() as app, app.database.write() as connection, progress("Reading rows") as advance:
        seen = 0

        def show_rows(rows: int) -> None:
            nonlocal seen
            advance(rows - seen)
            seen = rows

        report = import_csv(
            connection,
            file,
            dry_run=dry_run,
            now=run.now,
            key=app.key,
            consent_streams=frozenset(Stream(each) for each in consents),
            country=app.studio.country,
            on_progress=show_rows,
        )
    run.report(asdict(report) | {"dry_run": dry_run}, lambda: _show_import(report, dry_run))


def _undo(run: Invocation, batch_id: int, dry_run: bool) -> None:
    from newsletter.store import acts
    from subscribers import store

    with run.app() as app, app.database.write() as connection, connection.begin_nested() as savepoint:
        done = store.undo_import(connection, batch_id, at=run.now, further=acts.since)
        if dry_run:
            savepoint.rollback()

    def tell() -> None:
        fields(
            f"{done.batch.file_name}: {'nothing was changed; this is what an undo would do' if dry_run else 'undone'}",
            {"removed": str(done.removed), "as before": str(done.restored), "kept": str(done.kept_count)},
        )
        if done.kept:
            rows = [[each.email, each.reason] for each in done.kept]
            table(f"{done.kept_count} people stay as they are", ["address", "why"], rows)

    document = {"import": _import_document(done.batch), "removed": done.removed, "restored": done.restored}
    kept = [asdict(each) for each in done.kept]
    run.report(document | {"kept_count": done.kept_count, "kept": kept, "dry_run": dry_run}, tell)


@click.command("imports", help="Every import, the latest first; one is taken back with: subscriber import --undo")
@command
def list_imports(run: Invocation) -> None:
    from subscribers import store

    with run.app() as app, app.database.read() as connection:
        batches = store.imports(connection)
        zone = app.studio.timezone
    headings = ["import", "file", "when", "added", "updated", "skipped", ""]
    run.report(
        [_import_document(each) for each in batches],
        lambda: table(f"{len(batches)} imports", headings, [_line(each, zone) for each in batches]),
    )


def _line(batch: Batch, zone: str) -> list[str]:
    counts = map(str, (batch.added, batch.updated, batch.skipped))
    undone = f"undone on {show_time(batch.undone_at, zone)}" if batch.undone_at else ""
    return [str(batch.id), batch.file_name, show_time(batch.at, zone), *counts, undone]


def _import_document(batch: Batch) -> dict[str, Any]:
    undone = batch.undone_at and batch.undone_at.isoformat()
    return asdict(batch) | {"at": batch.at.isoformat(), "undone_at": undone}


def _show_import(report: ImportReport, dry_run: bool) -> None:
    fields(
        f"{report.file_name}: {'nothing was changed; this is what an import would do' if dry_run else 'imported'}",
        {
            name: str(getattr(report, name))
            for name in ("rows", "added", "updated", "unchanged", "skipped", "suppressed", "consents", "pending")
        },
    )
    if report.left_out:
        click.echo(f"  columns not read: {', '.join(report.left_out)}")
    if report.problems:
        table(
            f"{report.problem_count} rows need a look",
            ["row", "address", "what about it", "taken"],
            [[str(each.row), each.address, each.message, "no" if each.skipped else "yes"] for each in report.problems],
        )
