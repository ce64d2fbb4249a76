"""SendGrid: one text for many readers, and what each of its answers means for their mails."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain import slots
from newsletter.domain.attachment import Attachment
from newsletter.domain.content import Content
from newsletter.domain.delivery import Outcome
from newsletter.domain.edition import Edition
from newsletter.domain.message import Mailbox, Message
from newsletter.errors import InputError, ProviderError, SettingsError
from newsletter.providers.base import Suppressed
from newsletter.providers.sendgrid import SendGridProvider
from newsletter.providers.sendgrid_template import Template
from subscribers.consent import Stream
from subscribers.suppression import Reason
from tests.fault_server.faults import Fault
from tests.fault_server.sendgrid import filled
from tests.fault_server.server import FaultServer

MakeMessage = Callable[..., Message]
A, R, N, U = Outcome.ACCEPTED, Outcome.REJECTED, Outcome.NOT_SENT, Outcome.UNKNOWN


@pytest.fixture
def two(make_message: MakeMessage) -> list[Message]:
    return [make_message("anna"), make_message("bert")]


def failed(provider: SendGridProvider, messages: list[Message]) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        provider.send("key-1", messages)
    return caught.value


def error(status: int, message: str = "in plain words", field: str | None = None, **headers: str) -> Fault:
    body = {"errors": [{"message": message, "field": field, "help": None}]}
    return Fault(status=status, body=json.dumps(body).encode(), headers=headers)


def content(*, subject: str = "", html: str = "", text: str = "") -> Content:
    return Content.of(Edition(stream=Stream.CARE, language="en", preheader="", subject=subject, html=html, text=text))


def test_batch_is_one_text(sendgrid: SendGridProvider, fault_server: FaultServer, two: list[Message]) -> None:
    """The edition travels once; of each reader only her values, her headers and our id do. No trackers."""
    sendgrid.send("key-1", two)
    call = json.loads(fault_server.requests[0].body)
    assert "anna" not in json.dumps({name: value for name, value in call.items() if name != "personalizations"})
    assert [own["custom_args"] for own in call["personalizations"]] == [{"mid": "d-anna"}, {"mid": "d-bert"}]
    assert {setting["enable"] for setting in call["tracking_settings"].values()} == {False}
    assert "categories" not in call


def test_mails_of_two_editions_are_refused(
    sendgrid: SendGridProvider, fault_server: FaultServer, make_message: MakeMessage
) -> None:
    """One call is one text, and so one edition; the outbox never asks for more."""
    with pytest.raises(InputError, match="one edition"):
        sendgrid.send("key-1", [make_message("anna"), make_message("bert", text="another")])
    assert fault_server.requests == []


def test_second_mail_to_an_address_waits(sendgrid: SendGridProvider, make_message: MakeMessage) -> None:
    """SendGrid takes each address once a call: that mail goes with the next, and is not lost."""
    shared = Mailbox(address="Anna@client.example")
    results = sendgrid.send("key-1", [make_message("anna"), make_message("bert", to=shared)])
    assert [result.outcome for result in results] == [A, N]


@pytest.mark.parametrize("name", ["Lind, Zoë", 'Zoë "Z" Lind', "Lind; Zoë", "Zoë (Lind)", "a\\b, c"])
def test_name_with_special_characters_arrives_whole(
    sendgrid: SendGridProvider, fault_server: FaultServer, make_message: MakeMessage, name: str
) -> None:
    """SendGrid writes a reader's name as it stands, so that it must stand in quotation marks where it needs them."""
    sendgrid.send("key-1", [make_message("anna", to=Mailbox(address="anna@client.example", name=name))])
    to = json.loads(fault_server.requests[0].body)["personalizations"][0]["to"][0]
    assert to["name"].strip('"').replace('\\"', '"').replace("\\\\", "\\") == name
    assert to["name"].startswith('"')


PIECES = st.lists(
    st.sampled_from(["%", ".h0%", "-name-", "{{name}}", " ", "é", "[[ first_name ]]", "[[ first_name | you ]]", "h1"])
).map("".join)


