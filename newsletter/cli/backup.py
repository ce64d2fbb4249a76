"""`backup`, `restore`, `hold` and `resume`: a copy in a safe place, and a store that does not send twice after it."""

from pathlib import Path
from typing import Any

import click

from newsletter.cli.documents import hold_document
from newsletter.cli.invocation import Invocation, command, iso

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(help="Keep the store, its key and the settings in one verified file.")
@click.argument("file", type=_FILE)
@command
def backup(run: Invocation, *, file: Path) -> None:
    from newsletter.backup import back_up, require_store

    require_store(run.settings())
    with run.app() as app:
        made = back_up(app, file, run.now)
    size = file.stat().st_size
    document: dict[str, Any] = made.model_dump(mode="json") | {"made_at": iso(made.made_at)}

    def tell() -> None:
        click.echo(f"{file} holds {made.counts['subscriber']} people and {made.counts['delivery']} mails.")
        click.echo("It was read again and is whole. It holds addresses and the secret key: keep it safe.")

    run.report({"file": str(file), "bytes": size} | document, tell)


@click.command(help="Put a backup into a new home; its mail is held until you say: resume.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@command
def restore(run: Invocation, *, file: Path) -> None:
    from newsletter.backup import restore as put_back
    from newsletter.store import meta

    restored = put_back(run.settings(), file, run.now)
    with run.app() as app, app.database.read() as connection:
        hold = meta.held(connection)
    document: dict[str, Any] = restored.model_dump(mode="json") | {"made_at": iso(restored.made_at)}
    people, mails = restored.counts["subscriber"], restored.counts["delivery"]

    def tell() -> None:
        click.echo(f"{run.home} holds {people} people and {mails} mails again, as on {restored.made_at:%d %B %Y}.")
        click.echo("All mail is held: what left after the backup was made still waits here and would go out twice.")
        click.echo("  1. See who waits: forecast")
        click.echo("  2. Cancel what went out already: campaign cancel ID, session cancel ID")
        click.echo("  3. Go on: resume")

    run.report({"home": str(run.home), "held": hold_document(hold)} | document, tell)


@click.command(help="Keep all mail in the store until you say: resume.")
@click.option("--reason", default="", help="Why, for whoever looks later. Default: by hand, or as it was held before.")
@command
def hold(run: Invocation, *, reason: str) -> None:
    from newsletter.store import meta

    with run.app() as app, app.database.write() as connection:
        if reason or meta.held(connection) is None:
            meta.hold(connection, reason or "by hand", run.now)
        now_held = meta.held(connection)
    run.report(
        {"held": hold_document(now_held)},
        lambda: click.echo("All mail is held; a call under way is finished first. Go on with: resume"),
    )


@click.command(help="Go on sending after a restore or a hold.")
@command
def resume(run: Invocation) -> None:
    from newsletter.store import deliveries, meta

    with run.app() as app, app.database.write() as connection:
        before = meta.held(connection)
        meta.release(connection)
        waiting = deliveries.counts(connection)["queued"]

    def tell() -> None:
        click.echo("Mail goes on." if before else "Mail was not held.")
        click.echo(f"{waiting} mails wait for their moment; the worker sends them.")

    run.report({"held": None, "was_held": hold_document(before), "queued": waiting}, tell)
