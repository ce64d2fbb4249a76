"""The body of a mail (RFC 2046): two texts to choose from, the images that they show, the files beside them."""

import binascii

from newsletter.domain.message import Message
from newsletter.errors import InputError
from newsletter.rendering import attached


def body(message: Message) -> tuple[str, tuple[bytes, ...]]:
    """Its Content-Type, and the pieces that follow the line end after its head."""
    return _with_attachments(message) if message.attachments else _alternative(message)


def utf8(name: str, text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"The {name} part holds half a character.", "Read its source in the right encoding."
        ) from error


def _alternative(message: Message) -> tuple[str, tuple[bytes, ...]]:
    # RFC 2045 section 6.7: "=_" can never occur in quoted-printable, so no body can hold the boundary.
    boundary = f"=_{message.id}"
    return f'multipart/alternative; boundary="{boundary}"', _multipart(
        boundary, _part("plain", message.text), _part("html", message.html)
    )


def _with_attachments(message: Message) -> tuple[str, tuple[bytes, ...]]:
    """Files beside the whole mail (mixed), images beside the texts that show them (related, RFC 2387).

    No base64 holds "=_" either, nor any id of ours a colon.
    """
    images = [attached.part(each) for each in message.attachments if each.is_inline]
    files = [attached.part(each) for each in message.attachments if not each.is_inline]
    content_type, pieces = _alternative(message)
    for kind, parts in (("related", images), ("mixed", files)):
        if parts:
            boundary = f"=_:{kind[0]}:{message.id}"
            root = b"".join((b"\r\n", f"Content-Type: {content_type}\r\n".encode(), *pieces))
            parameter = '; type="multipart/alternative"' if kind == "related" else ""
            content_type, pieces = (
                f'multipart/{kind}; boundary="{boundary}"{parameter}',
                _multipart(boundary, root, *parts),
            )
    return content_type, pieces


def _multipart(boundary: str, *parts: bytes) -> tuple[bytes, ...]:
    """Parts between their delimiters; each begins with a line end and ends with one."""
    delimiter = f"--{boundary}".encode()
    pieces = [piece for part in parts for piece in (delimiter, part)]
    return (b"\r\n", *pieces, delimiter, b"--\r\n")


def _part(subtype: str, text: str) -> bytes:
    """One part from the line end after its delimiter to the one before the next, which belongs to that delimiter."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n") + "\n"
    quoted = (
        f"\nContent-Type: text/{subtype}; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n".encode()
        + binascii.b2a_qp(utf8(subtype, lines))
    ).replace(b"\n", b"\r\n")
    # Relays that keep mail in mbox files turn "From " at a line's start into ">From ", which would break DKIM.
    return quoted.replace(b"\r\nFrom ", b"\r\nF=\r\nrom ")