@given(text=PIECES, name=st.sampled_from(["Ann", "%h0%", "%", "<b>", "-name-", "[[ first_name ]]"]))
def test_whatever_the_text_only_slots_are_filled(text: str, name: str) -> None:
    """However texts and values are put together, and however often they are read: all arrive."""
    edition, fields = content(subject=text, html=text, text=text), {"first_name": name}
    template = Template.of(edition)
    substitutions = template.substitutions(fields)
    assert filled(template.subject, substitutions) == edition.subject(fields)
    assert filled(template.html, substitutions) == edition.html(fields)
    assert filled(template.text, substitutions) == edition.text(fields)


def test_value_that_holds_the_editions_mark_is_refused() -> None:
    """Nobody can know it, and whoever does gains nothing."""
    template = Template.of(content(text="Dear [[ first_name ]]"))
    (tag,) = template.substitutions({"first_name": "Ann"})
    with pytest.raises(InputError, match="mark"):
        template.substitutions({"first_name": tag})


def test_readers_that_sendgrid_names_are_refused_and_the_others_sent(
    sendgrid: SendGridProvider, fault_server: FaultServer, make_message: MakeMessage
) -> None:
    """SendGrid refuses a whole call, and says for whose sake: it is made again without her."""
    fault_server.refused |= {"reader-2@client.example", "reader-5@client.example"}
    results = sendgrid.send("key-1", [make_message(f"reader-{number}") for number in range(7)])
    assert [result.outcome for result in results] == [A, A, R, A, A, R, A]
    assert "valid address" in results[2].reason
    assert set(fault_server.journal.counts.values()) == {1}
    assert len(fault_server.requests) == 2


def test_lost_answer_to_the_others_is_their_own(
    sendgrid: SendGridProvider, fault_server: FaultServer, make_message: MakeMessage
) -> None:
    """Whom SendGrid named is refused, whatever becomes of the rest."""
    refusal = error(400, "Does not contain a valid address.", "personalizations.0.to.0.email")
    fault_server.faults.extend([refusal, Fault(accepts=True)])
    results = sendgrid.send("key-1", [make_message(reader) for reader in ("anna", "bert", "carla")])
    assert [result.outcome for result in results] == [R, U, U]


@pytest.mark.parametrize("field", ["personalizations.9.to.0.email", "personalizations", "content", None])
def test_error_that_names_no_reader_of_ours_is_the_calls(
    sendgrid: SendGridProvider, fault_server: FaultServer, two: list[Message], field: str | None
) -> None:
    """It is not made again and again."""
    fault_server.faults.append(error(400, "wrong", field))
    assert failed(sendgrid, two).permanent
    assert len(fault_server.requests) == 1


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (error(429, "too many requests", retry_after="9"), timedelta(seconds=9)),
        (Fault(status=429, body=b"busy"), timedelta(minutes=1)),
    ],
)
def test_throttling_says_how_long(
    sendgrid: SendGridProvider, fault_server: FaultServer, two: list[Message], fault: Fault, wait: timedelta
) -> None:
    """A guess where SendGrid does not say."""
    fault_server.faults.append(fault)
    raised = failed(sendgrid, two)
    assert (raised.retry_after, raised.in_doubt, raised.permanent) == (wait, False, False)


