"""`subscriber`: who may be mailed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO

import click

from newsletter.cli.documents import delivery_document, subject_line, subscriber_document
from newsletter.cli.invocation import Invocation, command, fields, progress, show_time, table
from newsletter.context import App
from newsletter.errors import InputError, NotFoundError
from subscribers import segment as segments
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber
from subscribers.transfer.report import ImportReport

_CONSENT = click.Choice([Stream.MARKETING.value, Stream.CARE.value])


@click.group(help="Who may be mailed: add, import, list, show, export, suppress, erase.")
def subscriber() -> None:
    pass


@subscriber.command("add", help="Add a person, or complete what is known of her.")
@click.argument("email")
@click.option("--name", default="")
@click.option("--timezone", default="", help="Such as Europe/London. Default: the studio's.")
@click.option("--country", default="", metavar="CC", help="Two letters, such as GB.")
@click.option("--language", default="", help="Such as en or de-AT.")
@click.option("--consent", "consents", type=_CONSENT, multiple=True, help="What she expressly agreed to.")
@click.option("--tag", "tags", multiple=True)
@command
def add(
    run: Invocation,
    *,
    email: str,
    name: str,
    timezone: str,
    country: str,
    language: str,
    consents: tuple[str, ...],
    tags: tuple[str, ...],
) -> None:
    from subscribers import store
    from subscribers.subscriber import details

    person = details(email, name=name, timezone=timezone, country=country, language=language, tags=tags)
    with run.app() as app, app.database.write() as connection:
        added = store.add(connection, person, key=app.key, now=run.now, consents=[Stream(each) for each in consents])
    agreed = f", who agreed to {' and '.join(consents)} mail" if consents else ""
    run.report(subscriber_document(added), lambda: click.echo(f"{added.name or added.email} is on the list{agreed}."))


@subscriber.command("import", help="Take in a CSV file; try it with --dry-run first.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Report every row and change nothing.")
@click.option("--consent", "consents", type=_CONSENT, multiple=True, help="What everybody in the file agreed to.")
@command
def import_file(run: Invocation, *, file: Path, dry_run: bool, consents: tuple[str, ...]) -> None:
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


@subscriber.command("list", help="Everybody of a segment.")
@click.option("--segment", default="", help="Such as tag:regulars,country:GB. Default: everybody.")
@command
def list_people(run: Invocation, *, segment: str) -> None:
    from newsletter.store.segments import further
    from subscribers import store

    chosen = segments.parse(segment)
    with run.app() as app, app.database.read() as connection:
        people = list(store.iterate(connection, chosen, further=further))
    run.report(
        [subscriber_document(each) for each in people],
        lambda: table(
            f"{len(people)} subscribers",
            ["name", "address", "country", "time zone", "tags"],
            [[each.name, each.email, each.country, each.timezone, ", ".join(each.tags)] for each in people],
        ),
    )


@subscriber.command("show", help="Everything known of one person: consents, and every mail with its reason.")
@click.argument("email")
@command
def show(run: Invocation, *, email: str) -> None:
    from newsletter.store import deliveries
    from subscribers.transfer.export import person

    with run.app() as app, app.database.read() as connection:
        found = _find(app, email)
        known = person(connection, found.id)
        mails = list(deliveries.ledger(connection, subscriber_id=found.id))
        zone = found.timezone or app.studio.timezone

    def tell() -> None:
        fields(found.name or found.email, _details(found))
        for line in _standing(known, run.now, zone):
            click.echo(f"  {line}")
        table(
            "Mails",
            ["due (her clock)", "stream", "subject", "state", "reason"],
            [
                [show_time(each.due_at, zone), each.stream.value, subject_line(each), each.state.value, each.reason]
                for each in mails
            ],
        )

    run.report(known | {"deliveries": [delivery_document(each) for each in mails]}, tell)


@subscriber.command("export", help="Write everybody of a segment to a CSV file.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, writable=True))
@click.option("--segment", default="")
@command
def export(run: Invocation, *, file: Path, segment: str) -> None:
    from newsletter.store.segments import further
    from subscribers.transfer.export import export_csv

    chosen = segments.parse(segment)
    with run.app() as app, app.database.read() as connection, _written_whole(file) as to:
        written = export_csv(connection, to, now=run.now, segment=chosen, further=further)
    run.report({"file": str(file), "written": written}, lambda: click.echo(f"{written} people are in {file}."))


@subscriber.command("suppress", help="Send this address nothing any more.")
@click.argument("email")
@click.option("--stream", type=_CONSENT, default=None, help="Only this kind of mail.")
@command
def suppress(run: Invocation, *, email: str, stream: str | None) -> None:
    from subscribers import store
    from subscribers.address import normalise
    from subscribers.suppression import Reason, address_hash

    address = normalise(email)
    blocked = Stream(stream) if stream else None
    with run.app() as app, app.database.write() as connection:
        hashed = address_hash(address, app.key)
        store.suppress(connection, hashed, blocked, reason=Reason.BY_HAND, source="by hand", at=run.now)
    run.report(
        {"email": address, "suppressed": stream or "all"},
        lambda: click.echo(f"{address} gets no {stream or ''} mail any more.".replace("  ", " ")),
    )


@subscriber.command("erase", help="Forget a person; only a keyed hash stays, so that no import brings her back.")
@click.argument("email")
@command
def erase(run: Invocation, *, email: str) -> None:
    from newsletter import personal_data

    with run.app() as app:
        found = _find(app, email)
        personal_data.erase(app, found.id, run.now, source="by hand")
    run.report({"id": found.id, "erased": True}, lambda: click.echo("Her data is erased; no import brings her back."))


@contextmanager
def _written_whole(file: Path) -> Iterator[TextIO]:
    """A file to write to that takes its place when all of it is written; a full disk spares what was there."""
    if file.exists() and not file.is_file():  # a pipe, such as /dev/stdout
        with file.open("w", encoding="utf-8", newline="") as to:
            yield to
        return
    try:
        with TemporaryDirectory(dir=file.parent, prefix=".unfinished-") as folder:
            unfinished = Path(folder, file.name)
            with unfinished.open("w", encoding="utf-8", newline="") as to:
                yield to
            unfinished.replace(file)
    except OSError as error:
        raise InputError(
            f"{file} cannot be written: {error.strerror}.", "Choose another place, or free some space."
        ) from error


def _find(app: App, email: str) -> Subscriber:
    from subscribers import store

    with app.database.read() as connection:
        found = store.find(connection, email)
    if found is None:
        raise NotFoundError(f"Nobody here has the address {email}.", "List everybody with: subscriber list")
    return found


def _details(person: Subscriber) -> dict[str, str]:
    values = {"address": person.email, "country": person.country, "language": person.language}
    values |= {"time zone": person.timezone, "tags": ", ".join(person.tags)}
    return {name: value for name, value in values.items() if value}


def _standing(known: dict[str, Any], now: datetime, zone: str) -> Iterator[str]:
    """What she agreed to and what is blocked, a sentence each; the latest word of each stream counts."""
    for record in {each["stream"]: each for each in known["consents"]}.values():
        day = show_time(datetime.fromisoformat(record["at"]), zone)
        ended = record["expires_at"] and datetime.fromisoformat(record["expires_at"]) <= now
        source = f" ({record['source']})" if record["source"] else ""
        yield f"{record['stream']}: {'expired' if ended else record['action']} since {day}{source}"
    if not known["consents"]:
        yield "no consent on record"
    for entry in known["suppressions"]:
        day = show_time(datetime.fromisoformat(entry["at"]), zone)
        what = "no mail" if entry["stream"] == "all" else f"no {entry['stream']} mail"
        end = f" until {show_time(datetime.fromisoformat(entry['until']), zone)}" if entry["until"] else ""
        yield f"{what} is sent since {day}{end}: {entry['reason'].replace('_', ' ')}"


def _show_import(report: ImportReport, dry_run: bool) -> None:
    fields(
        f"{report.file_name}: {'nothing was changed; this is what an import would do' if dry_run else 'imported'}",
        {
            name: str(getattr(report, name))
            for name in ("rows", "added", "updated", "unchanged", "skipped", "suppressed", "consents")
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
