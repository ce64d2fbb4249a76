"""Mailgun: one template for many readers, and what each of its answers means for their mails."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain import slots
from newsletter.domain.content import Content
from newsletter.domain.delivery import Outcome
from newsletter.domain.edition import Edition
from newsletter.domain.mailing import mailings
from newsletter.domain.message import Mailbox, Message
from newsletter.errors import InputError, ProviderError, SettingsError
from newsletter.providers.mailgun import MailgunProvider
from newsletter.providers.mailgun_template import Template
from subscribers.consent import Stream
from tests.fault_server.faults import Fault
from tests.fault_server.mailgun import fields_of, filled
from tests.fault_server.server import FaultServer
from tests.fault_server.wire import API_KEY, DOMAIN

MakeMessage = Callable[..., Message]
A, R, N, U = Outcome.ACCEPTED, Outcome.REJECTED, Outcome.NOT_SENT, Outcome.UNKNOWN
SPECIFICATION = Path(__file__).parents[3] / "shared" / "specs" / "mailgun.json"
JOINER = "\N{WORD JOINER}"
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture
def two(make_message: MakeMessage) -> list[Message]:
    return [make_message("anna"), make_message("bert")]


def failed(provider: MailgunProvider, messages: list[Message]) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        provider.send("key-1", messages)
    return caught.value


def error(status: int, message: str, **headers: str) -> Fault:
    return Fault(status=status, body=json.dumps({"message": message}).encode(), headers=headers)


def content(*, subject: str = "", html: str = "", text: str = "") -> Content:
    return Content.of(Edition(stream=Stream.CARE, language="en", preheader="", subject=subject, html=html, text=text))


def values(edition: Content, fields: dict[str, str]) -> dict[str, str]:
    """What stands in the template of an edition for a single reader."""
    box = Mailbox(address="anna@client.example")
    message = Message(id="d", stream=Stream.CARE, sender=box, to=box, content=edition, fields=fields, date=NOW)
    (mailing,) = mailings([message])
    return {name: value for name, (value,) in Template.of(edition).columns(mailing).items()}


@pytest.mark.parametrize("count", [1, 2])
def test_request_is_as_mailgun_specifies(
    mailgun: MailgunProvider, fault_server: FaultServer, two: list[Message], count: int
) -> None:
    """Every field is one that Mailgun's own specification knows, and what it requires is there."""
    if not SPECIFICATION.exists():
        pytest.skip("Mailgun's specification is not beside this checkout.")
    schemas = json.loads(SPECIFICATION.read_text("utf-8"))["components"]["schemas"]
    schema = schemas["POST-v3-domain_name-messages-multipart-form-data-RequestBody"]
    mailgun.send("key-1", two[:count])
    fields = fields_of(fault_server.requests[0])
    custom = {name for name in fields if name.startswith(("h:", "v:"))}
    assert set(schema["required"]) <= set(fields) <= set(schema["properties"]) | custom
    assert fields["o:tracking"] in schema["properties"]["o:tracking"]["enum"]


def test_batch_is_one_template(mailgun: MailgunProvider, fault_server: FaultServer, two: list[Message]) -> None:
    """The edition travels once; of each reader only her values do."""
    mailgun.send("key-1", two)
    fields = fields_of(fault_server.requests[0])
    assert fields["html"].count("%recipient.html_0_first_name%") == 1
    assert fields["h:List-Unsubscribe"] == "<%recipient.header_list_unsubscribe%>"
    assert fields["h:List-Id"] == "<notes.studio.example>"
    assert fields["v:mid"] == "%recipient.mid%"
    assert set(json.loads(fields["recipient-variables"])) == {"anna@client.example", "bert@client.example"}


def test_single_mail_has_our_message_id(
    mailgun: MailgunProvider, fault_server: FaultServer, two: list[Message]
) -> None:
    """A batch has one id for all its mails, and only Mailgun can give it; a single mail keeps ours."""
    (single,) = mailgun.send("key-1", two[:1])
    batch = mailgun.send("key-2", two)
    assert f"<{single.provider_message_id}>" == two[0].message_id
    assert "h:Message-Id" not in fields_of(fault_server.requests[1])
    assert len({result.provider_message_id for result in batch}) == 1


def test_mails_of_two_editions_are_refused(
    mailgun: MailgunProvider, fault_server: FaultServer, make_message: MakeMessage
) -> None:
    """One call is one template, and so one edition; the outbox never asks for more."""
    with pytest.raises(InputError, match="one edition"):
        mailgun.send("key-1", [make_message("anna"), make_message("bert", text="another")])
    assert fault_server.requests == []


def test_second_mail_to_an_address_waits(mailgun: MailgunProvider, make_message: MakeMessage) -> None:
    """Mailgun ignores an address that comes twice: that mail goes with the next call, and is not lost."""
    shared = Mailbox(address="Anna@client.example")
    results = mailgun.send("key-1", [make_message("anna"), make_message("bert", to=shared)])
    assert [result.outcome for result in results] == [A, N]


