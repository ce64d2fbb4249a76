"""A message becomes one exact, deterministic mail."""

import dataclasses
import re
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.domain.content import Content
from newsletter.domain.message import Mailbox, Message
from newsletter.errors import InputError
from newsletter.rendering.mime import ascii_address, encode, is_international
from subscribers.consent import Stream

MESSAGE = Message(
    id="d-41",
    stream=Stream.MARKETING,
    sender=Mailbox(address="mara@studio.example", name="Mara Lind"),
    to=Mailbox(address="anna@client.example", name="Anna"),
    content=Content.literal(subject="After your session", html="<p>Rest.</p>\n", text="Rest.\n"),
    fields={},
    date=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
    reply_to=Mailbox(address="hello@studio.example"),
    headers=(
        ("List-Unsubscribe", "<https://studio.example/u/" + "t" * 90 + ">"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ),
)
HEADER_TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=120)
BODY = st.text(st.one_of(st.sampled_from(" \t\r\n.=-From"), st.characters(exclude_categories=["Cs"])), max_size=300)


def changed(**fields: object) -> Message:
    """The message with other fields; its texts are given as they shall be read."""
    texts = {name: str(fields.pop(name, getattr(MESSAGE, name))) for name in ("subject", "html", "text")}
    return dataclasses.replace(MESSAGE, content=Content.literal(**texts), **fields)  # type: ignore[arg-type]  # by name


