"""Articles in the store, each known by its source."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, or_, select, update

from newsletter.domain.article import Article
from newsletter.domain.article_json import article_from_json, article_to_json
from newsletter.errors import NotFoundError
from newsletter.store import tables


class Change(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """An article as lists show it; `added_at` is UTC."""

    id: int
    title: str
    date: date | None
    source: str
    added_at: datetime


def save(connection: Connection, article: Article, now: datetime) -> tuple[int, Change]:
    """Adds the article, or brings the one from the same source up to date. Returns its id and what happened."""
    body = article_to_json(article)
    table = tables.article
    found = connection.execute(select(table.c.id, table.c.body).where(table.c.source == article.source)).first()
    if found is None:
        values = {"source": article.source, "title": article.title, "date": article.date, "body": body}
        added = connection.execute(insert(table).values(**values, added_at=now, changed_at=now).returning(table.c.id))
        return added.scalar_one(), Change.ADDED
    if found.body == body:
        return found.id, Change.UNCHANGED
    values = {"title": article.title, "date": article.date, "body": body, "changed_at": now}
    connection.execute(update(table).where(table.c.id == found.id).values(**values))
    return found.id, Change.CHANGED


def get(connection: Connection, article_id: int) -> Article:
    """Raises NotFoundError where there is none."""
    body = connection.execute(select(tables.article.c.body).where(tables.article.c.id == article_id)).scalar()
    if body is None:
        raise NotFoundError(f"There is no article {article_id}.", "List them with: article list")
    return article_from_json(body)


def all_articles(connection: Connection) -> Sequence[StoredArticle]:
    """Newest first."""
    table = tables.article
    rows = connection.execute(
        select(table.c.id, table.c.title, table.c.date, table.c.source, table.c.added_at).order_by(table.c.id.desc())
    )
    return [StoredArticle(**row._mapping) for row in rows]


def addresses(connection: Connection) -> dict[str, str]:
    """The public address of every article that came from the web, by its title."""
    table = tables.article
    web = or_(table.c.source.startswith("https://"), table.c.source.startswith("http://"))
    rows = connection.execute(select(table.c.title, table.c.source).where(web))
    return {row.title: row.source for row in rows}
