"""A mail in the browser: as it was sent, harmless, and gone with its reader."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from newsletter import aftercare
from newsletter.context import App
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber
from tests.web.conftest import Outbox, part_of, path_of


@pytest.fixture
def sent_to(app: App, add_client: Callable[..., Subscriber], now: datetime) -> Subscriber:
    """Anna, who got the first note after her session with somebody else than the studio's owner."""
    anna = add_client(name="Anna Okafor")
    ended = now - timedelta(hours=1)
    aftercare.add_session(
        app, email=anna.email, services=["relaxation"], ended_at=ended, practitioner="Jonas", now=ended
    )
    later = now + timedelta(hours=8)
    tick(app, lambda: later)
    return anna


def view(app: App, delivery_id: int = 1) -> str:
    return path_of(app.links.view_url(delivery_id))


def test_the_page_is_the_mail_as_it_was_sent(app: App, pages: FlaskClient, sent_to: Subscriber, outbox: Outbox) -> None:
    """To the letter: her name, and the name of whom she saw."""
    (mail,) = outbox()
    html = part_of(mail, "html")
    assert pages.get(view(app)).text.split() == html.split()
    assert "Hello Anna," in html
    assert "Jonas" in html


def test_the_mail_leads_to_its_own_page(app: App, sent_to: Subscriber, outbox: Outbox) -> None:
    (mail,) = outbox()
    assert app.links.view_url(1) in part_of(mail, "plain")


def test_a_mail_may_show_itself_and_do_nothing(app: App, pages: FlaskClient, sent_to: Subscriber) -> None:
    policy = pages.get(view(app)).headers["Content-Security-Policy"].split("; ")
    assert policy[:3] == ["default-src 'none'", "style-src 'unsafe-inline'", "img-src https:"]
    assert {"form-action 'none'", "base-uri 'none'", "frame-ancestors 'none'"} < set(policy)
    assert policy[-1] == "sandbox allow-popups allow-popups-to-escape-sandbox"


def test_a_mail_is_private(app: App, pages: FlaskClient, sent_to: Subscriber) -> None:
    headers = pages.get(view(app)).headers
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert headers["X-Robots-Tag"] == "noindex, nofollow"


def test_with_its_reader_the_mail_is_forgotten(app: App, pages: FlaskClient, sent_to: Subscriber) -> None:
    with app.database.write() as connection:
        store.erase(connection, sent_to.id, source="her wish", at=sent_to.created_at)
    answer = pages.get(view(app))
    assert answer.status_code == 404
    assert "There is nothing at this address." in answer.text


def test_a_mail_that_was_not_made_yet_cannot_be_seen(app: App, pages: FlaskClient, sent_to: Subscriber) -> None:
    """The next note of the plan has its row in the ledger, and no words."""
    assert pages.get(view(app, 2)).status_code == 404


def test_a_link_to_no_delivery_is_nobodys(app: App, pages: FlaskClient, sent_to: Subscriber) -> None:
    token = path_of(app.links.unsubscribe_url(sent_to.id, Stream.CARE)).removeprefix("/u/")
    answers = [pages.get(path) for path in (view(app, 999), view(app)[:-1], f"/v/{token}")]
    assert {answer.status_code for answer in answers} == {404}
