"""How a newsletter was read, as a table and as JSON, with what such figures are worth."""

from typing import Any

import click

from newsletter.cli.invocation import table
from newsletter.domain.tracking import Readers, Response

CAVEAT = (
    "Only readers who may be noted are counted, once each. Many mail programs open and follow everything by "
    "themselves, and many show no pictures: take the figures as a hint."
)


def response_document(response: Response) -> dict[str, Any]:
    """What is known of opens and clicks; nothing where nothing was to be noted."""
    if not response.is_known:
        return {}
    links = [{"number": each.number, "url": each.url} | _counts(each.by) for each in response.links]
    return {"response": {"opened": _counts(response.opened), "clicked": _counts(response.clicked), "links": links}}


def show_response(response: Response) -> None:
    if not response.is_known:
        return
    if not response.was_noticed:
        click.echo("Nothing was noted of who opens it and follows its links. Only readers who may be noted are.")
        return
    rows: list[tuple[str, Readers]] = [("opened", response.opened), ("clicked", response.clicked)]
    rows += [(each.url, each.by) for each in response.links]
    table("How it was read", ["", "people", "machines alone"], [[name, *_cells(readers)] for name, readers in rows])
    click.echo(CAVEAT)


def _counts(readers: Readers) -> dict[str, int]:
    return {"people": readers.people, "machines": readers.machines}


def _cells(readers: Readers) -> list[str]:
    return [str(readers.people), str(readers.machines)]
