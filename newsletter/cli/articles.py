"""`article` and `compose`: texts come in, mails come out."""

from pathlib import Path
from typing import Any

import click

from newsletter.cli.documents import finding_document, show_findings
from newsletter.cli.invocation import ROW_ID, Folder, Invocation, command, fields, iso, progress, table
from newsletter.domain.article_json import article_to_json
from newsletter.domain.issue import Kind
from newsletter.domain.studio import Design
from newsletter.domain.suggestions import suggest


@click.group(help="Take in articles and list them.")
def article() -> None:
    pass


@article.command("add", help="Take in files (.txt .md .html .docx), folders or web pages.")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@command
def add(run: Invocation, *, sources: tuple[str, ...]) -> None:
    from newsletter import ingest

    with run.app() as app, progress("Reading") as advance:
        added = ingest.add(app, sources, run.now, advance)
    for note in (note for each in added for note in each.notes):
        click.echo(note, err=True)
    documents = [
        {"id": each.id, "change": each.change.value, "notes": list(each.notes)} | article_to_json(each.article)
        for each in added
    ]
    run.report(
        documents[0] if len(documents) == 1 else documents,
        lambda: table(
            "Articles",
            ["id", "", "title", "date", "source"],
            [
                [str(each.id), each.change.value, each.article.title, _day(each.article.date), each.article.source]
                for each in added
            ],
            footer="Make a newsletter of one with: campaign create --article ID",
        ),
    )


@article.command("list", help="Every article, the newest first.")
@command
def list_articles(run: Invocation) -> None:
    from newsletter.store import articles

    with run.app() as app, app.database.read() as connection:
        found = articles.all_articles(connection)
    run.report(
        [
            {"id": each.id, "title": each.title, "date": _day(each.date) or None, "source": each.source}
            | {"added_at": iso(each.added_at), "feed": each.feed_id, "new": each.is_new}
            | {"edited_at": iso(each.edited_at)}
            for each in found
        ],
        lambda: table(
            "Articles",
            ["id", "", "title", "date", "source"],
            [[str(each.id), _marks(each), each.title, _day(each.date), each.source] for each in found],
        ),
    )


@article.command("show", help="One article as it was understood.")
@click.argument("article_id", type=ROW_ID)
@command
def show(run: Invocation, *, article_id: int) -> None:
    from newsletter.store import articles

    with run.app() as app, app.database.read() as connection:
        found = articles.get(connection, article_id)
    subjects = suggest(found)

    def tell() -> None:
        click.echo(f"{found.title}\n{found.dek or ''}\n{_day(found.date)}")
        for block in found.blocks:
            click.echo(f"\n[{block.type}] {block.text}")
        click.echo("\nSubjects it could have:\n" + "\n".join(f"  {each}" for each in subjects))

    run.report({"id": article_id} | article_to_json(found) | {"subjects": subjects}, tell)


@click.command(help="Turn an article file into issue.html, issue.txt, issue.eml and preflight.json, without a store.")
@click.argument("source")
@click.option("--out", required=True, type=Folder(), help="The folder to write to.")
@click.option(
    "--kind",
    type=click.Choice([each.value for each in Kind]),
    default=Kind.ARTICLE.value,
    help="In full, or its opening.",
)
@click.option(
    "--design",
    type=click.Choice([each.value for each in Design]),
    default=None,
    help="How it looks. Default: the studio's design.",
)
@command
def compose(run: Invocation, *, source: str, out: Path, kind: str, design: str | None) -> None:
    from newsletter import composition
    from newsletter.app import studio_of

    settings = run.settings()
    studio = studio_of(settings.studio)
    composed = composition.compose_file(
        source,
        out,
        settings=settings,
        studio=studio,
        kind=Kind(kind),
        design=Design(design) if design else None,
        now=run.now,
    )
    document: dict[str, Any] = {
        "subject": composed.subject,
        "subjects": composed.subjects,
        "preheader": composed.preheader,
        "html_bytes": composed.html_bytes,
        "files": {name: str(path) for name, path in composed.files.items()},
        "findings": [finding_document(each) for each in composed.findings],
    }

    def tell() -> None:
        about = {"preheader": composed.preheader, "size": f"{composed.html_bytes:,} bytes of HTML"}
        fields(composed.subject, about | {"it could be": "\n".join(composed.subjects)})
        fields("Files", {name: str(path) for name, path in composed.files.items()})
        show_findings("Before you send it", composed.findings)

    run.report(document, tell)


def _marks(article: Any) -> str:
    return ", ".join(
        mark for mark, holds in (("new", article.is_new), ("edited", article.edited_at is not None)) if holds
    )


def _day(day: Any) -> str:
    return day.isoformat() if day else ""
