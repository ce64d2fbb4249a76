"""Brevo: versions of one mail, keys that are answered once, and what each of its answers means."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.delivery import Outcome
from newsletter.domain.message import Mailbox, Message
from newsletter.errors import ProviderError, SettingsError
from newsletter.providers.base import Suppressed
from newsletter.providers.brevo import BrevoProvider
from newsletter.providers.brevo_texts import literal_html, literal_text
from subscribers.suppression import Reason
from tests.fault_server.faults import Fault
from tests.fault_server.server import FaultServer

MakeMessage = Callable[..., Message]
A, R, N, U = Outcome.ACCEPTED, Outcome.REJECTED, Outcome.NOT_SENT, Outcome.UNKNOWN
JOINER = "\N{WORD JOINER}"


@pytest.fixture
def two(make_message: MakeMessage) -> list[Message]:
    return [make_message("anna"), make_message("bert")]


def failed(provider: BrevoProvider, messages: list[Message]) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        provider.send("key-1", messages)
    return caught.value


def error(status: int, code: str, message: str = "in plain words", **headers: str) -> Fault:
    return Fault(status=status, body=json.dumps({"code": code, "message": message}).encode(), headers=headers)


def test_single_mail_is_as_the_guide_has_it(
    brevo: BrevoProvider, fault_server: FaultServer, two: list[Message]
) -> None:
    """Only batches need what is used in practice alone: headers of a version."""
    brevo.send("key-1", two[:1])
    call = json.loads(fault_server.requests[0].body)
    assert "messageVersions" not in call
    assert call["headers"]["List-Unsubscribe"] == "<https://studio.example/u/anna>"
    assert call["headers"]["X-Mailin-custom"] == "d-anna"


def test_batch_holds_nobodys_text_but_in_her_own_version(
    brevo: BrevoProvider, fault_server: FaultServer, two: list[Message]
) -> None:
    """If a version's own text were ever left out, nobody would get another reader's."""
    brevo.send("key-1", two)
    call = json.loads(fault_server.requests[0].body)
    versions = call.pop("messageVersions")
    assert [version["headers"]["List-Unsubscribe"] for version in versions] == [
        "<https://studio.example/u/anna>",
        "<https://studio.example/u/bert>",
    ]
    assert "anna" not in json.dumps(call)
    assert "bert" not in json.dumps([versions[0], call])


@pytest.mark.parametrize("accepts", [True, False])
def test_repeated_call_is_believed_only_where_the_events_have_the_mail(
    brevo: BrevoProvider, fault_server: FaultServer, two: list[Message], accepts: bool
) -> None:
    """A lost answer is settled by the same call: what had arrived is found, what had not is sent now; none twice."""
    fault_server.faults.append(Fault(accepts=accepts))
    assert failed(brevo, two).in_doubt
    assert [result.outcome for result in brevo.send("key-1", two)] == [A, A]
    assert fault_server.journal.counts == {"d-anna": 1, "d-bert": 1}


def test_repeated_call_stays_in_doubt_while_the_events_lag(
    brevo: BrevoProvider, fault_server: FaultServer, two: list[Message]
) -> None:
    """That the key is known does not say that the mail was taken."""
    brevo.send("key-1", two)
    fault_server.faults.extend([Fault(look_up=True, hides=True)] * 2)
    assert [result.outcome for result in brevo.send("key-1", two)] == [U, U]


def test_another_edition_to_the_same_reader_is_another_mail(
    brevo: BrevoProvider, fault_server: FaultServer, make_message: MakeMessage
) -> None:
    """Of a batch, reader and call together tell a mail; neither does alone."""
    brevo.send("key-1", [make_message("anna"), make_message("bert")])
    later = make_message("anna", date=datetime(2026, 11, 22, 9, 31, tzinfo=UTC))
    outcomes = [brevo.look_up(each).outcome for each in (make_message("anna"), later, make_message("anna", text="x"))]
    assert outcomes == [A, U, U]


@pytest.mark.parametrize(
    "event",
    [
        {"email": "bert@client.example", "tag": "{tag}", "messageId": "<1@x>"},
        {"email": "anna@client.example", "tag": "call-another", "messageId": "<1@x>"},
        {"email": "anna@client.example", "tag": "{tag}", "messageId": ""},
        {"email": "anna@client.example", "messageId": "<1@x>"},
    ],
)
def test_events_are_read_with_suspicion(
    brevo: BrevoProvider, fault_server: FaultServer, two: list[Message], event: dict[str, str]
) -> None:
    """A search that ignored its filter accepts nothing."""
    brevo.send("key-1", two)
    tag = fault_server.journal.accepted[0].mail["tags"][0]  # type: ignore[index]  # a list of strings
    written = {name: value.replace("{tag}", tag) for name, value in event.items()}
    fault_server.faults.append(Fault(look_up=True, status=200, body=json.dumps({"events": [written]}).encode()))
    assert brevo.look_up(two[0]).outcome is U


@pytest.mark.parametrize("literal", ["{{ contact.EMAIL }}", "{% if x %}", "{# gone #}", "{{{{ x }}}}"])
def test_literal_template_stays_literal(
    brevo: BrevoProvider, fault_server: FaultServer, make_message: MakeMessage, literal: str
) -> None:
    """What Brevo would fill in is hidden from it, in an article as in a reader's name."""
    html = f"<style>@media x{{#a{{color:red}}}}</style><p>{literal}</p>"
    brevo.send("key-1", [make_message("anna", subject=literal, text=literal, html=html)])
    mail = fault_server.journal.accepted[0].mail
    assert str(mail["textContent"]).replace(JOINER, "") == literal
    assert str(mail["subject"]).replace(JOINER, "") == literal
    assert str(mail["htmlContent"]).replace("&#123;", "{").replace("{ #", "{#") == html


