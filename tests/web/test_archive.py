"""The archive: what went to everybody, and nothing that was meant for some."""

from collections.abc import Callable
from datetime import datetime

import feedparser
import pytest
from flask.testing import FlaskClient

from newsletter import campaigns
from newsletter.context import App
from newsletter.domain.article import Article, Paragraph, inline
from newsletter.store import articles
from newsletter.web import create_app
from newsletter.worker import tick
from subscribers.subscriber import Subscriber
from tests.conftest import OpenHome
from tests.web.conftest import send_newsletter, words_of

AddClient = Callable[..., Subscriber]


def test_a_newsletter_that_was_sent_can_be_read_by_anybody(
    app: App, pages: FlaskClient, add_client: AddClient, now: datetime
) -> None:
    anna = add_client(name="Anna Okafor")
    campaign_id = send_newsletter(app, now, "Rest Is Part of the Work")
    assert "Rest Is Part of the Work 2 March 2026" in words_of(pages.get("/archive").text)
    page = pages.get(f"/archive/{campaign_id}")
    assert "Sit down for a while." in page.text
    assert "Anna" not in page.text
    assert app.links.unsubscribe_url(anna.id, "all").rpartition("/")[0] + "/" not in page.text
    assert "sandbox" in page.headers["Content-Security-Policy"]


def test_what_went_to_a_part_of_the_audience_is_not_in_it(
    app: App, pages: FlaskClient, add_client: AddClient, now: datetime
) -> None:
    add_client(tags=["regulars"])
    with app.database.write() as connection:
        article = Article(title="For some", source="some", blocks=(Paragraph(spans=inline("Quietly.")),))
        article_id, _ = articles.save(connection, article, now)
    campaign_id = campaigns.create(app, article_ids=[article_id], segment="tag:regulars", now=now)
    campaigns.launch(app, campaign_id, now)
    tick(app, lambda: now)
    assert "For some" not in pages.get("/archive").text
    assert pages.get(f"/archive/{campaign_id}").status_code == 404


def test_a_draft_is_nobodys(app: App, pages: FlaskClient, add_client: AddClient, now: datetime) -> None:
    with app.database.write() as connection:
        article = Article(title="Not yet", source="draft", blocks=(Paragraph(spans=inline("Soon.")),))
        article_id, _ = articles.save(connection, article, now)
    campaign_id = campaigns.create(app, article_ids=[article_id], now=now)
    assert pages.get(f"/archive/{campaign_id}").status_code == 404


def test_the_feed_is_read_by_feed_readers(app: App, pages: FlaskClient, add_client: AddClient, now: datetime) -> None:
    add_client()
    send_newsletter(app, now, "Rest & “quiet” <work>")
    answer = pages.get("/archive.atom")
    assert answer.mimetype == "application/atom+xml"
    feed = feedparser.parse(answer.data)
    assert not feed.bozo
    assert [entry.title for entry in feed.entries] == ["Rest & “quiet” <work>"]


@pytest.mark.parametrize("path", ["/archive", "/archive/1", "/archive.atom"])
def test_a_studio_can_do_without_an_archive(open_home: OpenHome, now: datetime, path: str) -> None:
    with open_home(archive=False) as app:
        assert create_app(app, lambda: now).test_client().get(path).status_code == 404
