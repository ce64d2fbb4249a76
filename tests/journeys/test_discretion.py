"""A whole run through every service writes no key, no address and no health fact where it does not belong."""

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from newsletter import aftercare, campaigns, feedback, polling, reviewing, trial
from newsletter.context import App
from newsletter.doctor import examine
from newsletter.domain.article import Article, Paragraph, inline
from newsletter.errors import AfterglowError
from newsletter.providers.hooks.base import HookCall
from newsletter.providers.hooks.ses import SesHook
from newsletter.store import articles, tables
from newsletter.web import create_app
from newsletter.web.server import serving
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import details
from tests.conftest import OpenHome
from tests.fault_server import hooks
from tests.fault_server.faults import Fault
from tests.fault_server.server import FaultServer
from tests.fault_server.webhooks import tell
from tests.fault_server.wire import ACCESS_KEY_ID, API_KEY, DOMAIN, REGION

READER = "anna.okafor@example.com"
HEALTH = re.compile(r"deep.?tissue|tender|massage|prenatal|lymph|bruis|aftercare|trigger.?point", re.IGNORECASE)
SERVICES: dict[str, dict[str, object]] = {
    "resend": {"resend_api_key": API_KEY},
    "postmark": {"postmark_token": API_KEY},
    "ses": {"ses_region": REGION, "ses_access_key_id": ACCESS_KEY_ID, "ses_secret_access_key": API_KEY},
    "mailgun": {"mailgun_api_key": API_KEY, "mailgun_domain": DOMAIN},
    "brevo": {"brevo_api_key": API_KEY, "brevo_tracking_is_off": True},
    "sendgrid": {"sendgrid_api_key": API_KEY},
    "mailjet": {"mailjet_api_key": ACCESS_KEY_ID, "mailjet_secret_key": API_KEY},
    "smtp": {"smtp_host": "127.0.0.1", "smtp_security": "none"},
}
_ASKED_BY_ADDRESS = {"postmark", "mailgun", "brevo"}  # after a lost answer, for her mail: over TLS, and they have it
SECRETS = (API_KEY, hooks.SECRET, hooks.SVIX_SECRET)
SAID = f"550 <{READER}>: no such mailbox for the key {API_KEY}"
INDISCREET = {
    "name": "validation_error",
    "code": "invalid_parameter",
    "ErrorCode": 300,
    "errors": [{"message": SAID, "field": "personalizations.0.to"}],
    **dict.fromkeys(("message", "Message", "ErrorMessage"), SAID),
}
FAULTS = [
    Fault(),
    Fault(accepts=True),
    Fault(part=0),
    Fault(resets=True),
    Fault(accepts=True, status=200, body=b"[{"),
    *[Fault(status=status) for status in (400, 401, 403, 404, 413, 422, 429, 500, 503)],
    *[Fault(status=status, body=json.dumps(INDISCREET).encode()) for status in (400, 401, 403, 422, 429, 500)],
]


@pytest.fixture(autouse=True)
def direct_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is not reached through the proxy of the computer that runs the tests."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.fixture
def database_url() -> None:
    """What is written is the same on every database."""


@pytest.fixture
def server() -> Iterator[FaultServer]:
    server = FaultServer()
    server.start()
    yield server
    server.stop()


def send_everything(app: App, now: datetime) -> None:
    """A newsletter and care mails, to one reader."""
    with app.database.write() as connection:
        person = details(READER, name="Anna Okafor")
        store.add(connection, person, key=app.key, now=now, consents=[Stream.MARKETING, Stream.CARE])
        article = Article(title="Rest", source="rest.txt", blocks=(Paragraph(spans=inline("Sit down.")),))
        article_id, _ = articles.save(connection, article, now)
    session = aftercare.add_session(
        app, email=READER, services=["deep-tissue"], ended_at=now, flags=["tender"], now=now
    )
    reviewing.approve_session(app, session, now, "The bruise will fade.")
    campaigns.launch(app, campaigns.create(app, article_ids=[article_id], now=now), now)
    for hours in (0, 4, 24, 48):
        tick(app, lambda at=now + timedelta(hours=hours): at)  # type: ignore[misc]  # a moment


def fail_in_every_way(app: App, server: FaultServer, now: datetime) -> list[str]:
    """Whatever can befall a mail befalls one; returns every error's words, and those of what caused it."""
    errors = []
    for fault in FAULTS:
        server.faults.append(fault)
        try:
            trial.send(app, READER, now)
        except AfterglowError as error:
            errors += [f"{each!r} {each}" for each in (error, error.__cause__)]
        server.faults.clear()
    return errors


