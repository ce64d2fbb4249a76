"""Postmark: what each of its answers means for the mail."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from newsletter.domain.delivery import Outcome
from newsletter.domain.message import Mailbox, Message
from newsletter.errors import ProviderError, SettingsError
from newsletter.providers import postmark as module
from newsletter.providers.postmark import PostmarkProvider
from subscribers.consent import Stream
from tests.fault_server.faults import Fault
from tests.fault_server.server import FaultServer

MakeMessage = Callable[..., Message]
A, R, N, U = Outcome.ACCEPTED, Outcome.REJECTED, Outcome.NOT_SENT, Outcome.UNKNOWN


@pytest.fixture
def two(make_message: MakeMessage) -> list[Message]:
    return [make_message("anna"), make_message("bert")]


def failed(provider: PostmarkProvider, messages: list[Message]) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        provider.send("key-1", messages)
    return caught.value


def answered(items: object, status: int = 200, **headers: str) -> Fault:
    return Fault(status=status, body=json.dumps(items).encode(), headers=headers)


def item(code: int, message: str = "in plain words") -> dict[str, object]:
    return {"ErrorCode": code, "Message": message}


OK = {"ErrorCode": 0, "Message": "OK", "MessageID": "pm-1"}


@pytest.mark.parametrize(
    ("stream", "name"),
    [(Stream.MARKETING, "broadcast"), (Stream.CARE, "outbound"), (Stream.SERVICE, "outbound")],
)
def test_newsletters_go_by_a_stream_of_their_own(
    postmark: PostmarkProvider, fault_server: FaultServer, make_message: MakeMessage, stream: Stream, name: str
) -> None:
    """Newsletters are broadcast; what one person waits for is not."""
    message = make_message("anna", stream=stream)
    postmark.send("key-1", [message])
    assert fault_server.journal.accepted[0].mail["MessageStream"] == name
    assert postmark.look_up(message).outcome is A


def test_mail_carries_our_id_and_no_tracker(
    postmark: PostmarkProvider, fault_server: FaultServer, two: list[Message]
) -> None:
    """Our id is the only mark on a mail, and nobody is watched."""
    postmark.send("key-1", two[:1])
    mail = fault_server.journal.accepted[0].mail
    assert (mail["Metadata"], mail["TrackOpens"], mail["TrackLinks"]) == ({"mid": "d-anna"}, False, "None")
    assert "Tag" not in mail


def test_inactive_reader_refuses_one_mail(
    postmark: PostmarkProvider, fault_server: FaultServer, make_message: MakeMessage
) -> None:
    """Each mail of a call has its own answer, in order."""
    fault_server.refused.add("bert@client.example")
    results = postmark.send("key-1", [make_message(reader) for reader in ("anna", "bert", "carla")])
    assert [result.outcome for result in results] == [A, R, A]
    assert [result.provider_message_id for result in results] == ["postmark-1", None, "postmark-2"]
    assert "inactive" in results[1].reason


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (item(300, "Invalid 'To' address: 'x'."), R),
        (item(300, "Invalid 'From' address: 'x'."), N),
        (item(406), R),
        (item(411), R),
        (item(400, "The 'From' address is not a Sender Signature."), N),
        (item(405), N),
        (item(429), N),
        (item(1235), N),
        (item(7777), U),
        ({"Message": "Message accepted, but delivery may be delayed.", "MessageID": "pm-2"}, A),
        ({"ErrorCode": 0, "Message": "OK"}, U),
        ({"ErrorCode": 0, "Message": "OK", "MessageID": ""}, U),
        ("what?", U),
        (None, U),
    ],
)
def test_each_code_means_its_own(
    postmark: PostmarkProvider, fault_server: FaultServer, two: list[Message], answer: object, outcome: Outcome
) -> None:
    """Postmark's codes become outcomes by one table; what it does not name is in doubt, for that mail alone."""
    fault_server.faults.append(answered([OK, answer]))
    assert [result.outcome for result in postmark.send("key-1", two)] == [A, outcome]


def test_part_of_a_batch_waits_where_the_rate_is_used_up(
    postmark: PostmarkProvider, fault_server: FaultServer, two: list[Message]
) -> None:
    """What Postmark took stays taken; the rest is tried again."""
    fault_server.faults.append(Fault(part=1))
    assert [result.outcome for result in postmark.send("key-1", two)] == [A, N]


@pytest.mark.parametrize("fault", [answered([item(429), item(429)]), answered(item(429), 422), answered({}, 429)])
def test_throttling_puts_off_the_call(
    postmark: PostmarkProvider, fault_server: FaultServer, two: list[Message], fault: Fault
) -> None:
    """Where no mail was taken because of the rate, all wait, and no mail is blamed."""
    fault_server.faults.append(fault)
    raised = failed(postmark, two)
    assert (raised.retry_after, raised.in_doubt, raised.permanent) == (timedelta(minutes=1), False, False)


