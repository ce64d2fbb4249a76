"""`subscriber`: who may be mailed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO

import click

from newsletter.cli.documents import delivery_document, entry_document, subscriber_document
from newsletter.cli.imports import import_file, list_imports
from newsletter.cli.invocation import Invocation, command, fields, show_time, table
from newsletter.context import App
from newsletter.errors import InputError, NotFoundError
from subscribers import segment as segments
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber

_CONSENT = click.Choice([Stream.MARKETING.value, Stream.CARE.value])


@click.group(help="Who may be mailed: add, import, list, show, form, export, suppress, erase.")
def subscriber() -> None:
    pass


subscriber.add_command(import_file)
subscriber.add_command(list_imports)


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


@subscriber.command("show", help="Everything known of one person: her consents, and her story in the order of time.")
@click.argument("email")
@command
def show(run: Invocation, *, email: str) -> None:
    from newsletter.store import deliveries
    from newsletter.story import story_of
    from subscribers.transfer.export import person

    with run.app() as app:
        found = _find(app, email)
        story = story_of(app, found.id)
        with app.database.read() as connection:
            known = person(connection, found.id)
            mails = list(deliveries.ledger(connection, subscriber_id=found.id))
        zone = found.timezone or app.studio.timezone

    def tell() -> None:
        fields(found.name or found.email, _details(found))
        for line in _standing(known, run.now, zone):
            click.echo(f"  {line}")
        table(
            "Her story",
            ["when (her clock)", "", "what happened", "mail"],
            [[show_time(each.at, zone), each.chapter.value, each.text, str(each.delivery_id or "")] for each in story],
            footer="Why she got a mail, or did not: delivery why MAIL" if mails else "",
        )

    timeline = {"timeline": [entry_document(each) for each in story]}
    run.report(known | {"deliveries": [delivery_document(each) for each in mails]} | timeline, tell)


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


@subscriber.command("form", help="The sign-up form as HTML, to be pasted into your own website.")
@click.option("--language", default="", help="Such as de. Default: the studio's.")
@click.option("--care", is_flag=True, help="Ask clients about care notes as well.")
@command
def form(run: Invocation, *, language: str, care: bool) -> None:
    from newsletter.rendering.language import primary
    from newsletter.web import embedded

    with run.app() as app:
        html = embedded.form(app, primary(language or app.studio.language), care=care)
        page = app.links.page_url("subscribe")
    run.report({"html": html, "page": page}, lambda: click.echo(html, nl=False))


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
