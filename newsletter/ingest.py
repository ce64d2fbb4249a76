"""Ingest: files, folders and web pages become articles in the store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from newsletter import pictures
from newsletter.context import App
from newsletter.domain.article import Article
from newsletter.errors import InputError
from newsletter.reading.anywhere import read_all
from newsletter.reading.illustrations import loader
from newsletter.reading.source import is_address
from newsletter.store import articles
from newsletter.store.articles import Change

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """An article with its id, and whether it is new, changed, or was there already.

    `notes` name the pictures that could not be taken in.
    """

    id: int
    change: Change
    article: Article
    notes: tuple[str, ...] = ()


def add(app: App, sources: Sequence[str], now: datetime, progress: Progress = lambda _: None) -> list[Ingested]:
    """Reads every source (a file, a folder, an address) and keeps the articles: all of them, or none.

    Their pictures are fetched, made fit for mail and kept in the home; one that cannot be had stays where it is.
    Raises InputError that names the first source which cannot be read.
    """
    if "" in sources:  # it would mean the working directory
        raise InputError("The name of a source is empty.", "Give a file, a folder or a web address.")
    read = []
    for article in read_all(sources, allow_private=app.settings.allow_private_addresses):
        taken, notes = _with_pictures(app, article)
        read.append((replace(taken, source=_readable(article.source)), notes))
        progress(1)
    with app.database.write() as connection:
        return [_save(connection, article, notes, now) for article, notes in read]


def _with_pictures(app: App, article: Article) -> tuple[Article, tuple[str, ...]]:
    """An article from a file has its pictures beside it, or in itself."""
    beside = None if is_address(article.source) else Path(article.source)
    load = loader(beside=beside, allow_private=app.settings.allow_private_addresses)
    return pictures.take_in(article, load, app.settings.home)


def _readable(name: str) -> str:
    """A file's name may hold bytes that are no text, which no store can keep."""
    return name.encode(errors="replace").decode()


def _save(connection: Connection, article: Article, notes: tuple[str, ...], now: datetime) -> Ingested:
    article_id, change = articles.save(connection, article, now)
    return Ingested(id=article_id, change=change, article=article, notes=notes)
