"""The address that mail services call, over a real server: no fault of ours is answered, nothing is kept twice."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import product

import pytest
import requests
from flask.testing import FlaskClient
from sqlalchemy import func, select

from newsletter.context import App
from newsletter.providers.hooks.ses import SesHook
from newsletter.store import tables
from newsletter.web import create_app
from newsletter.web.server import serving
from tests.conftest import OpenHome
from tests.fault_server import hooks
from tests.fault_server.hooks import BATCHES, VENDORS, Signed, settings, sign, subscription, tampered, words


@pytest.fixture
def app(open_home: OpenHome) -> Iterator[App]:
    """An App that every vendor may call; Amazon's certificate is at hand."""
    with open_home(**settings()) as opened:
        believed = SesHook(hooks.TOPIC, lambda _: hooks.certificate())
        yield replace(opened, hooks={**opened.hooks, "ses": believed})


@pytest.fixture
def site(app: App, now: datetime) -> Iterator[str]:
    with serving(create_app(app, lambda: now), "127.0.0.1", 0) as address:
        yield address


def content(app: App, vendor: str, at: datetime, number: int = 1) -> dict[str, object]:
    return words(vendor, "delivered", f"{app.store_id}-{number}", to="anna@example.com", at=at, number=number)


def call(site: str, vendor: str, signed: Signed) -> int:
    with requests.Session() as vendors:
        vendors.trust_env = False
        answer = vendors.post(f"{site}/hooks/{vendor}", data=signed.body, headers=signed.headers, timeout=30)
        return answer.status_code


def kept(app: App) -> int:
    with app.database.read() as connection:
        return connection.execute(select(func.count()).select_from(tables.event)).scalar_one()


@pytest.mark.parametrize("vendor", VENDORS)
def test_call_is_kept_once(app: App, site: str, now: datetime, vendor: str) -> None:
    """However often it comes."""
    signed = sign(vendor, content(app, vendor, now), now)
    assert [call(site, vendor, signed) for _ in range(3)] == [200, 200, 200]
    assert kept(app) == 1


@pytest.mark.parametrize("vendor", VENDORS)
def test_call_that_is_not_believed_leaves_nothing(app: App, site: str, now: datetime, vendor: str) -> None:
    """Wrong, missing, or half a call."""
    signed = sign(vendor, content(app, vendor, now), now)
    wrong = [tampered(signed), replace(signed, headers={}, body=b"{}"), replace(signed, body=signed.body[:-7])]
    if vendor not in ("mailgun", "ses"):  # whose proof is in the body
        wrong.append(replace(signed, headers={}))
    assert {call(site, vendor, each) for each in wrong} <= {400, 401}
    assert kept(app) == 0


@pytest.mark.parametrize("vendor", sorted(set(VENDORS) - {"mailgun", "ses"}))
def test_truncated_call_that_is_proved_leaves_nothing(app: App, site: str, now: datetime, vendor: str) -> None:
    """Its signature is good, or its password, and its JSON breaks off."""
    whole = json.dumps(content(app, vendor, now)).encode()
    assert {call(site, vendor, sign(vendor, whole[:end], now)) for end in (1, len(whole) // 2, -1)} == {400}
    assert kept(app) == 0


@pytest.mark.parametrize("vendor", VENDORS)
def test_five_megabytes_are_refused(app: App, site: str, now: datetime, vendor: str) -> None:
    """By their length alone, before anything is read; the next call is answered as ever."""
    huge = Signed(headers={}, body=b"[" + b" " * 5_000_000 + b"]")
    assert call(site, vendor, huge) == 413
    assert call(site, vendor, sign(vendor, content(app, vendor, now), now)) == 200


@pytest.mark.parametrize("vendor", sorted(BATCHES))
def test_thousand_events_come_in_one_call(app: App, site: str, now: datetime, vendor: str) -> None:
    """And again, with one that is new: nothing is kept twice."""
    told = [content(app, vendor, now, number) for number in range(1001)]
    assert call(site, vendor, sign(vendor, told[:1000], now)) == 200
    assert call(site, vendor, sign(vendor, told, now)) == 200
    assert kept(app) == 1001


@pytest.mark.parametrize("vendor", sorted(set(VENDORS) - BATCHES))
def test_thousand_events_of_a_vendor_that_tells_one_at_a_time_are_no_fault_of_ours(
    app: App, site: str, now: datetime, vendor: str
) -> None:
    """It never sends them so: they are refused, or kept as one that nobody knows."""
    signed = sign(vendor, [content(app, vendor, now, number) for number in range(1000)], now)
    assert {call(site, vendor, signed) for _ in range(2)} <= {200, 400}
    assert kept(app) <= 1


@pytest.mark.parametrize(
    ("vendor", "body"),
    list(product(VENDORS, [b"", b"null", b"[]", b"{}", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"event": "\\ud800"}'])),
)
def test_no_body_makes_a_fault_of_ours(app: App, site: str, now: datetime, vendor: str, body: bytes) -> None:
    """Whether it is proved or not."""
    signed = sign(vendor, {}, now)
    assert call(site, vendor, replace(signed, body=body)) in (200, 400, 401)
    assert call(site, vendor, sign(vendor, json.loads(b"null"), now)) in (200, 400)


@pytest.mark.parametrize("vendor", ["file", "smtp", "pigeon", "..%2fresend", "%00"])
def test_hook_of_nobody_is_not_there(site: str, vendor: str) -> None:
    """Nor one whose secret is not set."""
    assert call(site, vendor, Signed(headers={}, body=b"{}")) == 404


def test_hook_is_not_there_without_its_secret(open_home: OpenHome, now: datetime) -> None:
    """It could not be believed."""
    with open_home() as app:
        pages = create_app(app, lambda: now).test_client()
        assert [pages.post(f"/hooks/{vendor}", data=b"{}").status_code for vendor in VENDORS] == [404] * len(VENDORS)


def test_topic_is_confirmed(app: App, site: str, now: datetime) -> None:
    """Amazon asks once, and hears yes."""
    assert call(site, "ses", subscription(now)) == 200
    assert kept(app) == 0


@pytest.fixture
def pages(app: App, now: datetime) -> FlaskClient:
    return create_app(app, lambda: now).test_client()


def test_full_disk_asks_the_service_to_call_again(app: App, pages: FlaskClient, now: datetime) -> None:
    """The one answer that says it is our fault: no event is lost for it. SQLite is given no page more than it has."""

    def allow(pages: int) -> None:
        with app.database.engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    long = content(app, "postmark", now) | {"Details": "x" * 100_000}
    signed = sign("postmark", long, now)
    allow(1)
    answer = pages.post("/hooks/postmark", data=signed.body, headers=signed.headers)
    allow(2**30)
    assert answer.status_code == 503
    assert pages.post("/hooks/postmark", data=signed.body, headers=signed.headers).status_code == 200


def test_log_names_no_address_and_no_secret(
    pages: FlaskClient, app: App, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    """And is not filled by whoever calls at random: one line a minute."""
    caplog.set_level(logging.DEBUG)
    for vendor in VENDORS:
        signed = tampered(sign(vendor, content(app, vendor, now), now))
        for _ in range(5):
            pages.post(f"/hooks/{vendor}", data=signed.body, headers=signed.headers)
    refused = [line for line in caplog.messages if "was refused" in line]
    assert len(refused) == len(VENDORS)
    assert not any(word in caplog.text for word in ("anna@", hooks.SECRET, hooks.SVIX_SECRET))
