"""Mailjet: an answer for each mail, and what each of them means."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from newsletter.domain.attachment import Attachment
from newsletter.domain.delivery import Outcome
from newsletter.domain.message import Mailbox, Message
from newsletter.errors import ProviderError, SettingsError
from newsletter.providers.base import Suppressed
from newsletter.providers.mailjet import MailjetProvider
from subscribers.suppression import Reason
from tests.fault_server.faults import Fault
from tests.fault_server.server import FaultServer
from tests.fault_server.wire import ACCESS_KEY_ID, API_KEY

MakeMessage = Callable[..., Message]
A, R, N, U = Outcome.ACCEPTED, Outcome.REJECTED, Outcome.NOT_SENT, Outcome.UNKNOWN
OK = {"Status": "success", "CustomID": "d-anna", "To": [{"Email": "anna@client.example", "MessageID": 7}]}


@pytest.fixture
def two(make_message: MakeMessage) -> list[Message]:
    return [make_message("anna"), make_message("bert")]


def failed(provider: MailjetProvider, messages: list[Message]) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        provider.send("key-1", messages)
    return caught.value


def answered(*items: object, status: int = 200) -> Fault:
    return Fault(status=status, body=json.dumps({"Messages": items}).encode())


def item(code: str, status: int, *fields: str) -> dict[str, object]:
    error = {"ErrorCode": code, "StatusCode": status, "ErrorMessage": "in plain words", "ErrorRelatedTo": list(fields)}
    return {"Status": "error", "Errors": [error]}


def error(status: int, message: str = "in plain words", **headers: str) -> Fault:
    body = {"ErrorIdentifier": "x", "StatusCode": status, "ErrorMessage": message}
    return Fault(status=status, body=json.dumps(body).encode(), headers=headers)


def test_mail_carries_our_id_no_tracker_and_no_template(
    mailjet: MailjetProvider, fault_server: FaultServer, two: list[Message]
) -> None:
    """Our id is the only mark on a mail, nobody is watched, and what looks like a template stays."""
    mailjet.send("key-1", two[:1])
    mail = fault_server.journal.accepted[0].mail
    assert (mail["CustomID"], mail["TrackOpens"], mail["TrackClicks"]) == ("d-anna", "disabled", "disabled")
    assert mail["TemplateLanguage"] is False
    assert not {"EventPayload", "CustomCampaign", "MonitoringCategory"} & set(mail)


def test_list_id_is_left_to_mailjet(mailjet: MailjetProvider, fault_server: FaultServer, two: list[Message]) -> None:
    """It writes one itself, and refuses a mail that brings its own; the way to unsubscribe stays ours."""
    mailjet.send("key-1", two[:1])
    headers = fault_server.journal.accepted[0].mail["Headers"]
    assert set(headers) == {"List-Unsubscribe", "List-Unsubscribe-Post"}  # type: ignore[call-overload]  # a mapping


def test_bad_reader_refuses_one_mail(
    mailjet: MailjetProvider, fault_server: FaultServer, make_message: MakeMessage
) -> None:
    """Each mail of a call has its own answer, in order."""
    fault_server.refused.add("bert@client.example")
    results = mailjet.send("key-1", [make_message(reader) for reader in ("anna", "bert", "carla")])
    assert [result.outcome for result in results] == [A, R, A]
    assert "invalid email address (mj-0013)" in results[1].reason


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (item("mj-0013", 400, "To[0].Email"), R),
        (item("send-0003", 400, "HTMLPart", "TextPart"), R),
        (item("send-0008", 403, "From"), N),
        (item("mj-0013", 400, "From.Email"), N),
        (item("mj-0013", 400, "ReplyTo.Email"), N),
        (item("mj-0001", 401), N),
        (item("mj-0099", 429), N),
        (item("mj-0500", 500), U),
        ({"Status": "error", "Errors": []}, U),
        ({"Status": "success", "CustomID": "d-bert", "To": []}, U),
        ({"Status": "success", "CustomID": "d-bert", "To": [{"MessageID": "7"}]}, U),
        ({"Status": "success", "CustomID": "d-carla", "To": [{"MessageID": 7}]}, U),
        ({"Status": "success", "To": [{"MessageID": 8}]}, A),
        ("what?", U),
        (None, U),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_each_answer_means_its_own(
    mailjet: MailjetProvider,
    fault_server: FaultServer,
    two: list[Message],
    answer: object,
    outcome: Outcome,
    status: int,
) -> None:
    """Whatever the status of the whole; what makes no sense is in doubt, for that mail alone."""
    fault_server.faults.append(answered(OK, answer, status=status))
    assert [result.outcome for result in mailjet.send("key-1", two)] == [A, outcome]


def test_part_of_a_batch_waits_where_the_rate_is_used_up(
    mailjet: MailjetProvider, fault_server: FaultServer, two: list[Message]
) -> None:
    """What Mailjet took stays taken; the rest is tried again."""
    fault_server.faults.append(Fault(part=1))
    assert [result.outcome for result in mailjet.send("key-1", two)] == [A, N]


@pytest.mark.parametrize(
    ("fault", "wait"),
    [(error(429, retry_after="9"), timedelta(seconds=9)), (Fault(status=429), timedelta(minutes=1))],
)
def test_throttling_says_how_long(
    mailjet: MailjetProvider, fault_server: FaultServer, two: list[Message], fault: Fault, wait: timedelta
) -> None:
    """A guess where Mailjet does not say."""
    fault_server.faults.append(fault)
    raised = failed(mailjet, two)
    assert (raised.retry_after, raised.in_doubt, raised.permanent) == (wait, False, False)


@pytest.mark.parametrize(
    "fault",
    [
        error(401),
        error(403, "Your account has been temporarily blocked."),
        answered(item("send-0008", 403, "From"), item("send-0008", 403, "From"), status=403),
        Fault(status=302, headers={"location": "/"}),
    ],
)
def test_what_we_must_mend_loses_no_mail(
    mailjet: MailjetProvider, fault_server: FaultServer, two: list[Message], fault: Fault
) -> None:
    """Keys, a sender or an account that is not in order is ours to mend: the mail waits, and the setting is named."""
    fault_server.faults.append(fault)
    raised = failed(mailjet, two)
    assert "AFTERGLOW_MAILJET_API_KEY" in raised.remedy
    assert (raised.in_doubt, raised.permanent) == (False, False)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(accepts=True),
        Fault(accepts=True, resets=True),
        Fault(accepts=True, status=200, body=b"{"),
        answered(OK),
        Fault(accepts=True, status=500, body=b"oops"),
    ],
)
def test_answer_without_sense_is_in_doubt(
    mailjet: MailjetProvider, fault_server: FaultServer, two: list[Message], fault: Fault
) -> None:
    """An answer for one of two mails is none."""
    fault_server.faults.append(fault)
    assert failed(mailjet, two).in_doubt


def test_lost_answer_is_looked_up(mailjet: MailjetProvider, fault_server: FaultServer, two: list[Message]) -> None:
    """By our id, mail by mail; an index that lags proves nothing."""
    fault_server.faults.extend([Fault(accepts=True), Fault(look_up=True, hides=True)])
    assert failed(mailjet, two).in_doubt
    assert [mailjet.look_up(message).outcome for message in (two[0], *two)] == [U, A, A]


@pytest.mark.parametrize("found", [{"ID": 7}, {"ID": 7, "CustomID": "d-carla"}, {"ID": 0, "CustomID": "d-anna"}, {}])
def test_search_that_ignored_its_filter_accepts_nothing(
    mailjet: MailjetProvider, fault_server: FaultServer, two: list[Message], found: dict[str, object]
) -> None:
    """Only what carries our id is our mail."""
    fault_server.faults.append(Fault(look_up=True, status=200, body=json.dumps({"Data": [found]}).encode()))
    assert mailjet.look_up(two[0]).outcome is U


@pytest.mark.parametrize("body", [b"{}", b'{"Data": [7]}', b"[]"])
def test_look_up_that_fails_is_no_answer(
    mailjet: MailjetProvider, fault_server: FaultServer, two: list[Message], body: bytes
) -> None:
    """A service that is down, or talks nonsense, has not said that it never saw the mail."""
    fault_server.faults.extend([Fault(look_up=True, status=503), Fault(look_up=True, status=200, body=body)])
    for _ in range(2):
        with pytest.raises(ProviderError):
            mailjet.look_up(two[0])


@pytest.mark.parametrize(
    "changes",
    [
        {"to": Mailbox(address="zoë@client.example")},
        {"headers": (("X-Note", "1"), ("x-note", "2"))},
        {"headers": (("X-MJ-Vars", "1"),)},
        {"headers": (("User-Agent", "1"),)},
        {"attachments": [Attachment(content_type="application/pdf", name="a.pdf", content=bytes(12_000_000))]},
    ],
)
def test_what_mailjet_cannot_carry_is_refused(
    mailjet: MailjetProvider, fault_server: FaultServer, make_message: MakeMessage, changes: dict[str, object]
) -> None:
    """Refused with a reason before Mailjet is asked, never dropped."""
    (result,) = mailjet.send("key-1", [make_message("anna", **changes)])
    assert (result.outcome, fault_server.requests) == (R, [])


def test_suppressed_addresses_come_page_by_page(mailjet: MailjetProvider, fault_server: FaultServer) -> None:
    """Since the moment that was asked for."""
    fault_server.refused |= {f"reader-{number:04}@client.example" for number in range(1_001)}
    listed = list(mailjet.suppressed(datetime(2026, 11, 1, tzinfo=UTC)))
    at = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    assert len(listed) == 1_001
    assert listed[0] == Suppressed(
        address="reader-0000@client.example", reason=Reason.UNSUBSCRIBE, at=at, detail="excluded from campaigns"
    )
    assert list(mailjet.suppressed(datetime(2026, 11, 21, tzinfo=UTC))) == []


@pytest.mark.parametrize(
    ("key", "secret"), [("", API_KEY), ("a:b", API_KEY), (ACCESS_KEY_ID, ""), (ACCESS_KEY_ID, "a b")]
)
def test_keys_that_cannot_be_ones_are_refused(key: str, secret: str) -> None:
    """Keys cut out with a space or a colon are said to be so."""
    with pytest.raises(SettingsError, match="AFTERGLOW_MAILJET_"):
        MailjetProvider(key, secret)
