"""Leaving: looking changes nothing, one POST ends a stream, and only our own page ends everything."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from newsletter.context import App
from newsletter.rendering.links import ALL, Scope
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber
from tests.web.conftest import Streams, path_of, words_of

ONE_CLICK = {"List-Unsubscribe": "One-Click"}

AddClient = Callable[..., Subscriber]


def link(app: App, scope: Scope = Stream.MARKETING, subscriber_id: int = 1) -> str:
    return path_of(app.links.unsubscribe_url(subscriber_id, scope))


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_changes_nothing(
    app: App, pages: FlaskClient, add_client: AddClient, suppressed: Streams, method: str
) -> None:
    """Link scanners of mail services follow every address, and nobody must be unsubscribed by one."""
    anna = add_client()
    assert pages.open(link(app), method=method).status_code == 200
    assert suppressed(anna.id) == set()


@pytest.mark.parametrize("scope", [Stream.MARKETING, Stream.CARE, Stream.SERVICE])
@pytest.mark.parametrize(
    "body",
    [
        {"data": ONE_CLICK},
        {"data": ONE_CLICK, "content_type": "multipart/form-data"},
        {"data": b""},
        {"data": b"\xff\x00;=&", "content_type": "multipart/form-data"},
        {"json": ONE_CLICK},
    ],
    ids=["form", "multipart", "empty", "garbage", "json"],
)
def test_one_post_ends_the_stream_of_the_link_at_once(
    app: App, pages: FlaskClient, add_client: AddClient, suppressed: Streams, scope: Stream, body: dict[str, Any]
) -> None:
    """RFC 8058 allows both kinds of form; a mail program that sends less, or worse, still speaks for its reader."""
    anna = add_client()
    answer = pages.post(link(app, scope), **body)
    assert answer.status_code == 200
    assert "Location" not in answer.headers
    assert suppressed(anna.id) == {scope}


def test_a_second_post_says_the_same_and_changes_nothing(
    app: App, pages: FlaskClient, add_client: AddClient, suppressed: Streams
) -> None:
    anna = add_client()
    first, second = (pages.post(link(app), data=ONE_CLICK) for _ in range(2))
    assert (first.status_code, first.text) == (second.status_code, second.text)
    assert suppressed(anna.id) == {Stream.MARKETING}
    with app.database.read() as connection:
        assert len(store.consents(connection, anna.id)) == 3  # two grants, one withdrawal


@pytest.mark.parametrize(
    ("scope", "says"),
    [
        (Stream.MARKETING, "Your care notes after a visit are not affected."),
        (Stream.CARE, "The newsletter is not affected."),
        (Stream.SERVICE, "The newsletter and your care notes are not affected."),
    ],
)
def test_both_pages_say_what_goes_on(
    app: App, pages: FlaskClient, add_client: AddClient, scope: Stream, says: str
) -> None:
    add_client()
    assert says in words_of(pages.get(link(app, scope)).text)
    assert says in words_of(pages.post(link(app, scope)).text)


def test_the_field_of_our_own_page_ends_everything(
    app: App, pages: FlaskClient, add_client: AddClient, suppressed: Streams
) -> None:
    anna = add_client()
    assert 'name="everything" value="1"' in pages.get(link(app)).text
    answer = pages.post(link(app), data={"everything": "1"})
    assert suppressed(anna.id) == set(Stream)
    assert "No more mail from us." in words_of(answer.text)
    assert "<form" not in answer.text


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("?everything=1", ONE_CLICK),
        ("?everything=1", {}),
        ("", {"everything": ""}),
        ("", {"everything": "0"}),
        ("", {"List-Unsubscribe": "everything=1"}),
    ],
)
def test_nothing_else_ends_more_than_the_stream(
    app: App, pages: FlaskClient, add_client: AddClient, suppressed: Streams, query: str, body: dict[str, str]
) -> None:
    """Not the address, which a mail program posts to as it stands, and no other body."""
    anna = add_client()
    pages.post(link(app) + query, data=body)
    assert suppressed(anna.id) == {Stream.MARKETING}


def test_a_link_to_leave_everything_offers_one_button(
    app: App, pages: FlaskClient, add_client: AddClient, suppressed: Streams
) -> None:
    anna = add_client()
    assert pages.get(link(app, ALL)).text.count("<button") == 1
    pages.post(link(app, ALL), data=ONE_CLICK)
    assert suppressed(anna.id) == set(Stream)


def test_who_was_erased_can_still_press_the_button(
    app: App, pages: FlaskClient, add_client: AddClient, now: datetime
) -> None:
    """An old mail of hers may be there still; what it asks for has long come true."""
    anna = add_client()
    with app.database.write() as connection:
        store.erase(connection, anna.id, source="her wish", at=now)
    assert pages.post(link(app), data=ONE_CLICK).status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_of_somebody_who_is_not_here_is_nobodys(app: App, pages: FlaskClient, method: str) -> None:
    """Her import was undone: there is nothing to end, and nothing fails."""
    answer = pages.open(link(app, subscriber_id=7), method=method)
    assert answer.status_code == 404
    assert "reply to the mail and ask to be left out" in answer.text


def test_a_changed_token_is_nobodys(app: App, pages: FlaskClient, add_client: AddClient, suppressed: Streams) -> None:
    """Whichever of its letters was changed, or dropped by a mail program that broke the line."""
    anna = add_client()
    whole = link(app)
    changed = [whole[:at] + ("A" if whole[at] != "A" else "B") + whole[at + 1 :] for at in range(3, len(whole))]
    answers = [pages.post(path) for path in [*changed, whole[:-1], whole + "A", whole + "="]]
    assert {answer.status_code for answer in answers} == {404}
    assert suppressed(anna.id) == set()


def test_a_token_of_another_kind_is_nobodys(app: App, pages: FlaskClient, add_client: AddClient) -> None:
    add_client()
    token = path_of(app.links.view_url(1)).removeprefix("/v/")
    assert pages.post(f"/u/{token}").status_code == 404


@given(token=st.text(min_size=1))
@example(token="%00")
@example(token="<script>alert(1)</script>")
@example(token="a" * 5000)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_asked_for_is_answered_kindly_and_never_repeated(pages: FlaskClient, token: str) -> None:
    for method, path in (("GET", "/u/"), ("POST", "/u/"), ("GET", "/v/")):
        answer = pages.open(path + token, method=method)
        assert answer.status_code in (404, 405)
        assert "<h1>" in answer.text
        assert len(token) < 8 or token not in answer.text
