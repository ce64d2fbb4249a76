"""Rules on articles in the store."""

import datetime as dt
from dataclasses import replace

import pytest

from newsletter.domain.article import Article, Paragraph, Span
from newsletter.errors import NotFoundError
from newsletter.store import articles
from newsletter.store.articles import Change
from newsletter.store.database import Database

SPRING = Article(
    title="Spring",
    date=dt.date(2026, 3, 1),
    source="spring.md",
    blocks=(Paragraph(spans=(Span(text="Rest"), Span(text=" well", strong=True))),),
)


def save(database: Database, article: Article, now: dt.datetime) -> tuple[int, Change]:
    with database.write() as connection:
        return articles.save(connection, article, now)


def test_an_article_comes_out_as_it_went_in(database: Database, now: dt.datetime) -> None:
    """Block by block, style by style."""
    article_id, change = save(database, SPRING, now)
    with database.read() as connection:
        assert (articles.get(connection, article_id), change) == (SPRING, Change.ADDED)


def test_the_same_article_again_changes_nothing(database: Database, now: dt.datetime) -> None:
    """It keeps its number."""
    article_id, _ = save(database, SPRING, now)
    assert save(database, SPRING, now) == (article_id, Change.UNCHANGED)


@pytest.mark.parametrize(
    "edited", [replace(SPRING, title="Summer"), replace(SPRING, blocks=()), replace(SPRING, date=None)]
)
def test_an_edited_article_is_brought_up_to_date(database: Database, now: dt.datetime, edited: Article) -> None:
    """Known by its source, it keeps its number."""
    article_id, _ = save(database, SPRING, now)
    assert save(database, edited, now) == (article_id, Change.CHANGED)
    with database.read() as connection:
        (listed,) = articles.all_articles(connection)
        assert (articles.get(connection, article_id), listed.title, listed.date) == (edited, edited.title, edited.date)


def test_one_title_from_two_sources_is_two_articles(database: Database, now: dt.datetime) -> None:
    """The newest is listed first."""
    first, second = (save(database, replace(SPRING, source=source), now)[0] for source in ("a.md", "b.md"))
    with database.read() as connection:
        assert [each.id for each in articles.all_articles(connection)] == [second, first]


def test_only_what_came_from_the_web_has_an_address(database: Database, now: dt.datetime) -> None:
    """A file may have a name that begins like one."""
    for source in ("https://a.example/spring", "http://a.example/old", "https-explained.md", "httpd.txt", "a.md"):
        save(database, replace(SPRING, title=f"From {source}", source=source), now)
    with database.read() as connection:
        assert set(articles.addresses(connection).values()) == {"https://a.example/spring", "http://a.example/old"}


def test_an_article_that_is_not_there_is_named(database: Database) -> None:
    """With the way to find the others."""
    with pytest.raises(NotFoundError, match=r"no article 17\. List them"), database.read() as connection:
        articles.get(connection, 17)