def hear_everything(app: App, server: FaultServer, now: datetime) -> list[str]:
    """News of each mail, by true calls and by forged ones, and by asking; returns every error's words."""
    errors = _tell(app, server, now) if app.provider.name in hooks.VENDORS else []
    tick(app, lambda: now)
    polling.poll(replace(app, hooks={}), lambda: now)
    return errors


def _tell(app: App, server: FaultServer, now: datetime) -> list[str]:
    believed = SesHook(hooks.TOPIC, lambda _: hooks.certificate())
    listening = replace(app, hooks={**app.hooks, "ses": believed})
    with serving(create_app(listening, lambda: now), "127.0.0.1", 0) as site:
        assert set(tell(site, server.journal.accepted, "bounced", now)) == {200}
    errors = []
    for vendor in hooks.VENDORS:
        content = hooks.words(vendor, "bounced", "x", to=READER, at=now)
        forged = hooks.tampered(hooks.sign(vendor, content, now))
        try:
            feedback.receive(listening, vendor, HookCall(headers=forged.headers, body=forged.body), now)
        except AfterglowError as error:
            errors.append(f"{error!r} {error}")
    return errors


def free_text(app: App) -> str:
    """What the store says in words, of its own and of the services; not what it keeps of people and mails."""
    columns = [
        tables.delivery.c.reason,
        tables.provider_call.c.reason,
        tables.campaign.c.reason,
        tables.sender.c.reason,
        tables.poll.c.reason,
        tables.poll.c.cursor,
        tables.event.c.reason,
        tables.event.c.key,
        tables.event.c.mid,
        tables.event.c.provider_message_id,
    ]
    with app.database.read() as connection:
        return "\n".join(str(row[0]) for column in columns for row in connection.execute(select(column)))


def marks(request: Any) -> str:
    """All that a service is told beside the mail: the address of the call, its headers and its metadata."""
    told = [request.path, json.dumps(request.query)]
    told += [f"{name}: {value}" for name, value in request.headers.items() if name not in _CREDENTIALS]
    if request.headers.get("content-type", "").startswith("application/json") and request.body:
        told += [json.dumps(mark) for mark in _metadata(json.loads(request.body))]
    return "\n".join(told)


_CREDENTIALS = {"authorization", "x-postmark-server-token", "api-key"}
_MARKS = {"tags", "metadata", "tag", "headers", "emailtags", "customid", "custom_args", "categories", "messagestream"}


def _metadata(content: Any) -> Iterator[Any]:
    if isinstance(content, list):
        for each in content:
            yield from _metadata(each)
    elif isinstance(content, dict):
        for name, value in content.items():
            yield from [value] if name.lower() in _MARKS else _metadata(value)


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_is_written_where_it_does_not_belong(
    open_home: OpenHome, server: FaultServer, now: datetime, service: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Logs, errors, the store's words, and what the service is told beside the mail."""
    caplog.set_level(logging.DEBUG, logger="newsletter")
    where = {"smtp_port": server.smtp_port} if service == "smtp" else {f"{service}_url": server.url}
    settings = SERVICES[service] | where | {"public_url": "https://juniper.example"}
    with open_home(provider=service, **settings, **hooks.settings()) as app:
        server.faults.append(Fault(status=500, body=json.dumps(INDISCREET).encode()))
        send_everything(app, now)
        errors = hear_everything(app, server, now + timedelta(hours=48))
        assert len(server.journal.accepted) >= 2
        errors += fail_in_every_way(app, server, now)
        told = [f"{check.found} {check.remedy}" for check in examine(app, now)]
        words = {"log": caplog.text, "errors": "\n".join([*errors, *told]), "store": free_text(app)}
    assert service == "smtp" or "bounced for good" in words["store"]
    assert len(errors) > 10
    words["service"] = "\n".join(map(marks, server.requests))
    for place, text in words.items():
        assert not any(secret in text for secret in SECRETS), place
        assert not HEALTH.search(text), place
        if place != "service" or service not in _ASKED_BY_ADDRESS:
            assert READER not in text, place


def test_headers_of_a_mail_are_discreet(open_home: OpenHome, now: datetime, tmp_path: Path) -> None:
    """Its headers name the reader where a mail must, and no health fact."""
    with open_home() as app:
        send_everything(app, now)
    mails = [
        message_from_bytes(file.read_bytes(), policy=policy.default)
        for file in (tmp_path / "home" / "outbox" / "new").glob("*.eml")
    ]
    assert len(mails) >= 2
    for mail in mails:
        headers = "\n".join(f"{name}: {value}" for name, value in mail.items() if name != "To")
        assert not HEALTH.search(headers)
        assert READER not in headers
