"""What every command shares: its home, its clock, and how it reports."""

import functools
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from newsletter.config import Settings, load
from newsletter.context import App, Clock

_YEARS = range(1990, 2200)  # beyond lies a slip of the finger
ROW_ID = click.IntRange(1, 2**63 - 1)  # what both databases can hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One run of a command: where it works, its clock (aware), and whether a script reads its report."""

    home: Path
    clock: Clock
    as_json: bool

    @property
    def now(self) -> datetime:
        return self.clock()

    def settings(self) -> Settings:
        secrets = os.environ.get("AFTERGLOW_SECRETS_DIR")
        return load(self.home, Path(secrets) if secrets else None)

    @contextmanager
    def app(self, *, worker: str | None = None) -> Iterator[App]:
        from newsletter.app import open_app

        with open_app(self.settings(), worker=worker) as app:
            yield app

    def report(self, document: Any, show: Callable[[], None]) -> None:
        """One JSON document on stdout for a script, or the same in words for a person."""
        if self.as_json:
            plain = sys.stdout.encoding.lower().replace("-", "") == "utf8"  # not so in a Windows pipe
            json.dump(document, sys.stdout, ensure_ascii=not plain, indent=2)
            sys.stdout.write("\n")
        else:
            show()


class Moment(click.ParamType[datetime]):
    """An ISO 8601 date and time; without an offset it is UTC unless the command says otherwise."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"“{value}” is not a date and time; write it like 2026-03-02T18:30 or 2026-03-02T18:30+00:00.")
        if moment.year not in _YEARS:
            self.fail(f"“{value}” is too far away; the year is from {_YEARS[0]} to {_YEARS[-1]}.")
        return moment


class Folder(click.Path):
    """A folder, there or not. An unset variable in a script must not become the working directory."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, file_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("the name is empty.")
        return super().convert(value, param, ctx)


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Gives a command --home, --now and --json, and its function an Invocation as the first argument."""

    @click.option(
        "--home",
        type=Folder(),
        envvar="AFTERGLOW_HOME",
        default="afterglow-home",
        show_default=True,
        help="The folder with the store, the outbox and the settings.",
    )
    @click.option("--now", type=Moment(), help="Set the clock (ISO 8601).")
    @click.option("--json", "as_json", is_flag=True, help="Report as one JSON document.")
    @functools.wraps(function)
    def wrapped(home: Path, now: datetime | None, as_json: bool, **options: Any) -> None:
        logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(message)s")
        logging.getLogger("newsletter").setLevel(logging.INFO)
        moment = None if now is None else aware(now)
        function(Invocation(home=home, clock=lambda: moment or datetime.now(UTC), as_json=as_json), **options)

    return wrapped


def aware(moment: datetime, timezone: str = "UTC") -> datetime:
    """A moment typed without an offset is meant in `timezone`. The answer is UTC."""
    from zoneinfo import ZoneInfo

    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))).astimezone(UTC)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, footer: str = "") -> None:
    """A table for people, on stdout; as wide as the terminal, or as its content where there is none."""
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 160)
    shown = Table(*columns, title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    for row in rows:
        shown.add_row(*(escape(cell) for cell in row))
    console.print(shown)
    if footer:
        console.print(footer, markup=False, highlight=False)


def fields(title: str, values: Mapping[str, str]) -> None:
    """A short list of names and values for people, on stdout."""
    click.echo(title)
    width = max(map(len, values), default=0)
    for name, value in values.items():
        click.echo(f"  {name:<{width}}  {value}")


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """A bar on stderr for as long as it takes, where that is a terminal; `advance(n)` moves it on."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(label, total=total)
        yield lambda steps: bar.advance(task, steps)


def show_time(moment: datetime | None, timezone: str) -> str:
    """A moment on the wall clock of `timezone`, to the minute."""
    from zoneinfo import ZoneInfo

    return moment.astimezone(ZoneInfo(timezone)).strftime("%a %d %b %Y %H:%M") if moment else ""


def iso(moment: datetime | None) -> str | None:
    """A moment as JSON carries it: UTC, ISO 8601."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None
