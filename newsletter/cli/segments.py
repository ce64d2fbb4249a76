"""`segment`: who is meant by a rule, before anything is sent to them."""

from dataclasses import asdict

import click

from newsletter.cli.invocation import Invocation, command, fields, table
from subscribers import segment as segments

_SHOWN = 20


@click.group(help="Parts of the audience: show whom a rule means.")
def segment() -> None:
    pass


@segment.command("show", help="How many people a segment has and who they are; and who of them gets no newsletter.")
@click.argument("rules", default="")
@click.option("--most", default=_SHOWN, show_default=True, type=click.IntRange(0, 10_000), help="So many by name.")
@command
def show(run: Invocation, *, rules: str, most: int) -> None:
    from newsletter.store import audience

    chosen = segments.parse(rules)
    with run.app() as app, app.database.read() as connection:
        counts = audience.outlook(connection, None, chosen, run.now)
        people = audience.first(connection, None, chosen, run.now, most=most)
    gets, in_all = counts.pop("", 0), sum(counts.values())
    document = {"segment": str(chosen), "people": gets + in_all, "recipients": gets, "left_out": counts}

    def tell() -> None:
        numbers = {"people": str(gets + in_all), "get a newsletter": str(gets)}
        fields(str(chosen) or "everybody", numbers | {why: str(number) for why, number in counts.items()})
        rows = [[each.name, each.email, each.reason or "gets it"] for each in people]
        table(f"{len(people)} of {gets + in_all}", ["name", "address", "newsletter"], rows)

    run.report(document | {"first": [asdict(each) for each in people]}, tell)
