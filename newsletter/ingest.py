"""Ingest: files, folders and web pages become articles in the store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from newsletter.context import App
from newsletter.domain.article import Article
from newsletter.reading.anywhere import read_all
from newsletter.store import articles
from newsletter.store.articles import Change

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """An article with its id, and whether it is new, changed, or was there already."""

    id: int
    change: Change
    article: Article


def add(app: App, sources: Sequence[str], now: datetime, progress: Progress = lambda _: None) -> list[Ingested]:
    """Reads every source (a file, a folder, an address) and keeps the articles: all of them, or none.

    Raises InputError that names the first source which cannot be read.
    """
    read = []
    for article in read_all(sources, allow_private=app.settings.allow_private_addresses):
        read.append(article)
        progress(1)
    with app.database.write() as connection:
        return [_save(connection, article, now) for article in read]


def _save(connection: Connection, article: Article, now: datetime) -> Ingested:
    article_id, change = articles.save(connection, article, now)
    return Ingested(id=article_id, change=change, article=article)