def test_retry_after_is_honoured(postmark: PostmarkProvider, fault_server: FaultServer, two: list[Message]) -> None:
    """Should Postmark ever say how long, we listen."""
    fault_server.faults.append(answered({}, 429, retry_after="7"))
    assert failed(postmark, two).retry_after == timedelta(seconds=7)


@pytest.mark.parametrize(
    "fault",
    [
        answered([item(401), item(401)]),
        answered(item(10), 401),
        answered(item(402), 422),
        Fault(status=403, body=b"<html>403 Forbidden</html>"),
        Fault(status=307, headers={"location": "/email/batch"}),
    ],
)
def test_what_we_must_mend_loses_no_mail(
    postmark: PostmarkProvider, fault_server: FaultServer, two: list[Message], fault: Fault
) -> None:
    """A token, a sender or an account that is not in order is ours to mend: the mail waits."""
    fault_server.faults.append(fault)
    raised = failed(postmark, two)
    assert "AFTERGLOW_POSTMARK_TOKEN" in raised.remedy
    assert (raised.in_doubt, raised.permanent) == (False, False)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(accepts=True),
        Fault(accepts=True, resets=True),
        Fault(accepts=True, part=1),
        Fault(accepts=True, status=200, body=b"["),
        Fault(accepts=True, status=200, body=b"{}"),
        Fault(accepts=True, status=200, body=b"[]"),
        Fault(accepts=True, status=500),
        Fault(accepts=True, status=503, body=b"<html>"),
    ],
)
def test_lost_answer_is_looked_up(
    postmark: PostmarkProvider, fault_server: FaultServer, two: list[Message], fault: Fault
) -> None:
    """Without a readable answer nobody knows, until each mail is asked about."""
    fault_server.faults.append(fault)
    assert failed(postmark, two).in_doubt
    found = [postmark.look_up(message).outcome for message in two]
    assert found == ([A, U] if fault.part else [A, A])


def test_absence_proves_nothing(postmark: PostmarkProvider, fault_server: FaultServer, two: list[Message]) -> None:
    """The index lags: a mail that is not listed may be listed a little later."""
    postmark.send("key-1", two)
    fault_server.faults.append(Fault(look_up=True, hides=True))
    assert [postmark.look_up(two[0]).outcome for _ in range(2)] == [U, A]


def test_found_mail_must_carry_our_id(
    postmark: PostmarkProvider, fault_server: FaultServer, two: list[Message]
) -> None:
    """A search that ignored its filter accepts no mail."""
    other = {"Messages": [{"MessageID": "x", "Metadata": {"mid": "d-carla"}}, {"MessageID": "y"}, 7]}
    fault_server.faults.append(Fault(look_up=True, status=200, body=json.dumps(other).encode()))
    assert postmark.look_up(two[0]).outcome is U


@pytest.mark.parametrize("body", [b"[]", b"{", b"null"])
def test_senseless_look_up_is_no_answer(
    postmark: PostmarkProvider, fault_server: FaultServer, two: list[Message], body: bytes
) -> None:
    """Garbage settles nothing."""
    fault_server.faults.append(Fault(look_up=True, status=200, body=body))
    with pytest.raises(ProviderError):
        postmark.look_up(two[0])


def test_throttled_look_up_waits(postmark: PostmarkProvider, fault_server: FaultServer, two: list[Message]) -> None:
    """Questions are mails' equals in the face of a rate limit."""
    fault_server.faults.append(Fault(look_up=True, status=429))
    with pytest.raises(ProviderError) as caught:
        postmark.look_up(two[0])
    assert caught.value.retry_after == timedelta(minutes=1)


def test_more_than_a_call_can_carry_waits(
    postmark: PostmarkProvider, fault_server: FaultServer, make_message: MakeMessage
) -> None:
    """50 MB are the limit: what fits goes, the rest waits for the next call."""
    messages = [make_message(reader, text="x" * (module.LARGEST_CALL // 2 - 4096)) for reader in ("a", "b", "c")]
    assert [result.outcome for result in postmark.send("key-1", messages)] == [A, A, N]
    assert len(fault_server.requests[0].body) <= module.LARGEST_CALL


def test_reader_beyond_ascii_is_rejected(
    postmark: PostmarkProvider, fault_server: FaultServer, make_message: MakeMessage
) -> None:
    """An address that Postmark cannot write to is said so, before it is asked."""
    (result,) = postmark.send("key-1", [make_message("anna", to=Mailbox(address="zoë@client.example"))])
    assert (result.outcome, fault_server.requests) == (R, [])
    assert "zoë@client.example" in result.reason


@pytest.mark.parametrize("token", ["", "a b", "a\n", "ü"])
def test_token_that_cannot_be_one_is_refused_at_once(token: str) -> None:
    """A token cut out with a space or a line break is said to be so, without showing it."""
    with pytest.raises(SettingsError, match="AFTERGLOW_POSTMARK_TOKEN"):
        PostmarkProvider(token)
