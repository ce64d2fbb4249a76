"""Rules on feeds in the store."""

import datetime as dt

import pytest

from newsletter.domain.article import Article
from newsletter.domain.feed import Feed, Identity
from newsletter.errors import NotFoundError
from newsletter.store import articles, campaigns, feeds
from newsletter.store.database import Database
from subscribers.consent import Stream

LEASE = dt.timedelta(minutes=10)
ENTRY = Identity(guid="g", link="https://a.example/x", digest="d", version="v")


@pytest.fixture
def feed(database: Database, now: dt.datetime) -> Feed:
    with database.write() as connection:
        return feeds.get(connection, feeds.add(connection, "https://a.example/feed", "A", now))


def test_a_feed_is_polled_by_one_worker_at_a_time(database: Database, feed: Feed, now: dt.datetime) -> None:
    """Should that one die, the feed is due again when its lease is over."""
    with database.write() as connection:
        claimed = [feeds.claim(connection, now, LEASE) for _ in range(2)]
        again = feeds.claim(connection, now + LEASE, LEASE)
    assert [each.id if each else None for each in (*claimed, again)] == [feed.id, None, feed.id]


def test_what_a_poll_found_is_kept(database: Database, feed: Feed, now: dt.datetime) -> None:
    """A fault is counted, and forgotten once the feed is read; the baseline is taken once."""
    later = now + LEASE
    with database.write() as connection:
        feeds.failed(connection, feed.id, "It is gone.", later, now)
        failed = feeds.get(connection, feed.id)
        for moment in (now, later):
            known = feeds.get(connection, feed.id)
            feeds.polled(connection, known, due_at=later, now=moment, etag='"1"', modified="", note="")
        read = feeds.get(connection, feed.id)
    assert (failed.failures, failed.fault, failed.baselined_at) == (1, "It is gone.", None)
    assert (read.failures, read.fault, read.baselined_at, read.polled_at, read.etag) == (0, "", now, later, '"1"')


def test_only_new_articles_that_nobody_decided_about_are_unmailed(
    database: Database, feed: Feed, edition_id: int, now: dt.datetime
) -> None:
    """A campaign that was cancelled was a decision too."""
    with database.write() as connection:
        for name, is_new in (("old", False), ("new", True), ("mailed", True)):
            article_id, _ = articles.save(connection, Article(title=name, source=name), now)
            entry = Identity(guid=name, link="", digest=name, version=name)
            feeds.see(connection, feed.id, entry, article_id=article_id, is_new=is_new, now=now)
        campaigns.create(
            connection,
            name="Spring",
            stream=Stream.MARKETING,
            edition_id=edition_id,
            segment="",
            articles=[article_id],
            now=now,
        )
        assert [each.title for each in articles.unmailed_of_feed(connection, feed.id)] == ["new"]
        assert feeds.counts(connection) == {feed.id: (3, 2)}


def test_lists_say_what_is_new_and_what_was_edited(database: Database, feed: Feed, now: dt.datetime) -> None:
    """An article without a feed is neither."""
    with database.write() as connection:
        article_id, _ = articles.save(connection, Article(title="New", source="new"), now)
        articles.save(connection, Article(title="By hand", source="hand.md"), now)
        feeds.see(connection, feed.id, ENTRY, article_id=article_id, is_new=True, now=now)
        (entry,) = feeds.entries(connection, feed.id)
        feeds.renew(connection, entry.id, ENTRY, article_id=article_id, edited_at=now)
        feeds.renew(connection, entry.id, ENTRY, article_id=article_id, edited_at=None)
        listed = articles.all_articles(connection)
    assert [(each.title, each.feed_id, each.is_new, each.edited_at) for each in listed] == [
        ("By hand", None, False, None),
        ("New", feed.id, True, now),
    ]


def test_an_edited_article_keeps_its_number_and_takes_its_new_address(database: Database, now: dt.datetime) -> None:
    """Unless another article has that address already."""
    with database.write() as connection:
        first, _ = articles.save(connection, Article(title="A", source="a"), now)
        articles.save(connection, Article(title="B", source="b"), now)
        assert articles.bring_up_to_date(connection, first, Article(title="A2", source="c"), now)
        assert not articles.bring_up_to_date(connection, first, Article(title="A2", source="c"), now)
        assert articles.bring_up_to_date(connection, first, Article(title="A3", source="b"), now)
        assert articles.get(connection, first) == Article(title="A3", source="c")


def test_a_feed_that_is_removed_leaves_its_articles(database: Database, feed: Feed, now: dt.datetime) -> None:
    """What was seen in it is forgotten with it."""
    with database.write() as connection:
        article_id, _ = articles.save(connection, Article(title="New", source="new"), now)
        feeds.see(connection, feed.id, ENTRY, article_id=article_id, is_new=True, now=now)
        feeds.remove(connection, feed.id)
        assert articles.get(connection, article_id).title == "New"
        with pytest.raises(NotFoundError, match="feed list"):
            feeds.get(connection, feed.id)