@given(text=st.text(alphabet="{}%# a\n<style></style>", max_size=60))
def test_no_text_holds_an_opening(text: str) -> None:
    """However braces follow one another, none opens a template, and but for the joiners all is there."""
    written = literal_text(text)
    assert written.replace(JOINER, "") == text
    assert not any(opening in found for opening in ("{{", "{%", "{#") for found in (written, literal_html(text)))


def test_one_bad_reader_does_not_stop_the_others(
    brevo: BrevoProvider, fault_server: FaultServer, make_message: MakeMessage
) -> None:
    """Brevo refuses a whole call for one reader: halves find her, the others get theirs."""
    fault_server.refused.add("reader-5@client.example")
    results = brevo.send("key-1", [make_message(f"reader-{number}") for number in range(8)])
    assert [result.outcome for result in results] == [A, A, A, A, A, R, A, A]
    assert set(fault_server.journal.counts.values()) == {1}


def test_lost_answer_to_a_part_is_that_parts_own(
    brevo: BrevoProvider, fault_server: FaultServer, make_message: MakeMessage
) -> None:
    """Parts have keys of their own, and so the repeated call doubles none of them."""
    refusal = error(400, "invalid_parameter", "email is not valid in to")
    fault_server.faults.extend([refusal, Fault(accepts=True)])
    messages = [make_message(f"reader-{number}") for number in range(4)]
    assert [result.outcome for result in brevo.send("key-1", messages)] == [U, U, A, A]
    fault_server.faults.append(refusal)
    assert [result.outcome for result in brevo.send("key-1", messages)] == [A, A, A, A]
    assert set(fault_server.journal.counts.values()) == {1}


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (error(429, "too_many_requests", retry_after="7"), timedelta(seconds=7)),
        (error(429, "too_many_requests", **{"x-sib-ratelimit-reset": "40"}), timedelta(seconds=40)),
        (Fault(status=429), timedelta(minutes=1)),
    ],
)
def test_throttling_says_how_long(
    brevo: BrevoProvider, fault_server: FaultServer, two: list[Message], fault: Fault, wait: timedelta
) -> None:
    """By whichever header has it."""
    fault_server.faults.append(fault)
    raised = failed(brevo, two)
    assert (raised.retry_after, raised.in_doubt, raised.permanent) == (wait, False, False)


@pytest.mark.parametrize(
    "fault",
    [
        error(401, "unauthorized", "We have detected you are using an unrecognised IP address"),
        error(402, "not_enough_credits"),
        error(400, "not_enough_credits"),
        error(403, "account_under_validation"),
        error(400, "invalid_parameter", "Sending has been rejected because the sender you used is not valid."),
        Fault(status=302, headers={"location": "/"}),
    ],
)
@pytest.mark.parametrize("count", [1, 2])
def test_what_we_must_mend_loses_no_mail(
    brevo: BrevoProvider, fault_server: FaultServer, two: list[Message], fault: Fault, count: int
) -> None:
    """A key, a sender or an account that is not in order is ours to mend: the mail waits, and the setting is named."""
    fault_server.faults.append(fault)
    raised = failed(brevo, two[:count])
    assert "AFTERGLOW_BREVO_API_KEY" in raised.remedy
    assert (raised.in_doubt, raised.permanent) == (False, False)


