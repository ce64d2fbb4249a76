"""Content: the texts of an edition split once, to be joined for each reader."""

import hashlib
import html
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from newsletter.domain import slots
from newsletter.domain.attachment import Attachment
from newsletter.domain.edition import Edition
from newsletter.domain.slots import Part

Fields = Mapping[str, str]
_FORBIDDEN = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Content:
    """The parts of the three texts: literal strings, and the slots between them. `digest` names the content: those of
    the same digest are equal.

    Of a reader's `fields`, by slot name, a missing or empty one takes the default that stands in the edition.
    """

    subject_parts: tuple[Part, ...] = field(compare=False)
    html_parts: tuple[Part, ...] = field(compare=False)
    text_parts: tuple[Part, ...] = field(compare=False)
    digest: str
    attachments: tuple[Attachment, ...] = field(default=(), compare=False)

    @classmethod
    def of(cls, edition: Edition) -> "Content":
        """Raises TemplateError for a slot that does not exist."""
        subject, html, text = map(slots.split, (edition.subject, edition.html, edition.text))
        return cls(subject, html, text, edition.digest)

    @classmethod
    def literal(cls, *, subject: str, html: str, text: str) -> "Content":
        """Texts without slots."""
        digest = hashlib.sha256(repr((subject, html, text)).encode()).hexdigest()
        return cls((subject,), (html,), (text,), digest)

    def carrying(self, *attachments: Attachment) -> "Content":
        """The same texts with these attachments, and a digest of its own."""
        digest = hashlib.sha256(repr((self.digest, attachments)).encode()).hexdigest()
        return replace(self, attachments=attachments, digest=digest)

    def subject(self, fields: Fields) -> str:
        return slots.fill(self.subject_parts, fields, one_line)

    def html(self, fields: Fields) -> str:
        return slots.fill(self.html_parts, fields, html_value)

    def text(self, fields: Fields) -> str:
        return slots.fill(self.text_parts, fields, one_line)


def one_line(value: str) -> str:
    """`value` without line breaks and control characters: it cannot begin a header, nor a line of its own."""
    if value.isascii() and value.isprintable():
        return value
    spaced = " ".join(value.split()) if not value.isprintable() else value
    return "".join(character for character in spaced if unicodedata.category(character) not in _FORBIDDEN)


def html_value(value: str) -> str:
    """`value` as it may stand in an HTML text or attribute."""
    return html.escape(one_line(value))