@pytest.mark.parametrize("literal", ["%recipient.mid%", "%recipient%", "%Recipient_email%", "%unsubscribe_url%"])
def test_literal_variable_stays_literal(
    mailgun: MailgunProvider, fault_server: FaultServer, make_message: MakeMessage, literal: str
) -> None:
    """An article that shows a variable keeps its words; in plain text an invisible joiner holds them together."""
    message = make_message("anna", subject=literal, text=f"{literal} 100%", html=f"<p>{literal} 100%</p>")
    mailgun.send("key-1", [message])
    mail = fault_server.journal.accepted[0].mail
    assert mail["subject"] == f"%{JOINER}{literal[1:]}"
    assert mail["text"] == f"%{JOINER}{literal[1:]} 100%"
    assert mail["html"] == f"<p>&#37;{literal[1:]} 100%</p>"


def test_value_is_never_read_as_a_template(
    mailgun: MailgunProvider, fault_server: FaultServer, make_message: MakeMessage
) -> None:
    """A reader who calls herself a variable is called by that name."""
    mailgun.send("key-1", [make_message("anna", fields={"first_name": "%recipient.mid%"})])
    mail = fault_server.journal.accepted[0].mail
    assert "d-anna" not in str(mail["html"]) + str(mail["text"]) + str(mail["subject"])
    assert "&#37;recipient.mid" in str(mail["html"])


PIECES = st.lists(
    st.sampled_from(
        ["%", "recipient", ".html_0_first_name", "%recipient.mid%", "unsubscribe_url%", " ", "é", "[[ first_name ]]"]
    )
).map("".join)


@given(text=PIECES, name=st.sampled_from(["Ann", "%recipient.mid%", "%", "<b>"]))
def test_whatever_the_text_only_slots_are_filled(text: str, name: str) -> None:
    """However texts and values are put together, and however often they are read: all arrive, but for the joiners."""
    edition, fields = content(subject=text, html=text, text=text), {"first_name": name}
    arrived = {field: filled(value.decode(), values(edition, fields)) for field, value in Template.of(edition).texts}
    assert arrived["subject"].replace(JOINER, "") == edition.subject(fields)
    assert arrived["text"].replace(JOINER, "") == edition.text(fields)
    assert arrived["html"].replace("&#37;", "%") == edition.html(fields)


def test_same_slot_may_have_two_defaults() -> None:
    """`[[ first_name ]]` and `[[ first_name | there ]]` are two variables."""
    edition = content(text="[[ first_name | there ]], [[ first_name | you ]] [[ first_name | there ]]")
    assert list(values(edition, {}).values()) == ["there", "you"]


def test_template_is_made_once_for_an_edition(
    mailgun: MailgunProvider, fault_server: FaultServer, make_message: MakeMessage
) -> None:
    """Many editions, many times over, and each still arrives as itself."""
    for number in [*range(12), *range(12)]:
        mailgun.send("key", [make_message("anna", text=slots.protect(f"edition {number}"))])
    texts = [each.mail["text"] for each in fault_server.journal.accepted]
    assert texts == [f"edition {number}" for number in [*range(12), *range(12)]]


def test_one_bad_reader_does_not_stop_the_others(
    mailgun: MailgunProvider, fault_server: FaultServer, make_message: MakeMessage
) -> None:
    """Mailgun refuses a whole call for one reader and does not say which: halves find her, the others get theirs."""
    fault_server.refused.add("reader-5@client.example")
    results = mailgun.send("key-1", [make_message(f"reader-{number}") for number in range(8)])
    assert [result.outcome for result in results] == [A, A, A, A, A, R, A, A]
    assert "not a valid address" in results[5].reason
    assert set(fault_server.journal.counts.values()) == {1}


def test_lost_answer_to_a_part_is_that_parts_own(
    mailgun: MailgunProvider, fault_server: FaultServer, make_message: MakeMessage
) -> None:
    """When a call is taken in parts, each keeps its own outcome."""
    fault_server.refused.add("reader-3@client.example")
    refusal = error(400, "to parameter is not a valid address. please check documentation")
    fault_server.faults.extend([refusal, Fault(accepts=True)])
    messages = [make_message(f"reader-{number}") for number in range(4)]
    assert [result.outcome for result in mailgun.send("key-1", messages)] == [U, U, A, R]
    assert [mailgun.look_up(message).outcome for message in messages[:2]] == [A, A]


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (error(429, "account-requests-per-sec limit exceeded, try again after 120 seconds"), timedelta(seconds=120)),
        (error(429, "too many", retry_after="5"), timedelta(seconds=5)),
        (Fault(status=429), timedelta(minutes=1)),
    ],
)
def test_throttling_says_how_long(
    mailgun: MailgunProvider, fault_server: FaultServer, two: list[Message], fault: Fault, wait: timedelta
) -> None:
    """The wait is in the message's text."""
    fault_server.faults.append(fault)
    raised = failed(mailgun, two)
    assert (raised.retry_after, raised.in_doubt, raised.permanent) == (wait, False, False)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=401, body=b"Forbidden"),
        error(404, "Domain not found: mg.studio.example"),
        error(400, "from parameter is not a valid address. please check documentation"),
        error(400, "Domain mg.studio.example is not allowed to send: The domain is unverified"),
        Fault(status=403),
        Fault(status=302, headers={"location": "/"}),
        Fault(status=200, body=b"Mailgun Magnificent API"),
    ],
)
def test_what_we_must_mend_loses_no_mail(
    mailgun: MailgunProvider, fault_server: FaultServer, two: list[Message], fault: Fault
) -> None:
    """A key, a domain or a region that is not in order is ours to mend: the mail waits, and the setting is named."""
    fault_server.faults.append(fault)
    raised = failed(mailgun, two)
    assert "AFTERGLOW_MAILGUN_" in raised.remedy
    assert (raised.in_doubt, raised.permanent) == (False, False)


