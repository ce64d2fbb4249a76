"""Resend: what each of its answers means for the mail."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from typing import cast

import pytest

from newsletter.domain.delivery import Outcome
from newsletter.domain.message import Mailbox, Message
from newsletter.errors import ProviderError, SettingsError
from newsletter.providers.resend import ResendProvider
from tests.providers.resend_server import API_KEY, Fault, ResendServer, error, specification

MakeMessage = Callable[..., Message]
A, R = Outcome.ACCEPTED, Outcome.REJECTED


@pytest.fixture
def two(make_message: MakeMessage) -> list[Message]:
    return [make_message("anna"), make_message("bert")]


@pytest.fixture
def hasty(resend_server: ResendServer) -> Iterator[ResendProvider]:
    """A provider that does not wait long for an answer."""
    with closing(ResendProvider(API_KEY, resend_server.url, timeout=(5, 0.3))) as provider:
        yield provider


def failed(provider: ResendProvider, messages: list[Message]) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        provider.send("key-1", messages)
    return caught.value


@pytest.mark.parametrize("count", [1, 2])
def test_request_is_as_resend_specifies(
    resend: ResendProvider, resend_server: ResendServer, two: list[Message], count: int
) -> None:
    """Every field of a mail is one that Resend's own specification knows, and what it requires is there."""
    document = json.loads(json.dumps(specification()))
    schemas = document["components"]["schemas"]
    resend.send("key-1", two[:count])
    body = json.loads(resend_server.requests[0].body)
    for mail in body if count > 1 else [body]:
        assert (
            set(schemas["SendEmailRequest"]["required"]) <= set(mail) <= set(schemas["SendEmailRequest"]["properties"])
        )
        assert all(set(tag) <= set(schemas["Tag"]["properties"]) for tag in mail["tags"])
    assert resend_server.requests[0].path in document["paths"]


def test_call_carries_key_and_name(resend: ResendProvider, resend_server: ResendServer, two: list[Message]) -> None:
    """The call is under our key, and says who makes it; our id is its only tag."""
    resend.send("key-1", two[:1])
    (request,) = resend_server.requests
    assert request.headers["idempotency-key"] == "key-1"
    assert request.headers["user-agent"].startswith("Afterglow/")
    assert json.loads(request.body)["tags"] == [{"name": "mid", "value": "d-anna"}]


def test_same_messages_are_the_same_bytes(
    resend: ResendProvider, resend_server: ResendServer, two: list[Message]
) -> None:
    """A replay must not differ from its first call in a single byte."""
    for key in ("one", "two"):
        resend.send(key, two)
    first, second = resend_server.requests
    assert first.body == second.body


def test_one_bad_address_refuses_one_mail(
    resend: ResendProvider, resend_server: ResendServer, make_message: MakeMessage
) -> None:
    """In a batch, the refused have their reason and the others their own ids, in order."""
    resend_server.refused.add("bert@client.example")
    results = resend.send("key-1", [make_message(reader) for reader in ("anna", "bert", "carla")])
    assert [result.outcome for result in results] == [A, R, A]
    assert [result.provider_message_id for result in results] == ["resend-1", None, "resend-2"]
    assert results[1].reason == "Invalid `to` field"


def test_single_bad_address_is_rejected(
    resend: ResendProvider, resend_server: ResendServer, two: list[Message]
) -> None:
    """Alone, a mail that Resend finds invalid is refused for good, with its reason."""
    resend_server.refused.add("anna@client.example")
    (result,) = resend.send("key-1", two[:1])
    assert (result.outcome, result.reason) == (R, "Invalid `to` field")


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize(
    "fault",
    [
        Fault(accepts=True),
        Fault(accepts=True, status=200, body=b"{"),
        Fault(accepts=True, status=200, body=b"[" * 100_000),
        Fault(accepts=True, status=200, body=b"null"),
        Fault(accepts=True, status=200, body=b'{"data": 7, "id": ""}'),
        Fault(accepts=True, status=200, body=b'{"data": [{"id": "only one"}], "errors": []}'),
        Fault(accepts=True, status=200, body=b'{"data": [{"id": "a"}], "errors": [{"index": 9, "message": "x"}]}'),
        Fault(accepts=True, status=200, body=b'{"id', headers={"content_length": "100"}),
        Fault(accepts=True, status=500, body=b"<html>oops</html>"),
        error(503, "application_error"),
        error(409, "concurrent_idempotent_requests"),
    ],
)
def test_lost_answer_is_in_doubt_until_it_is_replayed(
    resend: ResendProvider, resend_server: ResendServer, two: list[Message], fault: Fault, count: int
) -> None:
    """Without a readable answer nobody knows; the same call under the same key tells, and doubles nothing."""
    resend_server.faults.append(fault)
    assert failed(resend, two[:count]).in_doubt
    assert [result.outcome for result in resend.send("key-1", two[:count])] == [A] * count
    assert len(resend_server.accepted) == count


def test_silence_is_in_doubt(hasty: ResendProvider, resend_server: ResendServer, two: list[Message]) -> None:
    """An answer that does not come in time leaves the mail in doubt."""
    resend_server.faults.append(Fault(accepts=True, hangs=True))
    fault = failed(hasty, two)
    assert fault.in_doubt
    assert "in time" in fault.message


