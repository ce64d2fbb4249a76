"""A blog that mails itself: each new article in its rhythm, once, with the therapist's word or without."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from flask.testing import FlaskClient

from newsletter import feeds, routines
from newsletter.context import App
from newsletter.web import create_app
from newsletter.worker import poll_feed, tick
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import details
from tests.conftest import OpenHome
from tests.flows.blog_server import Blog, Post

OLD, FASCIA, SLEEP = (
    Post(slug="old", title="An old post"),
    Post(slug="fascia", title="What fascia is"),
    Post(slug="sleep", title="A word on sleep"),
)


@pytest.fixture
def blog() -> Iterator[Blog]:
    blog = Blog(posts=[OLD])
    blog.start()
    yield blog
    blog.stop()


class Desk:
    """A practice with one reader; time goes by, and the clockwork beats every three hours."""

    def __init__(self, app: App, feed_id: int, now: datetime) -> None:
        self.app, self.feed_id, self.now = app, feed_id, now

    def pass_time(self, days: float) -> None:
        until = self.now + timedelta(days=days)
        while self.now < until:
            self.now += timedelta(hours=3)
            while poll_feed(self.app, self.clock):
                pass
            tick(self.app, self.clock)

    def clock(self) -> datetime:
        return self.now

    def mails(self) -> list[EmailMessage]:
        files = (self.app.settings.home / "outbox" / "new").glob("*.eml")
        by_number = sorted(files, key=lambda file: int(file.stem.rpartition("-")[2]))
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in by_number]

    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails()]

    def pages(self) -> FlaskClient:
        return create_app(self.app, self.clock).test_client()


@pytest.fixture
def desk(open_home: OpenHome, blog: Blog, now: datetime) -> Iterator[Desk]:
    with open_home(allow_private_addresses=True) as app:
        with app.database.write() as connection:
            person = details("anna@example.com", name="Anna")
            store.add(connection, person, key=app.key, now=now, consents=[Stream.MARKETING])
        feed = feeds.add(app, blog.feed_url, now)
        poll_feed(app, lambda: now)  # what is there now is a baseline
        yield Desk(app, feed.id, now)


def test_each_new_article_goes_out_on_its_day_and_only_once(desk: Desk, blog: Blog) -> None:
    """What was there before is a baseline; a week without news is a week without mail; an edit is no news."""
    routines.add(desk.app, feed_id=desk.feed_id, every="tuesdays 09:00", now=desk.now)
    desk.pass_time(8)
    assert desk.subjects() == []
    blog.posts.insert(0, FASCIA)
    desk.pass_time(7.2)
    assert desk.subjects() == ["What fascia is"]
    blog.posts[0] = Post(slug="fascia", title="What fascia is", content="<p>Edited.</p>" * 40)
    desk.pass_time(7.2)
    assert desk.subjects() == ["What fascia is"]


def test_several_new_ones_are_one_mail(desk: Desk, blog: Blog) -> None:
    """Nobody gets two newsletters in a day."""
    routines.add(desk.app, feed_id=desk.feed_id, every="first monday 09:00", now=desk.now)
    blog.posts[:0] = [SLEEP, FASCIA]
    desk.pass_time(36)
    (mail,) = desk.mails()
    text = mail.get_body(("plain",))
    assert text is not None
    assert {"A word on sleep", "What fascia is"} <= set(
        re.findall("A word on sleep|What fascia is", text.get_content())
    )


def approval_link(desk: Desk) -> str:
    asked = next(mail for mail in desk.mails() if str(mail["To"]).startswith("mara@"))
    text = asked.get_body(("plain",))
    assert text is not None
    found = re.search(r"https?://[^\s/]+(/a/\S+)", text.get_content())
    assert found is not None
    return found[1]


@pytest.mark.parametrize(("answer", "mailed"), [("1", True), ("0", False), (None, False)])
def test_with_her_word_alone_it_goes(desk: Desk, blog: Blog, answer: str | None, mailed: bool) -> None:
    """She is asked a day before; looking is no answer, and silence is a no."""
    routines.add(desk.app, feed_id=desk.feed_id, every="thursdays 10:00", asks=True, now=desk.now)
    blog.posts.insert(0, FASCIA)
    desk.pass_time(2.2)
    assert desk.subjects() == ["Ready to go: What fascia is"]
    link, pages = approval_link(desk), desk.pages()
    assert "Shall it go?" in pages.get(link).text
    assert "shoulders creep up" in pages.get(f"{link}/mail").text
    if answer is not None:
        assert pages.post(link, data={"go": answer}).status_code == 200
    desk.pass_time(0.5)
    assert "What fascia is" not in desk.subjects()
    desk.pass_time(3)
    assert ("What fascia is" in desk.subjects()) is mailed


def test_a_yes_can_be_taken_back_until_it_leaves(desk: Desk, blog: Blog) -> None:
    routines.add(desk.app, feed_id=desk.feed_id, every="thursdays 10:00", asks=True, now=desk.now)
    blog.posts.insert(0, FASCIA)
    desk.pass_time(2.2)
    link = approval_link(desk)
    assert "It will go." in desk.pages().post(link, data={"go": "1"}).text
    assert "It does not go." in desk.pages().post(link, data={"go": "0"}).text
    desk.pass_time(3)
    assert "What fascia is" not in desk.subjects()


def test_a_link_that_was_changed_approves_nothing(desk: Desk) -> None:
    assert desk.pages().post("/a/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", data={"go": "1"}).status_code == 404
