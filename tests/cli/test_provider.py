"""`provider test`: one mail goes out, and what the service tells of it is said."""

import json
import threading
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes, policy

import pytest

from newsletter import feedback
from newsletter.app import open_app
from newsletter.config import load
from newsletter.providers.hooks.base import HookCall
from tests.cli.terminal import Terminal
from tests.fault_server.hooks import SECRET, sign, words
from tests.fault_server.server import FaultServer
from tests.fault_server.wire import API_KEY


@pytest.fixture
def postmark(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    """Postmark, set up for the command."""
    server = FaultServer()
    server.start()
    for name, value in {
        "PROVIDER": "postmark",
        "POSTMARK_TOKEN": API_KEY,
        "POSTMARK_URL": server.url,
        "POSTMARK_WEBHOOK_SECRET": SECRET,
        "PUBLIC_URL": "https://juniper.example",
        "STUDIO__SENDER_ADDRESS": "mara@juniper.example",
        "STUDIO__POSTAL_ADDRESS": "14 Juniper Lane",
    }.items():
        monkeypatch.setenv(f"AFTERGLOW_{name}", value)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    yield server
    server.stop()


def test_one_mail_goes_out_beside_the_ledger(run: Terminal) -> None:
    """With files, it is there at once and nothing more is told of it."""
    answer = run("provider", "test", "--to", "Mara@Juniper.example")
    (file,) = (run.home / "outbox" / "new").glob("*.eml")
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert (mail["To"], mail["Subject"]) == ("mara@juniper.example", "A test from Afterglow")
    assert "It was accepted" in answer.out
    assert json.loads(run("delivery", "list", "--json").out) == []


def test_service_that_takes_it_is_named(run: Terminal, postmark: FaultServer) -> None:
    """With the service's own id, for whoever asks there."""
    document = json.loads(run("provider", "test", "--to", "mara@juniper.example", "--wait", "0", "--json").out)
    assert document == {"provider": "postmark", "provider_message_id": "postmark-1", "events": []}
    assert postmark.journal.accepted[0].to == "mara@juniper.example"


def test_news_of_the_mail_is_told(run: Terminal, postmark: FaultServer) -> None:
    """The service calls the pages, which are another process, while the command waits."""

    def call_back() -> None:
        while not postmark.journal.accepted:
            threading.Event().wait(0.05)
        accepted, at = postmark.journal.accepted[0], datetime.fromisoformat(run.now)
        signed = sign("postmark", words("postmark", "delivered", accepted.mid, to=accepted.to, at=at), at)
        with open_app(load(run.home)) as app:
            feedback.receive(app, "postmark", HookCall(headers=signed.headers, body=signed.body), at)

    service = threading.Thread(target=call_back)
    service.start()
    document = run.json("provider", "test", "--to", "mara@juniper.example", "--wait", "60")
    service.join()
    assert [event["kind"] for event in document["events"]] == ["delivered"]


def test_service_that_refuses_says_why(run: Terminal, postmark: FaultServer) -> None:
    """In its own words."""
    postmark.refused.add("mara@juniper.example")
    answer = run("provider", "test", "--to", "mara@juniper.example", status=1)
    assert "postmark did not take the mail" in answer.err


def test_what_is_no_address_is_refused(run: Terminal) -> None:
    """Before anything leaves."""
    assert "not an email address" in run("provider", "test", "--to", "mara", status=1).err


def test_nothing_leaves_while_mail_is_held(run: Terminal) -> None:
    """Not even a test."""
    run("hold", "--reason", "moving house")
    assert "moving house" in run("provider", "test", "--to", "mara@juniper.example", status=1).err


def test_second_service_is_tried_by_its_name(
    run: Terminal, postmark: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no other than those that are set up."""
    monkeypatch.setenv("AFTERGLOW_FALLBACK_PROVIDER", "postmark")
    monkeypatch.setenv("AFTERGLOW_PROVIDER", "resend")
    monkeypatch.setenv("AFTERGLOW_RESEND_API_KEY", API_KEY)
    arguments = ("provider", "test", "--to", "mara@juniper.example", "--wait", "0", "--json", "--through")
    assert json.loads(run(*arguments, "postmark").out)["provider"] == "postmark"
    assert "Name resend or postmark" in run(*arguments, "mailjet", status=1).err
