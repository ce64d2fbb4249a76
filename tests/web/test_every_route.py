"""Every public route under fire: nothing fails, nothing that was sent comes back, and no robot changes anything."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter import aftercare, signup
from newsletter.context import App
from newsletter.signup import Mail
from newsletter.web import create_app
from newsletter.worker import tick
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber
from tests.conftest import OpenHome
from tests.web.conftest import Outbox, part_of, path_of, send_newsletter

AddClient = Callable[..., Subscriber]
MARK = "zq7<i>\"'&{{7*7}}"  # found again in no answer, as it is or escaped
_WORDS = st.text(max_size=40) | st.just(MARK) | st.binary(max_size=40).map(lambda raw: raw.decode("latin-1"))
_OF_FORMS = ("email", "care", "website", "stamp", "language", "topic", "frequency", "pause", "newsletter", "everything")
_FIELDS = st.sampled_from([*_OF_FORMS, "erase", "data", "allowed", "go", "List-Unsubscribe"])


def routes(pages: FlaskClient) -> list[str]:
    return sorted({rule.rule for rule in pages.application.url_map.iter_rules()})


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_comes_in_nothing_fails_and_nothing_is_repeated(
    pages: FlaskClient, add_client: AddClient, app: App, now: datetime, data: st.DataObject
) -> None:
    anna, until = add_client(), now + timedelta(hours=1)
    links = [
        app.links.unsubscribe_url(anna.id, data.draw(st.sampled_from(list(Stream)))),
        app.links.view_url(1),
        app.links.confirm_url(anna.id, until),
        app.links.data_url(anna.id, until),
        app.links.approval_url(1, until),
        app.links.click_urls([1])[0],
    ]
    tokens = [path_of(each).rpartition("/")[2] for each in links]
    rule = data.draw(st.sampled_from(routes(pages)))
    value = data.draw(
        st.sampled_from(tokens) | _WORDS.filter(lambda text: "/" not in text and text not in {"", ".", ".."})
    )
    path = re.sub(r"<[^>]+>", lambda _: quote(value), rule)
    answer = pages.open(
        path,
        method=data.draw(st.sampled_from(["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PROPFIND"])),
        query_string=data.draw(st.dictionaries(st.just("lang"), _WORDS, max_size=1)),
        data=data.draw(st.dictionaries(_FIELDS, _WORDS, max_size=6) | st.binary(max_size=200)),
        headers={"Accept-Language": data.draw(st.text(st.characters(codec="latin-1", exclude_categories=["C"])))},
    )
    assert answer.status_code < 500
    assert b"zq7" not in answer.data
    assert b"Traceback" not in answer.data


def test_a_robot_that_opens_every_link_of_every_mail_changes_nothing(
    app: App, pages: FlaskClient, add_client: AddClient, outbox: Outbox, now: datetime
) -> None:
    """LESSONS 10: link scanners follow all of them, more than once, and look ahead with HEAD. Not a row is another."""
    anna = add_client(name="Anna Okafor")
    ended_at = now - timedelta(hours=3)
    aftercare.add_session(app, email=anna.email, services=["relaxation"], ended_at=ended_at, now=ended_at)
    pages.post("/subscribe", data={"email": "mia@example.com"})
    for mail in (Mail.LINK, Mail.DATA):
        signup.send_mail(app, email=anna.email, mail=mail, now=now - timedelta(minutes=10 if mail is Mail.LINK else 5))
    tick(app, lambda: now)
    send_newsletter(app, now + timedelta(days=1), "Rest Is Part of the Work")
    found = links_of(outbox())
    assert {path_of(each)[:3] for each in found} >= {"/u/", "/p/", "/v/", "/c/", "/d/"}
    before = dump(app)
    for address in found:
        for method in ("HEAD", "GET", "OPTIONS", "GET"):
            answer = pages.open(path_of(address), method=method, headers={"Purpose": "prefetch"})
            assert (address, answer.status_code) == (address, 200)
    assert dump(app) == before


@pytest.mark.parametrize("kind", ["unsubscribe", "preferences", "confirm", "data", "approval", "view"])
def test_a_link_with_any_letter_changed_is_nobodys(
    app: App, pages: FlaskClient, add_client: AddClient, now: datetime, kind: str
) -> None:
    """Neither looking nor posting does anything."""
    anna, until, links = add_client(), now + timedelta(hours=1), app.links
    address = path_of(
        {
            "unsubscribe": links.unsubscribe_url(anna.id, Stream.CARE),
            "preferences": links.preferences_url(anna.id, Stream.CARE),
            "confirm": links.confirm_url(anna.id, until),
            "data": links.data_url(anna.id, until),
            "approval": links.approval_url(1, until),
            "view": links.view_url(1),
        }[kind]
    )
    before = dump(app)
    for place in range(3, len(address)):
        other = "A" if address[place] != "A" else "B"
        tampered = address[:place] + other + address[place + 1 :]
        assert pages.get(tampered).status_code == 404
        assert pages.post(tampered).status_code in (404, 405)
    assert pages.get(address[:-1]).status_code == 404
    assert dump(app) == before


def links_of(mails: list[EmailMessage]) -> list[str]:
    """Every address of ours that a mail holds, wherever it stands."""
    words = (part_of(mail, "html") + part_of(mail, "plain") + str(mail["List-Unsubscribe"]) for mail in mails)
    return sorted({found for each in words for found in re.findall(r"http://127[^\s\"<>)]+", each)})


def dump(app: App) -> list[str]:
    """All that the store holds."""
    with app.database.read() as connection:
        return list(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]


def test_behind_tls_browsers_are_told_to_stay_there(open_home: OpenHome, now: datetime) -> None:
    for url, told in (("https://mail.juniper.example", "max-age=31536000"), ("http://127.0.0.1:8000", None)):
        with open_home(public_url=url) as app:
            answer = create_app(app, lambda: now).test_client().get("/subscribe")
            assert answer.headers.get("Strict-Transport-Security") == told


def test_no_page_of_a_person_is_kept_by_anybody(app: App, pages: FlaskClient, add_client: AddClient) -> None:
    anna = add_client()
    for address in (
        app.links.preferences_url(anna.id, Stream.CARE),
        app.links.unsubscribe_url(anna.id, Stream.CARE),
    ):
        answer = pages.get(path_of(address))
        assert answer.headers["Cache-Control"] == "no-store"
        assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
        assert "Set-Cookie" not in answer.headers
