"""A mail as its reader's program shows it, read from what each service was handed."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any, cast

Mail = Mapping[str, Any]
HEADERS = ("List-Id", "List-Unsubscribe", "List-Unsubscribe-Post")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    name: str
    content_type: str
    content: bytes
    content_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """`headers` are those of HEADERS."""

    sender: tuple[str, str]
    to: tuple[str, str]
    reply_to: tuple[str, str]
    subject: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...]
    attached: tuple[Attached, ...] = ()


def decoded(text: str) -> str:
    return str(make_header(decode_header(text)))


def mailbox(written: str) -> tuple[str, str]:
    name, address = parseaddr(written.replace("\r\n", ""))
    return decoded(name), address


def from_mail(content: bytes) -> Arrived:
    mail = message_from_bytes(content, policy=policy.default)
    raw = message_from_bytes(content, policy=policy.compat32)
    files = [part for part in mail.walk() if part.get_content_disposition() is not None]
    return Arrived(
        sender=mailbox(raw["From"]),
        to=mailbox(raw["To"]),
        reply_to=mailbox(raw["Reply-To"]),
        subject=mail["Subject"],
        text=_body(mail, "plain"),
        html=_body(mail, "html"),
        headers=tuple((name, raw[name]) for name in HEADERS),
        attached=tuple(
            Attached(
                name=part.get_filename() or "",
                content_type=part.get_content_type(),
                content=cast(bytes, part.get_payload(decode=True)),
                content_id=part["Content-ID"].strip("<>") if part["Content-ID"] else None,
            )
            for part in files
        ),
    )


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return cast(bytes, part.get_payload(decode=True)).decode()


def from_postmark(mail: Mail) -> Arrived:
    headers = {header["Name"]: header["Value"] for header in mail["Headers"]}
    return Arrived(
        sender=mailbox(mail["From"]),
        to=mailbox(mail["To"]),
        reply_to=mailbox(mail["ReplyTo"]),
        subject=mail["Subject"],
        text=mail["TextBody"],
        html=mail["HtmlBody"],
        headers=_headers(headers),
        attached=tuple(
            Attached(
                name=each["Name"],
                content_type=each["ContentType"],
                content=b64decode(each["Content"]),
                content_id=each["ContentID"].removeprefix("cid:") if "ContentID" in each else None,
            )
            for each in mail.get("Attachments", [])
        ),
    )


def from_mailgun(mail: Mail) -> Arrived:
    return Arrived(
        sender=mailbox(mail["from"]),
        to=mailbox(mail["to"]),
        reply_to=mailbox(mail["h:Reply-To"]),
        subject=mail["subject"],
        text=mail["text"],
        html=mail["html"],
        headers=tuple((name, mail[f"h:{name}"]) for name in HEADERS),
        attached=tuple(
            Attached(
                # Mailgun shows an image by its file name, and has no other id for it.
                name=next(each.name for each in (PICTURE, NOTES) if name in (each.name, each.content_id)),
                content_type=content_type,
                content=content,
                content_id=name if kind == "inline" else None,
            )
            for kind, name, content_type, content in mail.get("files", [])
        ),
    )


def from_resend(mail: Mail) -> Arrived:
    return Arrived(
        sender=mailbox(mail["from"]),
        to=mailbox(mail["to"][0]),
        reply_to=mailbox(mail["reply_to"][0]),
        subject=mail["subject"],
        text=mail["text"],
        html=mail["html"],
        headers=_headers(mail["headers"]),
        attached=tuple(
            Attached(
                name=each["filename"],
                content_type=each["content_type"],
                content=b64decode(each["content"]),
                content_id=each.get("content_id"),
            )
            for each in mail.get("attachments", [])
        ),
    )


def from_brevo(mail: Mail) -> Arrived:
    return Arrived(
        sender=_pair(mail["sender"]),
        to=_pair(mail["to"][0]),
        reply_to=_pair(mail["replyTo"]),
        subject=mail["subject"],
        text=mail["textContent"],
        html=mail["htmlContent"],
        headers=_headers(mail["headers"]),
        attached=tuple(
            # Brevo takes no type: it goes by the ending of the name.
            Attached(name=each["name"], content_type="application/pdf", content=b64decode(each["content"]))
            for each in mail.get("attachment", [])
        ),
    )


def from_sendgrid(mail: Mail) -> Arrived:
    return Arrived(
        sender=_pair(mail["from"]),
        to=_pair(mail["to"][0]),
        reply_to=_pair(mail["reply_to"]),
        subject=mail["subject"],
        text=mail["content"]["text/plain"],
        html=mail["content"]["text/html"],
        headers=_headers(mail["headers"]),
        attached=tuple(
            Attached(
                name=each["filename"],
                content_type=each["type"],
                content=b64decode(each["content"]),
                content_id=each["content_id"] if each["disposition"] == "inline" else None,
            )
            for each in mail.get("attachments", [])
        ),
    )


def from_mailjet(mail: Mail) -> Arrived:
    """Its List-Id is Mailjet's own."""
    files = [*mail.get("Attachments", []), *mail.get("InlinedAttachments", [])]
    return Arrived(
        sender=_pair(mail["From"]),
        to=_pair(mail["To"][0]),
        reply_to=_pair(mail["ReplyTo"]),
        subject=mail["Subject"],
        text=mail["TextPart"],
        html=mail["HTMLPart"],
        headers=_headers(mail["Headers"]),
        attached=tuple(
            Attached(
                name=each["Filename"],
                content_type=each["ContentType"],
                content=b64decode(each["Base64Content"]),
                content_id=each.get("ContentID"),
            )
            for each in files
        ),
    )


def _headers(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, headers[name]) for name in HEADERS if name in headers)


def _pair(written: Mapping[str, str]) -> tuple[str, str]:
    """A mailbox in two fields; a name in quotation marks is written so into the header, and read without them."""
    folded = {name.lower(): value for name, value in written.items()}
    return decoded(mailbox(f"{folded.get('name', '')} <x@y>")[0] or folded.get("name", "")), folded["email"]


PICTURE = Attached(
    name="Lavendel für Zoë.png", content_type="image/png", content=b"\x89PNG\r\n\x1a\n" * 9, content_id="lavender"
)
NOTES = Attached(
    name="Übungen, 山 & co.pdf", content_type="application/pdf", content=b"%PDF-1.7 =_" + bytes(range(256))
)
