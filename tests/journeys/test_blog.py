"""A blog publishes, edits, deletes and publishes again; each post is mailed once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from newsletter import campaigns, feeds
from newsletter.context import App
from newsletter.store import articles, deliveries
from newsletter.worker import poll_feed, tick
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import details
from tests.conftest import OpenHome
from tests.flows.blog_server import WORDS, Blog, Post

OLD = Post(slug="old", title="An old post")
FASCIA = Post(slug="fascia", title="What fascia is")


@pytest.fixture
def blog() -> Iterator[Blog]:
    blog = Blog(posts=[OLD])
    blog.start()
    yield blog
    blog.stop()


@pytest.fixture
def desk(open_home: OpenHome, blog: Blog, now: datetime) -> Iterator["Desk"]:
    with open_home(allow_private_addresses=True) as app:
        with app.database.write() as connection:
            person = details("anna@example.com", name="Anna")
            store.add(connection, person, key=app.key, now=now, consents=[Stream.MARKETING])
        yield Desk(app, feeds.add(app, blog.feed_url, now).id, now)


class Desk:
    """A practice that mails each new article of its blog, an hour a step."""

    def __init__(self, app: App, feed_id: int, now: datetime) -> None:
        self.app, self.feed_id, self.now = app, feed_id, now

    def hour(self) -> list[str]:
        """The clockwork polls, each new article is mailed; returns the subjects of all mails that went out so far."""
        self.now += timedelta(hours=1, minutes=1)
        while poll_feed(self.app, lambda: self.now):
            pass
        with self.app.database.read() as connection:
            new = articles.unmailed_of_feed(connection, self.feed_id)
        for each in new:
            campaign_id = campaigns.create(self.app, article_ids=[each.id], now=self.now)
            campaigns.launch(self.app, campaign_id, self.now)
        tick(self.app, lambda: self.now)
        with self.app.database.read() as connection:
            return [each.subject for each in deliveries.ledger(connection) if each.state == "accepted"]


def test_a_post_is_mailed_once_whatever_becomes_of_it(desk: Desk, blog: Blog) -> None:
    """Published, edited, deleted, published again under another guid and address: one mail, and none for old posts."""
    assert desk.hour() == []  # what was there is the baseline
    blog.posts = [FASCIA, OLD]
    assert desk.hour() == ["What fascia is"]
    edited = replace(FASCIA, content=f"<p>{WORDS}</p><p>Fascia is one web. {WORDS}</p><p>{WORDS}</p>")
    blog.posts = [edited, replace(OLD, content=f"<p>Once more. {WORDS}</p>" * 4)]
    assert desk.hour() == ["What fascia is"]
    with desk.app.database.read() as connection:
        (fascia, old) = articles.all_articles(connection)
        assert (fascia.is_new, fascia.edited_at, old.is_new) == (True, desk.now, False)
        assert "one web" in articles.get(connection, fascia.id).blocks[1].text
    blog.posts = []
    assert desk.hour() == ["What fascia is"]
    blog.posts = [edited, OLD]
    assert desk.hour() == ["What fascia is"]
    blog.posts = [replace(edited, guid="7f3a", slug="2026/fascia"), replace(OLD, guid="9b1c")]
    assert desk.hour() == ["What fascia is"]
    blog.posts = [Post(slug="sleep", title="Sleep", content=f"<p>Sleep well. {WORDS}</p>" * 4), *blog.posts]
    desk.now += timedelta(days=1)  # nobody gets two mails in a day
    assert desk.hour() == ["What fascia is", "Sleep"]


def test_a_feed_that_did_not_change_is_not_read_again(desk: Desk, blog: Blog) -> None:
    """Its server says so, and that costs nearly nothing."""
    desk.hour()
    desk.hour()
    assert [line for line in blog.asked if line.startswith("/feed")] == ["/feed 200", "/feed 200", "/feed 304"]
