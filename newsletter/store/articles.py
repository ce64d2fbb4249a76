"""Articles in the store, each known by its source."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, insert, or_, select, update

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
    """An article as lists show it; times are UTC.

    `feed_id` says from which feed it came, if any; `is_new` that it was published after that feed was added, and
    `edited_at` when its author last changed it after that.
    """

    id: int
    title: str
    date: date | None
    source: str
    added_at: datetime
    feed_id: int | None = None
    is_new: bool = False
    edited_at: datetime | None = None


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
    listed: dict[int, StoredArticle] = {}
    for row in connection.execute(_listing(outer=True).order_by(tables.article.c.id.desc(), tables.feed_entry.c.id)):
        listed.setdefault(row.id, _stored(row))  # of two feeds with the same article, the first that had it
    return list(listed.values())


def unmailed_of_feed(connection: Connection, feed_id: int) -> Sequence[StoredArticle]:
    """The new articles of a feed that nobody has decided about, the oldest first: for whoever mails each new one.

    New is what was published after the feed was added. An article that stands in any campaign, a cancelled one too, was
    decided about; so nothing is ever offered twice, whatever its author edits, deletes and publishes again.
    """
    entry, mailed = tables.feed_entry, tables.campaign_article
    decided = exists().where(mailed.c.article_id == tables.article.c.id)
    chosen = _listing().where(entry.c.feed_id == feed_id, entry.c.is_new, ~decided)
    rows = connection.execute(chosen.order_by(tables.article.c.id))
    return list({row.id: _stored(row) for row in rows}.values())


def is_old(connection: Connection, source: str) -> bool:
    """Whether some feed had the article from that source before it could be new there."""
    table, entry = tables.article, tables.feed_entry
    known = select(entry.c.id).join(table, entry.c.article_id == table.c.id)
    return connection.execute(known.where(table.c.source == source, ~entry.c.is_new).limit(1)).first() is not None


def bring_up_to_date(connection: Connection, article_id: int, article: Article, now: datetime) -> bool:
    """Puts an edited article in the place of what it was, under its new source where no other has that.

    Returns whether anything is different.
    """
    table = tables.article
    before = get(connection, article_id)
    others = select(table.c.id).where(table.c.source == article.source, table.c.id != article_id)
    if connection.execute(others).first() is not None:
        article = replace(article, source=before.source)
    if article == before:
        return False
    values = {"title": article.title, "date": article.date, "body": article_to_json(article), "changed_at": now}
    connection.execute(update(table).where(table.c.id == article_id).values(**values, source=article.source))
    return True


def addresses(connection: Connection) -> dict[str, str]:
    """The public address of every article that came from the web, by its title."""
    table = tables.article
    web = or_(table.c.source.startswith("https://"), table.c.source.startswith("http://"))
    rows = connection.execute(select(table.c.title, table.c.source).where(web))
    return {row.title: row.source for row in rows}


def _listing(*, outer: bool = False) -> Select[Any]:
    """What lists show of articles, each with its entry of a feed; with `outer` also those from no feed."""
    table, entry = tables.article, tables.feed_entry
    columns = (table.c.id, table.c.title, table.c.date, table.c.source, table.c.added_at)
    joined = table.join(entry, entry.c.article_id == table.c.id, isouter=outer)
    return select(*columns, entry.c.feed_id, entry.c.is_new, entry.c.edited_at).select_from(joined)


def _stored(row: Row[Any]) -> StoredArticle:
    return StoredArticle(**{**row._mapping, "is_new": bool(row.is_new)})