def test_mails_that_are_refused_whole_are_refused_for_good(
    brevo: BrevoProvider, fault_server: FaultServer, two: list[Message]
) -> None:
    """The same call would be refused again."""
    fault_server.faults.append(error(400, "invalid_parameter", "htmlContent is not valid"))
    assert failed(brevo, two).permanent


@pytest.mark.parametrize(
    "fault",
    [
        Fault(accepts=True),
        Fault(accepts=True, resets=True),
        Fault(accepts=True, status=201, body=b"{"),
        Fault(accepts=True, status=201, body=b'{"messageIds": ["<1@x>"]}'),
        Fault(accepts=True, status=201, body=b'{"messageIds": ["<1@x>", 7]}'),
        Fault(accepts=True, status=200, body=b"[]"),
        Fault(accepts=True, status=500, body=b"oops"),
    ],
)
def test_answer_without_sense_is_looked_up(
    brevo: BrevoProvider, fault_server: FaultServer, two: list[Message], fault: Fault
) -> None:
    """Without a readable answer nobody knows, until each mail is asked about."""
    fault_server.faults.append(fault)
    assert failed(brevo, two).in_doubt
    assert [brevo.look_up(message).outcome for message in two] == [A, A]


def test_look_up_that_fails_is_no_answer(brevo: BrevoProvider, fault_server: FaultServer, two: list[Message]) -> None:
    """A service that is down has not said that it never saw the mail."""
    fault_server.faults.append(Fault(look_up=True, status=503))
    with pytest.raises(ProviderError):
        brevo.look_up(two[0])


@pytest.mark.parametrize(
    "changes",
    [
        {"to": Mailbox(address="zoë@client.example")},
        {"headers": (("X-Note", "1"), ("x-note", "2"))},
        {"headers": (("X-Note", "Zoë"),)},
        {"html": ""},
    ],
)
def test_what_brevo_cannot_carry_is_refused(
    brevo: BrevoProvider, fault_server: FaultServer, make_message: MakeMessage, changes: dict[str, object]
) -> None:
    """Refused with a reason before Brevo is asked, never dropped."""
    (result,) = brevo.send("key-1", [make_message("anna", **changes)])
    assert (result.outcome, fault_server.requests) == (R, [])


def test_suppressed_addresses_come_page_by_page(brevo: BrevoProvider, fault_server: FaultServer) -> None:
    """All of them, with their reason, since the moment that was asked for."""
    fault_server.refused |= {f"reader-{number:03}@client.example" for number in range(250)}
    listed = list(brevo.suppressed(datetime(2026, 11, 1, tzinfo=UTC)))
    blocked_at = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    assert len(listed) == 250
    assert listed[0] == Suppressed(
        address="reader-000@client.example", reason=Reason.HARD_BOUNCE, at=blocked_at, detail="Hard bounced"
    )
    assert list(brevo.suppressed(datetime(2026, 11, 21, tzinfo=UTC))) == []


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("contactFlaggedAsSpam", Reason.COMPLAINT),
        ("unsubscribedViaEmail", Reason.UNSUBSCRIBE),
        ("adminBlocked", Reason.BY_HAND),
        ("somethingNew", Reason.BY_HAND),
    ],
)
def test_reasons_become_ours(brevo: BrevoProvider, fault_server: FaultServer, code: str, reason: Reason) -> None:
    """By one table; what is not in it was decided by somebody."""
    contacts = [{"email": "a@x.example", "reason": {"code": code}}, {"reason": 7}, {"email": "b@x.example"}]
    fault_server.faults.append(Fault(look_up=True, status=200, body=json.dumps({"contacts": contacts}).encode()))
    listed = list(brevo.suppressed(datetime(2026, 11, 1, tzinfo=UTC)))
    assert [(each.address, each.reason) for each in listed] == [
        ("a@x.example", reason),
        ("b@x.example", Reason.BY_HAND),
    ]


def test_key_that_cannot_be_one_is_refused() -> None:
    """A key cut out with a space or a line break is said to be so."""
    with pytest.raises(SettingsError, match="AFTERGLOW_BREVO_API_KEY"):
        BrevoProvider("a key", tracking_is_off=True)
