"""`feed`: blogs whose new posts become articles."""

from datetime import datetime
from typing import Any

import click

from newsletter.cli.invocation import ROW_ID, Invocation, command, iso, progress, show_time, table
from newsletter.domain.feed import Feed
from newsletter.feeds import Polled


@click.group(help="Blogs whose new posts become articles.")
def feed() -> None:
    pass


@feed.command("add", help="Follow a blog, by the address of its feed or of one of its pages.")
@click.argument("url")
@command
def add(run: Invocation, *, url: str) -> None:
    from newsletter import feeds

    with run.app() as app:
        added = feeds.add(app, url, run.now)
    run.report(
        _document(added, (0, 0)),
        lambda: click.echo(
            f"{added.title or added.url} is followed as feed {added.id}.\n"
            "The first poll takes in what is there as a baseline; only what is published after it is new.\n"
            "The worker polls it every hour, or do it now with: feed poll"
        ),
    )


@feed.command("list", help="Every feed, and what is wrong with it.")
@command
def list_feeds(run: Invocation) -> None:
    from newsletter.store import feeds

    with run.app() as app:
        timezone = app.studio.timezone
        with app.database.read() as connection:
            found, counts = feeds.all_feeds(connection), feeds.counts(connection)
    run.report(
        [_document(each, counts.get(each.id, (0, 0))) for each in found],
        lambda: table(
            "Feeds",
            ["id", "title", "posts", "new", "polled", "next", "how it is"],
            [_row(each, counts.get(each.id, (0, 0)), timezone) for each in found],
            footer="" if found else "Follow a blog with: feed add ADDRESS",
        ),
    )


@feed.command("remove", help="Follow a blog no longer; its articles stay.")
@click.argument("feed_id", type=ROW_ID)
@command
def remove(run: Invocation, *, feed_id: int) -> None:
    from newsletter.store import feeds

    with run.app() as app, app.database.write() as connection:
        removed = feeds.get(connection, feed_id)
        feeds.remove(connection, feed_id)
    run.report(
        {"removed": feed_id},
        lambda: click.echo(f"{removed.title or removed.url} is followed no longer; its articles stay."),
    )


@feed.command("poll", help="Look into every feed now.")
@command
def poll(run: Invocation) -> None:
    from newsletter import feeds

    polled = []
    with run.app() as app, progress("Polling") as advance:
        for each in feeds.poll_all(app, run.clock):
            polled.append(each)
            advance(1)
    run.report(
        [_outcome(each) for each in polled],
        lambda: table(
            "Feeds",
            ["id", "title", "", "articles"],
            [[str(each.feed.id), each.feed.title or each.feed.url, _said(each), _articles(each)] for each in polled],
        ),
    )
    if any(each.fault for each in polled):
        raise click.exceptions.Exit(1)


def _document(found: Feed, counts: tuple[int, int]) -> dict[str, Any]:
    return {
        "id": found.id,
        "url": found.url,
        "title": found.title,
        "articles": counts[0],
        "new": counts[1],
        "added_at": iso(found.added_at),
        "baselined_at": iso(found.baselined_at),
        "polled_at": iso(found.polled_at),
        "due_at": iso(found.due_at),
        "failures": found.failures,
        "fault": found.fault,
        "note": found.note,
    }


def _row(found: Feed, counts: tuple[int, int], timezone: str) -> list[str]:
    def shown(moment: datetime | None) -> str:
        return show_time(moment, timezone)

    health = found.fault or found.note or ("well" if found.polled_at else "not polled yet")
    posts, new = counts
    title = found.title or found.url
    return [str(found.id), title, str(posts), str(new), shown(found.polled_at), shown(found.due_at), health]


def _outcome(polled: Polled) -> dict[str, Any]:
    return {
        "id": polled.feed.id,
        "url": polled.feed.url,
        "unchanged": polled.unchanged,
        "articles": [
            {"id": article_id, "happened": happened.value, "title": title}
            for article_id, happened, title in polled.articles
        ],
        "fault": polled.fault,
        "notes": list(polled.notes),
    }


def _said(polled: Polled) -> str:
    return polled.fault or ("nothing changed" if polled.unchanged or not polled.articles else "")


def _articles(polled: Polled) -> str:
    return "\n".join(f"{happened.value}: {title} ({article_id})" for article_id, happened, title in polled.articles)
