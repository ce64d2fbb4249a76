"""Feeds are polled within the manners of the web, and whatever is wrong with one, the others go on."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsletter import feeds
from newsletter.context import App
from newsletter.domain.feed import EVERY, Feed
from newsletter.errors import InputError
from newsletter.feeds import Happened, Polled
from newsletter.store import articles
from newsletter.store import feeds as stored
from newsletter.worker import poll_feed
from tests.conftest import OpenHome
from tests.flows.blog_server import WORDS, Blog, Post
from tests.reading.drawing import drawn, noise

OLD = Post(slug="old", title="An old post")
NEW = Post(slug="new", title="A new post", content=f"<p>New. {WORDS}</p><p>{WORDS}</p><p>{WORDS}</p>")


@pytest.fixture
def database_url() -> None:
    """The store's own rules are tested on both databases elsewhere."""


@pytest.fixture
def app(open_home: OpenHome) -> Iterator[App]:
    with open_home(allow_private_addresses=True) as opened:
        yield opened


@pytest.fixture
def blog() -> Iterator[Blog]:
    blog = Blog(posts=[OLD])
    blog.start()
    yield blog
    blog.stop()


@pytest.fixture
def followed(app: App, blog: Blog, now: datetime) -> Feed:
    """A feed whose baseline is taken."""
    feed = feeds.add(app, blog.feed_url, now)
    poll(app, now)
    return feed


def poll(app: App, now: datetime) -> Polled:
    (polled,) = feeds.poll_all(app, lambda: now)
    return polled


def state(app: App) -> Feed:
    with app.database.read() as connection:
        (feed,) = stored.all_feeds(connection)
    return feed


def titles(polled: Polled) -> list[tuple[str, str]]:
    return [(happened.value, title) for _, happened, title in polled.articles]


def test_a_page_leads_to_its_feed(app: App, blog: Blog, now: datetime) -> None:
    """Whoever follows a blog knows its address, not that of its feed."""
    feed = feeds.add(app, f"{blog.url}/", now)
    assert (feed.url, feed.title) == (blog.feed_url, "River Studio")
    assert feeds.add(app, blog.feed_url, now).id == feed.id


def test_what_is_no_feed_is_not_followed(app: App, blog: Blog, now: datetime) -> None:
    """It says so at once."""
    with pytest.raises(InputError, match="There is no feed at"):
        feeds.add(app, f"{blog.url}/old", now)


def test_the_first_poll_is_a_baseline(app: App, blog: Blog, now: datetime) -> None:
    """What is there becomes articles; none of it is new."""
    feed = feeds.add(app, blog.feed_url, now)
    assert titles(poll(app, now)) == [(Happened.BASELINE, "An old post")]
    with app.database.read() as connection:
        assert articles.unmailed_of_feed(connection, feed.id) == []


def test_a_feed_that_shows_more_of_its_past_shows_nothing_new(
    app: App, blog: Blog, followed: Feed, now: datetime
) -> None:
    """Ten posts become fifty when somebody changes a setting."""
    older = Post(slug="older", title="Older still", date=datetime(2024, 1, 1, tzinfo=UTC))
    blog.posts = [OLD, older]
    assert titles(poll(app, now + EVERY)) == [(Happened.BASELINE, "Older still")]


def test_of_two_feeds_with_one_post_only_one_has_it_new(app: App, blog: Blog, followed: Feed, now: datetime) -> None:
    """A post that was old in one feed is not new in another that begins to carry it."""
    blog.answers["/tag"] = (200, {}, replace(blog, posts=[]).feed())
    tag = feeds.add(app, f"{blog.url}/tag", now)
    list(feeds.poll_all(app, lambda: now))
    blog.answers["/tag"] = (200, {}, blog.feed())
    list(feeds.poll_all(app, lambda: now + EVERY))
    with app.database.read() as connection:
        assert articles.unmailed_of_feed(connection, tag.id) == []
        assert len(articles.all_articles(connection)) == 1


def test_a_teaser_is_read_in_full_on_its_page(app: App, blog: Blog, followed: Feed, now: datetime) -> None:
    """The feed gives a line, the page the post."""
    blog.posts = [replace(NEW, summary_only=True), OLD]
    ((article_id, happened, _),) = poll(app, now + EVERY).articles
    with app.database.read() as connection:
        assert "New." in articles.get(connection, article_id).blocks[0].text
    assert happened is Happened.NEW


