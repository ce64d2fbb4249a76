"""`holiday`: while the practitioner is away, invitations wait and care mails name whom to turn to."""

from datetime import date, datetime
from typing import Any

import click

from newsletter.cli.invocation import Invocation, command
from newsletter.domain.holiday import Holiday

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group(help="When you are away: invitations wait, care mails go on and name your cover.")
def holiday() -> None:
    pass


@holiday.command("set", help="From the first day to the last, both included, on the studio's calendar.")
@click.argument("first_day", metavar="FROM", type=_DAY)
@click.argument("last_day", metavar="TO", type=_DAY)
@click.option("--cover", default="", help="Who is there meanwhile: a name, and a telephone number or a mail address.")
@command
def set_days(run: Invocation, *, first_day: datetime, last_day: datetime, cover: str) -> None:
    from newsletter import holidays

    with run.app() as app:
        kept = holidays.set_holiday(app, first_day.date(), last_day.date(), cover, run.now)
    _report(run, kept, f"Care mails go on and name {kept.cover or 'nobody: give --cover'}; invitations wait.")


@holiday.command("show", help="The holiday that is under way or to come.")
@command
def show(run: Invocation) -> None:
    from newsletter import holidays

    with run.app() as app:
        current = holidays.current_holiday(app, run.now)
    _report(run, current, f"Cover: {current.cover or 'nobody'}." if current else "")


@holiday.command("clear", help="You are there again: what waited is looked at anew.")
@command
def clear(run: Invocation) -> None:
    from newsletter import holidays

    with run.app() as app:
        before = holidays.clear_holiday(app, run.now)
    words = "The holiday is over; invitations go on." if before else "There was no holiday."
    run.report({"holiday": None, "was": _document(before)}, lambda: click.echo(words))


def _report(run: Invocation, current: Holiday | None, more: str) -> None:
    def tell() -> None:
        days = f"From {_in_words(current.first_day)} to {_in_words(current.last_day)}." if current else "No holiday."
        click.echo(f"{days} {more}".rstrip())

    run.report({"holiday": _document(current)}, tell)


def _document(holiday: Holiday | None) -> dict[str, Any] | None:
    if holiday is None:
        return None
    days = {"first_day": holiday.first_day.isoformat(), "last_day": holiday.last_day.isoformat()}
    return days | {"cover": holiday.cover}


def _in_words(day: date) -> str:
    return f"{day:%a %d %b %Y}"