@pytest.mark.parametrize(
    "fault",
    [
        error(401, "Maximum credits exceeded"),
        error(403, "The from address does not match a verified Sender Identity."),
        error(400, "Invalid address", "from.email"),
        error(400, "Invalid address", "reply_to"),
        Fault(status=404),
        Fault(status=302, headers={"location": "/"}),
    ],
)
def test_what_we_must_mend_loses_no_mail(
    sendgrid: SendGridProvider, fault_server: FaultServer, two: list[Message], fault: Fault
) -> None:
    """A key, a sender or an account that is not in order is ours to mend: the mail waits, and the setting is named."""
    fault_server.faults.append(fault)
    raised = failed(sendgrid, two)
    assert "AFTERGLOW_SENDGRID_API_KEY" in raised.remedy
    assert (raised.in_doubt, raised.permanent) == (False, False)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(accepts=True),
        Fault(accepts=True, resets=True),
        Fault(accepts=True, status=202),
        Fault(accepts=True, status=200, body=b"{}"),
        Fault(accepts=True, status=500, body=b"oops"),
    ],
)
def test_lost_answer_stays_in_doubt(
    sendgrid: SendGridProvider, fault_server: FaultServer, two: list[Message], fault: Fault
) -> None:
    """SendGrid cannot be asked: only an event, or a person, can tell."""
    fault_server.faults.append(fault)
    assert failed(sendgrid, two).in_doubt
    assert sendgrid.look_up(two[0]).outcome is U


@pytest.mark.parametrize(
    "changes",
    [
        {"to": Mailbox(address="zoë@client.example")},
        {"headers": (("X-Note", "1"), ("x-note", "2"))},
        {"headers": (("X-SG-EID", "1"),)},
        {"fields": {"first_name": "x" * 9_000}},
        {"subject": ""},
        {"html": "", "text": ""},
        {
            "attachments": [
                Attachment(content_type="application/pdf", name=f"{number}.pdf", content=bytes(8_000_000))
                for number in range(3)
            ]
        },
    ],
)
def test_what_sendgrid_cannot_carry_is_refused(
    sendgrid: SendGridProvider, fault_server: FaultServer, make_message: MakeMessage, changes: dict[str, object]
) -> None:
    """Refused with a reason before SendGrid is asked, never dropped."""
    (result,) = sendgrid.send("key-1", [make_message("anna", **changes)])
    assert (result.outcome, fault_server.requests) == (R, [])


def test_heavy_edition_still_goes_in_calls_of_thirty_megabytes(
    sendgrid: SendGridProvider, fault_server: FaultServer, make_message: MakeMessage
) -> None:
    """The text weighs once, each reader's own values beside it."""
    heavy = {"attachments": [Attachment(content_type="a/b", name="a", content=bytes(22_490_000))]}
    first = make_message("reader", fields={"first_name": "x" * 1_900}, **heavy)
    readers = [Mailbox(address=f"reader-{number}@client.example") for number in range(5)]
    messages = [replace(first, id=f"d-{reader.address[:8]}", to=reader) for reader in readers]
    outcomes = [result.outcome for result in sendgrid.send("key-1", messages)]
    assert outcomes[0] is A
    assert set(outcomes[1:]) <= {A, N}
    assert len(fault_server.requests[0].body) < 30_000_000


@pytest.mark.parametrize("text", ["", "only this"])
def test_part_that_is_empty_is_left_out(
    sendgrid: SendGridProvider, fault_server: FaultServer, make_message: MakeMessage, text: str
) -> None:
    """SendGrid takes no empty part, and no second one before the first."""
    sendgrid.send("key-1", [make_message("anna", text=slots.protect(text), html="<p>one</p>")])
    assert "text/html" in fault_server.journal.accepted[0].mail["content"]  # type: ignore[operator]  # a mapping


def test_suppressed_addresses_come_page_by_page(sendgrid: SendGridProvider, fault_server: FaultServer) -> None:
    """From each of SendGrid's lists, with what the list means."""
    fault_server.refused |= {f"reader-{number:04}@client.example" for number in range(1_001)}
    listed = list(sendgrid.suppressed(datetime(2026, 11, 1, tzinfo=UTC)))
    assert len(listed) == 1_001
    assert listed[0] == Suppressed(
        address="reader-0000@client.example",
        reason=Reason.HARD_BOUNCE,
        at=datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
        detail="550 5.1.1",
    )
    assert fault_server.requests[0].query["start_time"] == "1793491200"


def test_key_that_cannot_be_one_is_refused() -> None:
    """A key cut out with a space or a line break is said to be so."""
    with pytest.raises(SettingsError, match="AFTERGLOW_SENDGRID_API_KEY"):
        SendGridProvider("a key")
