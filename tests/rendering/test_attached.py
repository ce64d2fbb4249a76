"""Attachments: what a mail carries comes out byte for byte, and what it cannot carry is refused by name."""

from base64 import b64decode
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.attachment import Attachment
from newsletter.domain.content import Content
from newsletter.domain.message import Mailbox, Message
from newsletter.errors import InputError
from newsletter.rendering.attached import base64_of, require_none
from newsletter.rendering.mime import encode, require_sendable
from subscribers.consent import Stream

TEXTS = Content.literal(subject="Rest", html='<img src="cid:a">', text="Rest well.")
PICTURE = Attachment(content_type="image/png", name="a.png", content=b"\x89PNG", content_id="a")
NOTES = Attachment(content_type="application/pdf", name="notes.pdf", content=b"%PDF")


def mail(*attachments: Attachment, id: str = "d-1") -> Message:
    return Message(
        id=id,
        stream=Stream.CARE,
        sender=Mailbox(address="mara@studio.example"),
        to=Mailbox(address="anna@client.example"),
        content=TEXTS.carrying(*attachments),
        fields={},
        date=datetime(2026, 11, 22, tzinfo=UTC),
    )


def parsed(message: Message) -> EmailMessage:
    return message_from_bytes(encode(message), policy=policy.default)


def outline(part: EmailMessage) -> object:
    """Content types, in lists where parts hold parts."""
    kind = part.get_content_type()
    return [kind, *map(outline, part.iter_parts())] if part.is_multipart() else kind  # type: ignore[arg-type]  # as parsed


ALTERNATIVE = ["multipart/alternative", "text/plain", "text/html"]


@pytest.mark.parametrize(
    ("attachments", "expected"),
    [
        ((), ALTERNATIVE),
        ((PICTURE,), ["multipart/related", ALTERNATIVE, "image/png"]),
        ((NOTES,), ["multipart/mixed", ALTERNATIVE, "application/pdf"]),
        (
            (NOTES, PICTURE),
            ["multipart/mixed", ["multipart/related", ALTERNATIVE, "image/png"], "application/pdf"],
        ),
    ],
)
def test_images_stand_beside_the_texts_and_files_beside_the_mail(
    attachments: tuple[Attachment, ...], expected: object
) -> None:
    """So that every mail program shows the ones and lists the others."""
    assert outline(parsed(mail(*attachments))) == expected


NAMES = st.text(min_size=1, max_size=40).filter(lambda name: all(each.isalnum() or each in " ._-()" for each in name))
CONTENTS = st.binary(min_size=1, max_size=200) | st.sampled_from([b"--=_d-1\r\n", b"--=_:m:d-1--\r\n.\r\nFrom x"])
FILES = st.builds(
    Attachment,
    content_type=st.sampled_from(["image/png", "application/pdf", "text/calendar", "text/plain"]),
    name=NAMES.map(str.strip).filter(bool),
    content=CONTENTS,
    content_id=st.none(),
)


@given(files=st.lists(FILES, max_size=4), id=st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True))
def test_every_file_comes_out_as_it_went_in(files: list[Attachment], id: str) -> None:
    """Whatever it holds, whatever its name and the mail's id; and no line is longer than a mail allows."""
    written = encode(mail(*files, PICTURE, id=id))
    found = [part for part in message_from_bytes(written, policy=policy.default).walk() if part.get_filename()]
    assert [(part.get_filename(), part.get_payload(decode=True)) for part in found] == [
        *((PICTURE.name, PICTURE.content),),
        *((file.name, file.content) for file in files),
    ]
    assert max(map(len, written.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "no name"),
        ({"name": "../../etc/passwd"}, "no name"),
        ({"name": 'a"; x="b'}, "no name"),
        ({"name": "a\r\nBcc: all@evil.example"}, "no name"),
        ({"name": "x" * 101}, "no name"),
        ({"content_type": "image"}, "content type"),
        ({"content_type": "image/png\r\nBcc: x"}, "content type"),
        ({"content_type": "multipart/mixed"}, "content type"),
        ({"content_type": "image/png; x=y"}, "content type"),
        ({"content_id": ""}, "content id"),
        ({"content_id": "a>\r\nBcc: x"}, "content id"),
        ({"content": b""}, "empty"),
    ],
)
def test_what_no_mail_can_carry_is_refused(wrong: dict[str, object], said: str) -> None:
    """Nothing of an attachment can forge a header, and the message says which one it is."""
    given = {"content_type": "image/png", "name": "a.png", "content": b"x", "content_id": "a"} | wrong
    message = mail(Attachment(**given))  # type: ignore[arg-type]  # by name
    for check in (encode, require_sendable):
        with pytest.raises(InputError, match=said):
            check(message)


def test_two_images_of_one_id_are_refused() -> None:
    """Nobody could tell which is meant."""
    with pytest.raises(InputError, match="same content id"):
        encode(mail(PICTURE, PICTURE))


def test_content_with_attachments_is_another_content() -> None:
    """Its digest says so: calls, caches and payload hashes go by it."""
    digests = {TEXTS.digest, *(TEXTS.carrying(*each).digest for each in ((PICTURE,), (NOTES,), (PICTURE, NOTES)))}
    assert len(digests) == 4
    assert TEXTS.carrying(PICTURE) == TEXTS.carrying(PICTURE)


def test_attachment_is_encoded_once_for_all_readers() -> None:
    """A call to a thousand readers holds one string, not a thousand."""
    assert base64_of(NOTES) is base64_of(NOTES)
    assert b64decode(base64_of(NOTES)) == NOTES.content


def test_service_without_images_or_without_files_says_so() -> None:
    """By name, and with what to do instead."""
    require_none("Service", (NOTES,))
    with pytest.raises(InputError, match=r"no images within a mail: a\.png"):
        require_none("Service", (NOTES, PICTURE))
    with pytest.raises(InputError, match=r"no attachments: notes\.pdf"):
        require_none("Service", (NOTES, PICTURE), inline=False)
