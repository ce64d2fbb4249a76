"""Attachments as parts of a mail: checked, and written as MIME (RFC 2183, RFC 2387) or as base64 for an API."""

import binascii
import re
from base64 import b64encode
from functools import lru_cache
from urllib.parse import quote

from newsletter.domain.attachment import Attachment
from newsletter.errors import InputError

_CONTENT_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")
_COMPOSITE = ("multipart/", "message/")
_CONTENT_ID = re.compile(r"[A-Za-z0-9._-]{1,64}(@[A-Za-z0-9.-]{1,64})?")
_UNSAFE_IN_NAME = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"\\/:*?<>|]')  # no controls, no paths
_LONGEST_NAME = 100
_LINE_BYTES = 57  # 76 characters of base64 (RFC 2045 section 6.8)


@lru_cache(maxsize=64)
def require_attachable(attachments: tuple[Attachment, ...]) -> None:
    """Raises InputError, naming the file, for what no mail can carry."""
    for attachment in attachments:
        _require_name(attachment.name)
        if not _CONTENT_TYPE.fullmatch(attachment.content_type) or attachment.content_type.startswith(_COMPOSITE):
            raise InputError(f"The attachment {attachment.name} has no content type.", "Write it like image/png.")
        if attachment.content_id is not None and not _CONTENT_ID.fullmatch(attachment.content_id):
            raise InputError(
                f"The image {attachment.name} has no content id.", "Use letters, digits, dots and hyphens."
            )
        if not attachment.content:
            raise InputError(f"The attachment {attachment.name} is empty.", "Attach the file again.")
    ids = [attachment.content_id for attachment in attachments if attachment.content_id is not None]
    if len(set(ids)) < len(ids):
        raise InputError("Two images have the same content id.", "Give each its own.")


def require_none(service: str, attachments: tuple[Attachment, ...], *, inline: bool = True) -> None:
    """Raises InputError for a service that carries no attachments; with `inline`, images within the mail alone."""
    for attachment in attachments:
        if attachment.is_inline or not inline:
            what = "images within a mail" if attachment.is_inline else "attachments"
            raise InputError(f"{service} carries no {what}: {attachment.name}.", "Link to it instead.")


@lru_cache(maxsize=8)
def base64_of(attachment: Attachment) -> str:
    """In one line, as JSON APIs take it: made once for all readers."""
    return b64encode(attachment.content).decode("ascii")


@lru_cache(maxsize=8)
def part(attachment: Attachment) -> bytes:
    """From the line end after its delimiter to the one before the next, which belongs to that delimiter."""
    head = [
        f"Content-Type: {attachment.content_type}",
        "Content-Transfer-Encoding: base64",
        f"Content-Disposition: {'inline' if attachment.is_inline else 'attachment'}; {_file_name(attachment.name)}",
    ]
    if attachment.content_id is not None:
        head.append(f"Content-ID: <{attachment.content_id}>")
    content = attachment.content
    lines = [
        binascii.b2a_base64(content[start : start + _LINE_BYTES], newline=False)
        for start in range(0, len(content), _LINE_BYTES)
    ]
    return b"\r\n".join([b"", "\r\n".join(head).encode("ascii"), b"", *lines, b""])


def _file_name(name: str) -> str:
    """The parameter of Content-Disposition; a name beyond ASCII as RFC 2231 writes it, on a line of its own."""
    return f'filename="{name}"' if name.isascii() else f"\r\n filename*=utf-8''{quote(name, safe='')}"


def _require_name(name: str) -> None:
    if not name or len(name) > _LONGEST_NAME or _UNSAFE_IN_NAME.search(name):
        raise InputError(f"The attachment {name!r} has no name that a file could have.", "Rename it, like notes.pdf.")