def test_a_page_that_does_not_answer_is_asked_again_for_a_day(
    app: App, blog: Blog, followed: Feed, now: datetime
) -> None:
    """A teaser is not mailed for want of a page; after a day it is better than nothing."""
    blog.posts = [replace(NEW, summary_only=True), OLD]
    blog.answers["/new"] = (503, {}, b"")
    assert titles(poll(app, now + EVERY)) == []
    assert titles(poll(app, now + timedelta(hours=20))) == []
    del blog.answers["/new"]
    assert titles(poll(app, now + timedelta(hours=21))) == [(Happened.NEW, "A new post")]


def test_an_edit_whose_page_does_not_answer_changes_nothing(
    app: App, blog: Blog, followed: Feed, now: datetime
) -> None:
    """The whole post is not replaced by its teaser."""
    blog.posts = [replace(NEW, summary_only=True), OLD]
    poll(app, now + EVERY)
    blog.answers["/new"] = (503, {}, b"")
    blog.posts = [replace(NEW, title="A newer title", summary_only=True), OLD]
    assert titles(poll(app, now + 2 * EVERY)) == []
    del blog.answers["/new"]
    blog.answers["/feed"] = (200, {}, blog.feed())
    assert titles(poll(app, now + 3 * EVERY)) == [(Happened.EDITED, "A newer title")]


@pytest.mark.parametrize(
    ("status", "headers", "wait", "said"),
    [
        (500, {}, 2 * EVERY, "answers 500"),
        (503, {"Retry-After": "10800"}, 3 * EVERY, "answers 503"),
        (429, {"Retry-After": "600"}, 2 * EVERY, "answers 429"),
        (410, {}, timedelta(days=1), "is gone for good"),
        (200, {"Content-Type": "text/html"}, 2 * EVERY, "There is no feed at"),
    ],
)
def test_a_feed_that_fails_is_left_alone_for_a_while(
    app: App,
    blog: Blog,
    followed: Feed,
    now: datetime,
    status: int,
    headers: dict[str, str],
    wait: timedelta,
    said: str,
) -> None:
    """As long as its server asks, and it says in plain words what is wrong."""
    blog.answers["/feed"] = (status, headers, b"<html>Sorry</html>")
    assert said in poll(app, now).fault
    assert (state(app).due_at - now, state(app).failures) == (wait, 1)
    assert said in state(app).fault
    del blog.answers["/feed"]
    assert poll(app, now + wait).fault == state(app).fault == ""


def test_a_feed_that_moved_for_good_is_asked_there(app: App, blog: Blog, followed: Feed, now: datetime) -> None:
    """A redirect that is for now is followed and forgotten."""
    blog.answers["/feed"] = (302, {"Location": "/elsewhere"}, b"")
    blog.answers["/elsewhere"] = (200, {}, blog.feed())
    poll(app, now)
    assert state(app).url == blog.feed_url
    blog.answers["/feed"] = (301, {"Location": "/elsewhere"}, b"")
    poll(app, now + EVERY)
    assert state(app).url == f"{blog.url}/elsewhere"


def test_one_broken_feed_stops_no_other(app: App, blog: Blog, followed: Feed, now: datetime) -> None:
    """The clockwork polls one after the other, the longest due first."""
    with app.database.write() as connection:
        stored.add(connection, f"{blog.url}/nothing", "Nothing", now - EVERY)
    blog.posts = [NEW, OLD]
    assert [poll_feed(app, lambda: now + EVERY) for _ in range(3)] == [True, True, False]
    with app.database.read() as connection:
        assert [each.title for each in articles.unmailed_of_feed(connection, followed.id)] == ["A new post"]


def test_a_feed_of_the_own_network_is_not_asked(open_home: OpenHome, blog: Blog, now: datetime) -> None:
    """Unless the settings allow it."""
    with open_home() as app, pytest.raises(InputError, match="own network"):
        feeds.add(app, blog.feed_url, now)
    assert blog.asked == []


def test_pictures_of_a_new_post_are_taken_in(app: App, blog: Blog, followed: Feed, now: datetime) -> None:
    """Fit for a mail, in the home; one that cannot be had stays where it is, and that is told."""
    blog.answers["/tea.webp"] = (200, {}, drawn(noise(1600, 900), "WEBP"))
    content = f'<p><img src="/tea.webp" alt="Tea"><img src="/gone.jpg" alt="Milk"></p>{NEW.content}'
    blog.posts = [replace(NEW, content=content), OLD]
    polled = poll(app, now + EVERY)
    with app.database.read() as connection:
        tea, milk, *_ = articles.get(connection, polled.articles[0][0]).blocks
    assert (getattr(tea, "src", "")[:6], getattr(milk, "src", "")) == ("media:", f"{blog.url}/gone.jpg")
    assert len(list((app.settings.home / "media").iterdir())) == 1
    assert "gone.jpg answers 404" in polled.notes[0]
