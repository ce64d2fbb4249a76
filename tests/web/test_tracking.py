"""Tracked newsletters on the pages: links lead where they led, and what is noted is what a reader allows."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import requests
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.test import TestResponse

from newsletter import aftercare, campaigns
from newsletter.context import App
from newsletter.domain.article import Article, Paragraph, Span
from newsletter.domain.tracking import Readers, Response
from newsletter.rendering.words import read
from newsletter.store import articles, tables, tracking
from newsletter.web import create_app
from newsletter.web.server import serving
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber
from tests.conftest import STUDIO, OpenHome
from tests.web.conftest import Outbox, Streams, part_of, path_of, words_of

AddClient = Callable[..., Subscriber]
URLS = ("https://a.example/?x=1&y=[2]&copy=3#end?", "https://b.example/%C3%A4?#", "HTTP://c.example")
SAFARI = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"}
MACHINES: list[dict[str, str]] = [
    {"User-Agent": "Mozilla/5.0"},
    {"User-Agent": "Mozilla/5.0 (via ggpht.com GoogleImageProxy)"},
    {"Sec-Purpose": "prefetch"},
    {"Purpose": "prefetch"},
]
ON: dict[str, Any] = {"track_clicks": True, "track_opens": True, "track_asks": False}
STUDIO_WEBSITE = STUDIO.website
PUBLIC = "https://mail.juniper.example"
_LINK = re.compile(r'href="(https://mail\.juniper\.example/c/[^"]+)"')
_PICTURE = re.compile(r'src="(https://mail\.juniper\.example/o/[^"]+)"')


@pytest.fixture
def tracked(open_home: OpenHome) -> Iterator[App]:
    """An App that tracks, and notes whoever has not said no."""
    with open_home(public_url=PUBLIC, **ON) as opened:
        yield opened


@pytest.fixture
def app(tracked: App) -> App:
    return tracked


@pytest.fixture
def later(now: datetime) -> datetime:
    return now + timedelta(hours=2)


@pytest.fixture
def pages(app: App, later: datetime) -> FlaskClient:
    """The pages, two hours after the mail."""
    return create_app(app, lambda: later).test_client()


@pytest.fixture
def anna(app: App, add_client: AddClient, now: datetime) -> Subscriber:
    """She has just got a newsletter with three links: campaign 1."""
    person = add_client(name="Anna Okafor")
    send(app, now)
    return person


def send(app: App, now: datetime) -> int:
    spans = tuple(Span(text=f"link {number}", href=url) for number, url in enumerate(URLS))
    article = Article(title="Rest", source="rest.txt", blocks=(Paragraph(spans=spans),))
    with app.database.write() as connection:
        article_id, _ = articles.save(connection, article, now)
    campaign_id = campaigns.create(app, article_ids=[article_id], now=now)
    campaigns.launch(app, campaign_id, now)
    tick(app, lambda: now)
    return campaign_id


def links(outbox: Outbox) -> list[str]:
    """The paths of the tracked links of the last mail that leads elsewhere, in order."""
    return [path_of(url) for url in _LINK.findall(part_of(outbox()[-1], "html"))]


def picture(outbox: Outbox) -> str:
    (found,) = _PICTURE.findall(part_of(outbox()[-1], "html"))
    return path_of(found)


def get(pages: FlaskClient, path: str, **headers: str) -> TestResponse:
    """As a browser does it: to the end of the answer, after which it is noted."""
    return pages.get(path, headers=SAFARI | headers, buffered=True)


def response(app: App) -> Response:
    with app.database.read() as connection:
        return tracking.response(connection, 1)


def noted(app: App) -> list[Any]:
    with app.database.read() as connection:
        return list(connection.execute(select(tables.event)))


def test_every_link_leads_exactly_where_it_led(pages: FlaskClient, anna: Subscriber, outbox: Outbox) -> None:
    """And says nothing of its reader to whom it leads."""
    answers = [get(pages, path) for path in links(outbox)]
    assert [each.headers["Location"] for each in answers][: len(URLS)] == list(URLS)
    for answer in answers:
        assert answer.status_code == 302
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in answer.headers
        assert answer.text == "Go on.\n"


def test_no_address_of_a_person_or_a_target_stands_in_a_link(anna: Subscriber, outbox: Outbox) -> None:
    """Only the token, a number, and nothing that could be changed into another place."""
    for path in links(outbox):
        assert re.fullmatch(r"/c/[A-Za-z0-9_-]+/\d+", path)
    mail = part_of(outbox()[-1], "html")
    assert "a.example" not in mail
    assert URLS[0] in part_of(outbox()[-1], "plain")


def test_a_reader_is_noted_with_her_label_and_nothing_else(
    app: App, pages: FlaskClient, anna: Subscriber, outbox: Outbox, later: datetime
) -> None:
    """No address of hers, no address of her network, no name of her program."""
    get(pages, links(outbox)[1], Referer="https://webmail.example")
    get(pages, picture(outbox))
    assert response(app).clicked == response(app).opened == Readers(people=1)
    for row in noted(app):
        kept = json.dumps([str(value) for value in row])
        assert not re.search("okafor|anna@|mozilla|iphone|127\\.0|webmail", kept, re.IGNORECASE)
        assert (row.at, row.machine, row.provider) == (later, False, "pages")


def test_a_click_settles_that_the_mail_arrived(
    app: App, pages: FlaskClient, anna: Subscriber, outbox: Outbox, later: datetime
) -> None:
    """As news of a mail service would; it decides about nothing that is sent."""
    get(pages, links(outbox)[0])
    tick(app, lambda: later)
    assert len(outbox()) == 1
    with app.database.read() as connection:
        assert connection.execute(select(tables.delivery.c.state)).scalars().all() == ["delivered"]


def test_a_machine_is_led_on_and_labelled(app: App, pages: FlaskClient, anna: Subscriber, outbox: Outbox) -> None:
    for headers in MACHINES:
        assert get(pages, links(outbox)[0], **headers).headers["Location"] == URLS[0]
        assert get(pages, picture(outbox), **headers).mimetype == "image/gif"
    assert response(app).clicked == response(app).opened == Readers(machines=1)


def test_a_scanner_that_follows_every_link_is_a_machine_and_changes_nothing(
    app: App, pages: FlaskClient, anna: Subscriber, outbox: Outbox, suppressed: Streams, later: datetime
) -> None:
    """LESSONS 10 and 11: it calls itself a browser, looks ahead with HEAD, and comes hours later."""
    html = part_of(outbox()[-1], "html")
    for url in re.findall(rf'(?:href|src)="({PUBLIC}[^"]*)"', html):
        for method in ("HEAD", "GET", "OPTIONS"):
            answer = pages.open(path_of(url), method=method, headers=SAFARI, buffered=True)
            assert answer.status_code in (200, 302)
    assert response(app).clicked == Readers(machines=1)
    tick(app, lambda: later)
    assert suppressed(anna.id) == set()
    assert len(outbox()) == 1
    with app.database.read() as connection:
        assert tracking.wish_of(connection, anna.id) is None
        assert len(store.consents(connection, anna.id)) == 2


def test_no_reader_waits_for_the_store(
    app: App, anna: Subscriber, outbox: Outbox, later: datetime, mail_program: requests.Session
) -> None:
    """While somebody imports a long list, links lead on; what was followed is noted afterwards."""
    alone = SAFARI | {"Connection": "close"}
    with serving(create_app(app, lambda: later), "127.0.0.1", 0) as site, app.database.write():
        for path in (links(outbox)[0], picture(outbox)):
            answer = mail_program.get(site + path, headers=alone, allow_redirects=False, timeout=20)
            assert answer.status_code in (200, 302)
        assert noted(app) == []
    assert response(app).clicked == response(app).opened == Readers(people=1)


def test_who_follows_within_seconds_is_a_machine(app: App, anna: Subscriber, outbox: Outbox, now: datetime) -> None:
    get(create_app(app, lambda: now + timedelta(seconds=3)).test_client(), links(outbox)[0])
    assert response(app).clicked == Readers(machines=1)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    token=st.text(min_size=1, max_size=40).filter(lambda text: "/" not in text and text not in {".", ".."}),
    number=st.text(min_size=1, max_size=20).filter(lambda text: "/" not in text and text not in {".", ".."}),
    query=st.text(max_size=20),
)
@example(token="x", number="https://evil.example", query="url=https://evil.example")
@example(token="x", number="1", query="https://evil.example")
@example(token="x", number="٣", query="")
def test_an_address_that_is_not_ours_never_leads_to_what_stands_in_it(
    app: App, pages: FlaskClient, token: str, number: str, query: str
) -> None:
    """It leads to the studio, with a real token too; and a picture is a picture."""
    real = path_of(app.links.click_urls([7])[0]).rpartition("/")[2]
    for tried in (token, real):
        answer = pages.get(f"/c/{quote(tried)}/{quote(number)}", query_string=query, headers=SAFARI)
        assert answer.headers.get("Location", STUDIO_WEBSITE) == STUDIO_WEBSITE
        assert answer.status_code == (302 if "Location" in answer.headers else 404)
    assert pages.get(f"/o/{quote(token)}.gif").status_code in (200, 404)
    assert noted(app) == []


def test_every_changed_letter_of_a_token_leads_to_the_studio(
    app: App, pages: FlaskClient, anna: Subscriber, outbox: Outbox
) -> None:
    _, _, token, number = links(outbox)[0].split("/")
    for place in range(len(token)):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert get(pages, f"/c/{changed}/{number}").headers["Location"] == STUDIO_WEBSITE
    view = path_of(app.links.view_url(1)).rpartition("/")[2]
    assert get(pages, f"/c/{view}/1").headers["Location"] == STUDIO_WEBSITE
    assert noted(app) == []


def test_without_a_website_of_the_studio_there_is_a_page(open_home: OpenHome, now: datetime) -> None:
    with open_home(studio=STUDIO.model_copy(update={"website": ""})) as app:
        answer = create_app(app, lambda: now).test_client().get("/c/x/1")
    assert answer.status_code == 404
    assert "<h1>" in answer.text


def test_an_old_link_goes_on_when_tracking_is_turned_off(
    app: App, open_home: OpenHome, anna: Subscriber, outbox: Outbox, later: datetime
) -> None:
    """The table stays, and nothing more is noted."""
    with open_home(public_url=PUBLIC) as quiet:
        pages = create_app(quiet, lambda: later).test_client()
        assert get(pages, links(outbox)[0]).headers["Location"] == URLS[0]
        assert get(pages, picture(outbox)).status_code == 200
        assert noted(quiet) == []


def test_nobody_who_was_not_asked_is_noted_unless_the_studio_says_so(
    open_home: OpenHome, add_client: AddClient, anna: Subscriber, outbox: Outbox, later: datetime
) -> None:
    """Until she says yes, on the page that the footer of her mail leads to."""
    with open_home(public_url=PUBLIC, track_clicks=True, track_opens=True) as app:
        pages = create_app(app, lambda: later).test_client()
        assert get(pages, links(outbox)[0]).headers["Location"] == URLS[0]
        assert noted(app) == []
        (footer,) = re.findall(rf'{PUBLIC}(/p/[^"]+/tracking)', part_of(outbox()[-1], "html"))
        assert pages.post(footer, data={"allowed": "1"}).status_code == 200
        get(pages, links(outbox)[0])
        assert response(app).clicked == Readers(people=1)


def test_a_no_is_kept_and_forgets(
    app: App, pages: FlaskClient, anna: Subscriber, outbox: Outbox, suppressed: Streams
) -> None:
    """Her mail is the same, and so are its links."""
    get(pages, links(outbox)[0])
    page = path_of(app.links.preferences_url(anna.id, Stream.MARKETING)) + "/tracking"
    assert "You have not allowed it" in words_of(pages.post(page, data={"allowed": "0"}).text)
    assert get(pages, links(outbox)[0]).headers["Location"] == URLS[0]
    get(pages, picture(outbox))
    assert noted(app) == []
    assert suppressed(anna.id) == set()


def test_looking_and_other_bodies_decide_nothing(app: App, pages: FlaskClient, anna: Subscriber) -> None:
    page = path_of(app.links.preferences_url(anna.id, Stream.MARKETING)) + "/tracking"
    bodies: list[dict[str, str] | bytes] = [{}, {"allowed": "yes"}, {"List-Unsubscribe": "One-Click"}, b"\xff"]
    for body in bodies:
        assert pages.post(page, data=body).status_code == pages.get(page).status_code == 200
    with app.database.read() as connection:
        assert tracking.wish_of(connection, anna.id) is None


def test_the_sign_up_page_says_so_and_the_consent_keeps_it(
    app: App, open_home: OpenHome, pages: FlaskClient, later: datetime
) -> None:
    form, says = pages.get("/subscribe?lang=de").text, read("web", "de")["join_tracking"]
    assert says in form
    (stamp,) = re.findall(r'name="stamp" value="([^"]+)"', form)
    soon = create_app(app, lambda: later + timedelta(minutes=1)).test_client()
    soon.post("/subscribe?lang=de", data={"email": "new@example.com", "stamp": stamp})
    with app.database.read() as connection:
        person = store.find(connection, "new@example.com")
        assert person is not None
        assert says in store.consents(connection, person.id)[0].wording
    with open_home(public_url=PUBLIC) as quiet:
        assert says not in create_app(quiet, lambda: later).test_client().get("/subscribe?lang=de").text


def test_mails_read_on_our_own_pages_are_not_tracked(
    app: App, pages: FlaskClient, anna: Subscriber, later: datetime
) -> None:
    """In the browser and in the archive, whose reader has no name; the feed names the pages alone."""
    tick(app, lambda: later)
    for path in (path_of(app.links.view_url(1)), "/archive/1"):
        html = pages.get(path).text
        assert "/c/" not in html
        assert "/o/" not in html
        assert 'href="https://a.example/?x=1&amp;y=[2]&amp;copy=3#end?"' in html


def test_care_and_service_mail_is_never_tracked(
    app: App, pages: FlaskClient, add_client: AddClient, outbox: Outbox, now: datetime
) -> None:
    add_client("ben@example.com", name="Ben")
    aftercare.add_session(
        app, email="ben@example.com", services=["relaxation"], practitioner="Mara", ended_at=now, now=now
    )
    pages.post("/link", data={"email": "ben@example.com"})
    for days in range(8):
        tick(app, lambda days=days: now + timedelta(days=days, hours=3))  # type: ignore[misc]  # bound at once
    kinds = {mail["List-Id"].partition(".")[0] for mail in outbox()}
    assert kinds == {"<notes", "<service"}
    for mail in outbox():
        assert not re.search(r"/c/[A-Za-z0-9_-]{20,}/\d|/o/", part_of(mail, "html") + part_of(mail, "plain"))


def test_a_studio_that_does_not_track_sends_the_same_mail_as_ever(
    open_home: OpenHome, anna: Subscriber, outbox: Outbox, now: datetime
) -> None:
    with open_home(public_url=PUBLIC) as quiet:
        send(quiet, now + timedelta(days=2))
    html = part_of(outbox()[-1], "html")
    assert not re.search(r"/c/|/o/|/tracking|We may note", html)
    assert urlsplit(PUBLIC).netloc in html  # its ways out
