"""`plan card` and `session card`: a care mail as a page to print."""

from pathlib import Path

import click

from newsletter.cli.invocation import ROW_ID, Invocation, command
from newsletter.errors import InputError

_step = click.option("--step", default="", metavar="NAME", help="Which mail of the plan; the first where left out.")
_out = click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), default=None, help="The file. Default: care-card-....html"
)


@click.command("card", help="A care mail of a plan as a page to print, from A6 to A4; nobody's name is on it.")
@click.argument("name")
@_step
@click.option("--language", default="", help="de, fr ...; the studio's where it is left out.")
@click.option("--country", default="", metavar="CC", help="Whose telephone numbers; the studio's where it is left out.")
@_out
@command
def plan_card(run: Invocation, *, name: str, step: str, language: str, country: str, out: Path | None) -> None:
    from newsletter import cards

    with run.app() as app:
        page = cards.plan_card(app, name, run.now, language=language, step=step, country=country)
    _write(run, page, out or Path(f"care-card-{name}.html"))


@click.command("card", help="The care mail of a session as a page to print and hand over to the client.")
@click.argument("session_id", type=ROW_ID)
@_step
@_out
@command
def session_card(run: Invocation, *, session_id: int, step: str, out: Path | None) -> None:
    from newsletter import cards

    with run.app() as app:
        page = cards.session_card(app, session_id, run.now, step=step)
    _write(run, page, out or Path(f"care-card-session-{session_id}.html"))


def _write(run: Invocation, page: str, file: Path) -> None:
    try:
        file.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}.", "Choose another place with --out.") from error
    run.report({"file": str(file)}, lambda: click.echo(f"The card is in {file}: open it in a browser, and print."))