def test_key_with_other_content_is_in_doubt(
    resend: ResendProvider, two: list[Message], make_message: MakeMessage
) -> None:
    """Something went out under this key, and it is not what we hold: only a person can tell."""
    resend.send("key-1", two)
    fault = failed(resend, [make_message("carla")])
    assert fault.in_doubt
    assert "by hand" in fault.remedy


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (error(429, "rate_limit_exceeded", retry_after="7"), timedelta(seconds=7)),
        (error(429, "rate_limit_exceeded"), timedelta(seconds=1)),
        (error(429, "rate_limit_exceeded", retry_after="soon"), timedelta(seconds=1)),
        (error(429, "daily_quota_exceeded", retry_after="1"), timedelta(days=1)),
        (error(429, "monthly_quota_exceeded"), timedelta(days=1)),
    ],
)
def test_throttling_says_how_long(
    resend: ResendProvider, resend_server: ResendServer, two: list[Message], fault: Fault, wait: timedelta
) -> None:
    """A limit is no failure of the mail: it waits as long as Resend asks, or a day for a used-up quota."""
    resend_server.faults.append(fault)
    raised = failed(resend, two)
    assert raised.retry_after == wait
    assert not raised.in_doubt
    assert not raised.permanent


@pytest.mark.parametrize(
    "fault",
    [
        error(401, "missing_api_key"),
        error(401, "restricted_api_key"),
        error(403, "invalid_api_key"),
        error(403, "validation_error", "The studio.example domain is not verified."),
        error(422, "invalid_from_address"),
    ],
)
@pytest.mark.parametrize("count", [1, 2])
def test_what_we_must_mend_loses_no_mail(
    resend: ResendProvider, resend_server: ResendServer, two: list[Message], fault: Fault, count: int
) -> None:
    """A wrong key or an unverified sender is ours to mend: the mail waits, and the setting is named."""
    resend_server.faults.append(fault)
    raised = failed(resend, two[:count])
    assert "AFTERGLOW_RESEND_API_KEY" in raised.remedy
    assert not raised.in_doubt
    assert not raised.permanent


@pytest.mark.parametrize("status", [301, 307, 404, 405, 413])
def test_call_that_was_not_understood_is_not_sent(
    resend: ResendProvider, resend_server: ResendServer, two: list[Message], status: int
) -> None:
    """A wrong address takes no mail; a redirect is not followed, for it would carry the key along."""
    resend_server.faults.append(Fault(status=status, headers={"location": f"{resend_server.url}/emails/batch"}))
    raised = failed(resend, two)
    assert not raised.in_doubt
    assert not raised.permanent
    assert len(resend_server.requests) == 1


def test_batch_that_is_refused_whole_is_permanent(
    resend: ResendProvider, resend_server: ResendServer, two: list[Message]
) -> None:
    """The same call would be refused again, and Resend's words are the reason."""
    resend_server.faults.append(error(422, "validation_error", "The batch is invalid."))
    raised = failed(resend, two)
    assert raised.permanent
    assert "The batch is invalid" in raised.message


@pytest.mark.parametrize(
    ("name", "sender", "reader"),
    [
        ("Mara", "Mara <m@s.example>", "Mara <m@s.example>"),
        ("Zoë", "Zoë <m@s.example>", "=?utf-8?q?Zo=C3=AB?= <m@s.example>"),
        ("Lind, Mara", "Lind Mara <m@s.example>", "=?utf-8?q?Lind=2C_Mara?= <m@s.example>"),
        ('"<>"', "m@s.example", "=?utf-8?b?Ijw+Ig==?= <m@s.example>"),
        ("", "m@s.example", "m@s.example"),
    ],
)
def test_names_are_written_as_resend_reads_them(
    resend: ResendProvider, resend_server: ResendServer, make_message: MakeMessage, name: str, sender: str, reader: str
) -> None:
    """Resend takes no quotation marks around a name, and in `from` no encoded words either."""
    mailbox = Mailbox(address="m@s.example", name=name)
    resend.send("key-1", [make_message("anna", sender=mailbox, to=mailbox, reply_to=mailbox)])
    (mail,) = resend_server.accepted
    assert (mail["from"], cast(list[str], mail["to"])[0], cast(list[str], mail["reply_to"])[0]) == (
        sender,
        reader,
        reader,
    )


def test_header_twice_is_refused(resend: ResendProvider, make_message: MakeMessage) -> None:
    """What Resend cannot carry is refused, never dropped."""
    (result,) = resend.send("key-1", [make_message("anna", headers=(("X-Note", "1"), ("x-note", "2")))])
    assert result.outcome is R


@pytest.mark.parametrize("key", ["", "re_1\n", " re_1", "re_ü", "re 1"])
def test_key_that_cannot_be_one_is_refused_at_once(key: str) -> None:
    """A key cut out with a space or a line break is said to be so, without showing it."""
    with pytest.raises(SettingsError, match="AFTERGLOW_RESEND_API_KEY") as caught:
        ResendProvider(key)
    assert not key.strip() or key.strip() not in str(caught.value)
