"""What every page keeps to: its headers, its words in case of a fault, and its silence about the reader."""

import logging
from collections.abc import Callable
from datetime import datetime

import pytest
from flask.testing import FlaskClient

from newsletter.context import App
from newsletter.web import MOST_BYTES, create_app
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber
from tests.web.conftest import path_of, words_of

AddClient = Callable[..., Subscriber]


@pytest.fixture
def token(app: App, add_client: AddClient) -> str:
    anna = add_client(name="Anna Okafor")
    return path_of(app.links.unsubscribe_url(anna.id, Stream.MARKETING)).removeprefix("/u/")


@pytest.fixture
def broken(app: App) -> FlaskClient:
    """Pages that fail as soon as they ask for the time."""

    def no_clock() -> datetime:
        raise RuntimeError("the wheels came off")

    return create_app(app, no_clock).test_client()


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/u/{}"), ("POST", "/u/{}"), ("GET", "/nothing"), ("PUT", "/u/{}"), ("GET", "/v/{}"), ("GET", "/")],
)
def test_every_page_is_private_and_runs_nothing(pages: FlaskClient, token: str, method: str, path: str) -> None:
    answer = pages.open(path.format(token), method=method)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_page_repeats_the_request_or_names_the_reader(pages: FlaskClient, token: str, method: str) -> None:
    """Over her shoulder nobody reads whose page it is."""
    answer = pages.open(f"/u/{token}?note=mirrored", method=method, data={"note": "mirrored"})
    assert not {"mirrored", token, "Anna", "anna@example.com"} & set(words_of(answer.text).split())
    assert "mirrored" not in answer.text
    assert words_of(answer.text).count(token) == 0  # but for the address of her settings, in a link


def test_a_page_says_its_language_and_its_studio(pages: FlaskClient, token: str) -> None:
    html = pages.get(f"/u/{token}").text
    assert '<html lang="en" dir="ltr">' in html
    assert "<title>Unsubscribe · Juniper Lane</title>" in html
    assert "14 Juniper Lane, Bristol" in html


def test_a_page_that_does_not_exist_is_missing_in_plain_words(pages: FlaskClient) -> None:
    answer = pages.get("/wp-login.php")
    assert answer.status_code == 404
    assert "There is nothing at this address." in words_of(answer.text)
    assert "wp-login" not in answer.text


@pytest.mark.parametrize("path", ["//u/x", "/u//x", "/u/x/", "/u/../u/x"])
def test_no_address_is_redirected(pages: FlaskClient, path: str) -> None:
    assert pages.get(path).status_code == 404


def test_another_method_is_refused_and_told_which_ones_there_are(pages: FlaskClient, token: str) -> None:
    answer = pages.delete(f"/u/{token}")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}
    assert "This page cannot do that." in words_of(answer.text)


def test_a_body_without_end_is_refused(pages: FlaskClient, token: str) -> None:
    answer = pages.post(f"/u/{token}", data={"everything": "1" * MOST_BYTES})
    assert answer.status_code == 413
    assert "too much" in words_of(answer.text)


def test_a_fault_of_ours_is_admitted_without_its_trace(broken: FlaskClient, token: str) -> None:
    answer = broken.post(f"/u/{token}")
    assert answer.status_code == 500
    assert "Something went wrong on our side." in words_of(answer.text)
    assert "Traceback" not in answer.text
    assert "wheels" not in answer.text


def test_a_fault_is_logged_without_the_readers_token(
    broken: FlaskClient, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Who reads the log could unsubscribe her, and would know that she left."""
    with caplog.at_level(logging.DEBUG):
        broken.post(f"/u/{token}")
    assert "The page public.leave failed." in caplog.text
    assert "the wheels came off" in caplog.text
    assert token not in caplog.text