def test_mails_that_are_refused_whole_are_refused_for_good(
    mailgun: MailgunProvider, fault_server: FaultServer, two: list[Message]
) -> None:
    """The same call would be refused again."""
    fault_server.faults.append(error(400, "Need at least one of 'text' or 'html' parameters specified."))
    assert failed(mailgun, two).permanent


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize(
    "fault",
    [
        Fault(accepts=True),
        Fault(accepts=True, resets=True),
        Fault(accepts=True, status=200, body=b"{"),
        Fault(accepts=True, status=200, body=b'{"id": "<>"}'),
        Fault(accepts=True, status=500, body=b"oops"),
    ],
)
def test_lost_answer_is_looked_up(
    mailgun: MailgunProvider, fault_server: FaultServer, two: list[Message], fault: Fault, count: int
) -> None:
    """Without a readable answer nobody knows, until each mail is asked about."""
    fault_server.faults.append(fault)
    assert failed(mailgun, two[:count]).in_doubt
    assert [mailgun.look_up(message).outcome for message in two] == [A, A if count == 2 else U]


def test_look_up_asks_from_before_the_call_on(
    mailgun: MailgunProvider, fault_server: FaultServer, two: list[Message]
) -> None:
    """Events are asked for by reader, an hour before the call was prepared and later."""
    assert mailgun.look_up(two[0]).outcome is U
    query = fault_server.requests[0].query
    begin = int(two[0].date.timestamp()) - 3600
    assert (query["recipient"], query["begin"], query["ascending"]) == ("anna@client.example", str(begin), "yes")


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        ({"event": "rejected", "user-variables": {"mid": "d-anna"}, "reject": {"reason": "suppressed"}}, R),
        ({"event": "rejected", "user-variables": {"mid": "d-anna"}}, R),
        ({"event": "failed", "user-variables": {"mid": "d-anna"}, "message": {"headers": {"message-id": "x"}}}, A),
        ({"event": "accepted", "user-variables": {"mid": "d-carla"}, "message": {"headers": {"message-id": "x"}}}, U),
        ({"event": "accepted", "user-variables": []}, U),
        (7, U),
    ],
)
def test_events_are_read_with_suspicion(
    mailgun: MailgunProvider, fault_server: FaultServer, two: list[Message], event: object, outcome: Outcome
) -> None:
    """Only an event that carries our id tells anything."""
    body = json.dumps({"items": [event]}).encode()
    fault_server.faults.append(Fault(look_up=True, status=200, body=body))
    assert mailgun.look_up(two[0]).outcome is outcome


def test_look_up_that_fails_is_no_answer(
    mailgun: MailgunProvider, fault_server: FaultServer, two: list[Message]
) -> None:
    """A service that is down has not said that it never saw the mail."""
    fault_server.faults.append(Fault(look_up=True, status=503))
    with pytest.raises(ProviderError):
        mailgun.look_up(two[0])


@pytest.mark.parametrize(
    "changes",
    [
        {"to": Mailbox(address="zoë@client.example")},
        {"headers": (("X-Note", "1"), ("x-note", "2"))},
        {"headers": (("X-Note", "%recipient.mid%"),)},
        {"headers": tuple((f"X-Note-{number}", "x" * 900) for number in range(20))},
    ],
)
def test_what_mailgun_cannot_carry_is_refused(
    mailgun: MailgunProvider, fault_server: FaultServer, make_message: MakeMessage, changes: dict[str, object]
) -> None:
    """Refused with a reason before Mailgun is asked, never dropped."""
    (result,) = mailgun.send("key-1", [make_message("anna", **changes)])
    assert (result.outcome, fault_server.requests) == (R, [])


@pytest.mark.parametrize("domain", ["", "mg.studio.example/x", "mg studio", "..%2f"])
def test_domain_that_cannot_be_one_is_refused(domain: str) -> None:
    """It becomes part of the address, where a slash would lead elsewhere."""
    with pytest.raises(SettingsError, match="AFTERGLOW_MAILGUN_DOMAIN"):
        MailgunProvider(API_KEY, domain)


def test_key_that_cannot_be_one_is_refused() -> None:
    """A key cut out with a space or a line break is said to be so."""
    with pytest.raises(SettingsError, match="AFTERGLOW_MAILGUN_API_KEY"):
        MailgunProvider("a key", DOMAIN)
