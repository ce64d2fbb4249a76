"""A form as multipart/form-data (RFC 7578): every value stands there as it is, and nothing needs to be escaped."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

Field = tuple[str, bytes]  # a name of ASCII without line breaks, and its value


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A field that holds a file; its name and content type are without line breaks and quotation marks."""

    field: str
    name: str
    content_type: str
    content: bytes


def write(fields: Sequence[Field], files: Sequence[File] = ()) -> tuple[str, bytes]:
    """The Content-Type and the body, under a boundary that occurs in no value; the same fields make the same bytes."""
    values = [*(value for _, value in fields), *(file.content for file in files)]
    boundary = next(each for each in map(_boundary, count()) if not any(each in value for value in values))
    pieces: list[bytes] = []
    for name, value in fields:
        quoted = name.replace('"', "%22").encode("ascii")
        pieces += (b"--", boundary, b'\r\nContent-Disposition: form-data; name="', quoted, b'"\r\n\r\n', value, b"\r\n")
    for file in files:
        head = f'; name="{file.field}"; filename="{file.name}"\r\nContent-Type: {file.content_type}\r\n\r\n'.encode()
        pieces += (b"--", boundary, b"\r\nContent-Disposition: form-data", head, file.content, b"\r\n")
    pieces += (b"--", boundary, b"--\r\n")
    return f"multipart/form-data; boundary={boundary.decode()}", b"".join(pieces)


def _boundary(number: int) -> bytes:
    """At most 70 characters (RFC 2046). So many of a rare one are quickly looked for."""
    return b"%b%d" % (b"_" * 40, number)
