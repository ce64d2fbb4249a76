"""The address that booking programs call, over a real server: no fault of ours is answered, nothing is kept twice."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import requests
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event as hook_of
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from newsletter.context import App
from newsletter.store import booking_tables
from newsletter.web import create_app
from newsletter.web.server import serving
from tests.bookings import programs
from tests.bookings.programs import NOTE, PROGRAMS, SECRET, TOKEN, Signed, created, sign, tampered
from tests.conftest import OpenHome

HOUR = timedelta(hours=1)


@pytest.fixture
def app(open_home: OpenHome) -> Iterator[App]:
    with open_home(**programs.settings()) as opened:
        yield opened


@pytest.fixture
def pages(app: App, now: datetime) -> FlaskClient:
    return create_app(app, lambda: now).test_client()


def call(pages: FlaskClient, program: str, signed: Signed) -> int:
    return pages.post(f"/bookings/{program}", data=signed.body, headers=signed.headers).status_code


def kept(app: App) -> int:
    with app.database.read() as connection:
        return connection.execute(select(func.count()).select_from(booking_tables.booking_notice)).scalar_one()


@pytest.mark.parametrize("program", PROGRAMS)
def test_call_is_kept_once(app: App, pages: FlaskClient, now: datetime, program: str) -> None:
    """However often it comes."""
    signed = sign(program, created(program, now, now + HOUR), now)
    assert [call(pages, program, signed) for _ in range(3)] == [200, 200, 200]
    assert kept(app) == 1


@pytest.mark.parametrize("program", PROGRAMS)
def test_call_that_is_not_believed_leaves_nothing(app: App, pages: FlaskClient, now: datetime, program: str) -> None:
    """Wrong, missing, or half a call."""
    signed = sign(program, created(program, now, now + HOUR), now)
    wrong = [tampered(signed), replace(signed, headers={}), replace(signed, body=signed.body[:-7])]
    assert [call(pages, program, each) for each in wrong] == [401, 401, 401]
    assert kept(app) == 0


def test_a_body_that_breaks_off_is_answered_with_a_sentence(app: App, pages: FlaskClient, now: datetime) -> None:
    signed = sign("calcom", created("calcom", now, now + HOUR)[:-9], now)
    answer = pages.post("/bookings/calcom", data=signed.body, headers=signed.headers)
    assert (answer.status_code, answer.text, kept(app)) == (400, "The body is no JSON.", 0)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_megabyte_is_refused(app: App, now: datetime, program: str) -> None:
    """Over a real server, by its length alone; the next call is answered as ever."""
    huge = Signed(headers={}, body=b"[" + b" " * 1_000_000 + b"]")
    small = sign(program, created(program, now, now + HOUR), now)
    with serving(create_app(app, lambda: now), "127.0.0.1", 0) as site, requests.Session() as caller:
        caller.trust_env = False
        answers = [
            caller.post(f"{site}/bookings/{program}", data=each.body, headers=each.headers, timeout=30).status_code
            for each in (huge, small)
        ]
    assert answers == [413, 200]


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_body_makes_a_fault_of_ours(pages: FlaskClient, now: datetime, program: str) -> None:
    """Even a signed one."""
    for body in (b"", b"null", b"[]", b"{}", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"payload": {"uid": "\\ud800"}}'):
        assert call(pages, program, sign(program, body, now)) in (200, 400)


_HEADERS = ["X-Cal-Signature-256", "Calendly-Webhook-Signature", "x-square-hmacsha256-signature", "X-Acuity-Signature"]
_LATIN = st.text(st.characters(codec="latin-1", exclude_categories=["C"]), max_size=40)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    program=st.sampled_from(PROGRAMS),
    body=st.binary(max_size=200),
    headers=st.dictionaries(st.sampled_from(_HEADERS), _LATIN | st.just("t=1,v1=0,t=,v1"), max_size=4),
)
def test_whatever_anybody_sends_is_refused(
    app: App, pages: FlaskClient, program: str, body: bytes, headers: dict[str, str]
) -> None:
    """As not proved, and nothing of it is kept."""
    assert call(pages, program, Signed(headers=headers, body=body)) == 401
    assert kept(app) == 0


@pytest.mark.parametrize("program", ["csv", "pigeon", "..%2fcalcom", "%00"])
def test_address_of_nobody_is_not_there(pages: FlaskClient, program: str) -> None:
    assert call(pages, program, Signed(headers={}, body=b"{}")) == 404


def test_address_is_not_there_without_its_secret(open_home: OpenHome, now: datetime) -> None:
    """It could not be believed."""
    with open_home() as app:
        pages = create_app(app, lambda: now).test_client()
        assert [pages.post(f"/bookings/{each}", data=b"{}").status_code for each in PROGRAMS] == [404] * len(PROGRAMS)


def test_full_disk_asks_the_program_to_call_again(app: App, pages: FlaskClient, now: datetime) -> None:
    """The one answer that says it is our fault: no booking is lost for it."""

    def full(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    signed = sign("calcom", created("calcom", now, now + HOUR), now)
    hook_of.listen(app.database.engine, "before_cursor_execute", full)
    status = call(pages, "calcom", signed)
    hook_of.remove(app.database.engine, "before_cursor_execute", full)
    assert (status, call(pages, "calcom", signed), kept(app)) == (503, 200, 1)


def test_log_names_no_client_no_note_and_no_secret(
    pages: FlaskClient, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    """And is not filled by whoever calls at random: one line a minute."""
    caplog.set_level(logging.DEBUG)
    for program in PROGRAMS:
        signed = sign(program, created(program, now, now + HOUR), now)
        for each in (signed, *[tampered(signed)] * 5):
            call(pages, program, each)
    assert len([line for line in caplog.messages if "was refused" in line]) == len(PROGRAMS)
    assert not any(word in caplog.text for word in ("anna@", "Anna", NOTE, SECRET, TOKEN))