def parsed(message: Message) -> EmailMessage:
    mail = message_from_bytes(encode(message), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    assert not mail.defects
    return mail


def body(mail: EmailMessage, position: int) -> str:
    part = mail.get_payload(position)
    assert isinstance(part, EmailMessage)
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode()


def normal(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


def read_mailbox(header: str) -> tuple[str, str]:
    """As RFC 2047 says; policy.default of Python 3.11 puts a space between two encoded words of a name."""
    name, address = parseaddr(header.replace("\r\n", ""))
    return str(make_header(decode_header(name))), address


def header_lines(message: Message) -> list[str]:
    return encode(message).partition(b"\r\n\r\n")[0].decode().split("\r\n")


@given(subject=HEADER_TEXT)
@example(subject="Why am I crying after a massage? Understanding emotional release and what helps you most")
@example(subject="a" * 70)
@example(subject="=?utf-8?q?not_ours?=")
@example(subject=" two  spaces ")
def test_subject_arrives_exactly(subject: str) -> None:
    """Any subject without control characters is read back as it was written."""
    assert parsed(changed(subject=subject))["Subject"] == subject


@given(name=HEADER_TEXT)
@example(name='Lind, Mara "M" \\ LMT')
@example(name="Zoë 🙂 Müller-Þórsdóttir der lange Name, der auf keine einzelne Zeile passt, wirklich nicht")
def test_names_arrive_exactly(name: str) -> None:
    """Any display name without control characters is read back as it was written, in every role."""
    mailbox = Mailbox(address="a@c.example", name=name)
    mail = message_from_bytes(encode(changed(sender=mailbox, to=mailbox, reply_to=mailbox)), policy=policy.compat32)
    for field in ("From", "To", "Reply-To"):
        assert read_mailbox(mail[field]) == (name, "a@c.example")


def test_ordinary_names_arrive_exactly_for_the_modern_parser() -> None:
    """The parser of email.policy.default agrees, for names of one encoded word."""
    for name in ("Anna", "Dr. Zoë Müller", 'Lind, Mara "M" \\ LMT', "山田 花子"):
        (mailbox,) = parsed(changed(to=Mailbox(address="a@c.example", name=name)))["To"].addresses
        assert mailbox.display_name == name


@given(text=BODY, html=BODY)
@example(text="a \n\t\n.\n..\nFrom me\nFrom From \n--=_d-41--\r", html="é" * 200 + "=\r\r\n")
def test_bodies_arrive_exactly(text: str, html: str) -> None:
    """Both bodies are read back as they were, but for the ends of their lines."""
    mail = parsed(changed(text=text, html=html))
    assert body(mail, 0) == normal(text)
    assert body(mail, 1) == normal(html)


@given(subject=HEADER_TEXT, name=HEADER_TEXT, text=BODY)
def test_every_line_is_short(subject: str, name: str, text: str) -> None:
    """No line but those never folded is longer than 76, and every line ends with CRLF."""
    data = encode(changed(subject=subject, text=text, to=Mailbox(address="a@c.example", name=name), headers=()))
    assert max(len(line) for line in data.split(b"\r\n")) <= 76
    assert data.count(b"\n") == data.count(b"\r") == data.count(b"\r\n")


@given(subject=HEADER_TEXT)
def test_encoded_words_hold_whole_characters(subject: str) -> None:
    """No encoded word ends within a character: each can be decoded by itself."""
    header = "\n".join(header_lines(changed(subject=f"é{subject}")))
    for word in re.findall(r"=\?utf-8\?[bq]\?[^?\s]*\?=", header):
        mail = message_from_bytes(f"Subject: {word}\r\n\r\n".encode(), policy=policy.default)
        assert "\ufffd" not in mail["Subject"] or "\ufffd" in subject


def test_text_comes_before_html() -> None:
    """The richest alternative is the last (RFC 2046, section 5.1.4)."""
    types = [part.get_content_type() for part in parsed(MESSAGE).iter_parts()]
    assert types == ["text/plain", "text/html"]


def test_same_message_gives_same_bytes() -> None:
    """The mail depends on its message alone."""
    assert encode(MESSAGE) == encode(dataclasses.replace(MESSAGE))


def test_date_and_message_id_are_the_messages() -> None:
    """Date and Message-ID come from the message, in UTC whatever its zone."""
    mail = parsed(changed(date=MESSAGE.date.astimezone(timezone(timedelta(hours=-5)))))
    assert mail["Date"] == "Sun, 22 Nov 2026 09:30:00 +0000"
    assert mail["Message-ID"] == MESSAGE.message_id == "<d-41@studio.example>"


def test_unsubscribe_header_is_never_folded() -> None:
    """List-Unsubscribe stands on one line, however long its address."""
    name, value = MESSAGE.headers[0]
    assert f"{name}: {value}" in header_lines(MESSAGE)


def test_international_domains_travel_as_ascii() -> None:
    """A domain beyond ASCII is written as IDNA 2008 has it, in every header."""
    mail = parsed(changed(sender=Mailbox(address="mara@straße.example", name="Mara")))
    assert mail["From"].addresses[0].addr_spec == "mara@xn--strae-oqa.example"
    assert mail["Message-ID"] == "<d-41@xn--strae-oqa.example>"


def test_name_before_an_address_is_encoded_in_other_headers() -> None:
    """A studio's name in List-Id may have accents; the identifier stays readable."""
    mail = parsed(changed(headers=(("List-Id", '"Zoë Studio" <news.studio.example>'),)))
    assert mail["List-Id"] == "Zoë Studio <news.studio.example>"


def test_letters_beyond_ascii_before_the_at_need_smtputf8() -> None:
    """Only the part before the @ asks for SMTPUTF8; a domain never does."""
    assert is_international(changed(to=Mailbox(address="zoë@c.example")))
    assert not is_international(changed(to=Mailbox(address="zoe@bücher.example")))


def test_impossible_domain_is_named() -> None:
    """A domain that no IDNA allows is refused with its name."""
    with pytest.raises(InputError, match="❤"):
        ascii_address("a@❤.example")


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\x00", "\x0b", "\x85", "\u2028", "\ud800"])
@pytest.mark.parametrize(
    "forge",
    [
        lambda evil: changed(subject=evil),
        lambda evil: changed(sender=Mailbox(address="m@s.example", name=evil)),
        lambda evil: changed(to=Mailbox(address="a@c.example", name=evil)),
        lambda evil: changed(reply_to=Mailbox(address=evil)),
        lambda evil: changed(to=Mailbox(address=f"{evil}@c.example")),
        lambda evil: changed(headers=(("X-Note", evil),)),
        lambda evil: changed(headers=((evil, "x"),)),
        lambda evil: changed(id=evil),
    ],
)
def test_no_value_can_forge_a_header(forge: object, break_: str) -> None:
    """A line break or control character in any value of the head is refused, never written."""
    assert callable(forge)
    with pytest.raises(InputError):
        encode(forge(f"x{break_}Bcc: all@evil.example"))


@pytest.mark.parametrize(
    "fields",
    [
        {"headers": (("Subject", "again"),)},
        {"headers": (("Content-Type", "text/html"),)},
        {"headers": (("bcc", "b@c.example"),)},
        {"headers": (("Bad Name", "x"),)},
        {"headers": (("List-Id", "<zoë.example>"),)},
        {"headers": (("X-Long", "x" * 1000),)},
        {"to": Mailbox(address="anna, bert@c.example")},
        {"to": Mailbox(address="no-at")},
        {"to": Mailbox(address="a" * 250 + "@c.example")},
        {"id": "a/b"},
        {"id": ""},
        {"text": "\ud83d"},
    ],
)
def test_what_no_mail_may_hold_is_refused(fields: dict[str, object]) -> None:
    """Headers of our own, unreadable names, broken addresses and ids are refused."""
    with pytest.raises(InputError):
        encode(changed(**fields))
