"""An edition in SendGrid's words: one text with tags, and for each reader what takes their place.

SendGrid replaces every occurrence of a tag, in whatever it stands (its legacy substitutions). A tag is any text that we
like: ours hold a mark made from the edition, which no literal of it contains, and no value may.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count

from newsletter.domain import slots
from newsletter.domain.content import Content, Fields, html_value, one_line
from newsletter.domain.slots import Part, Slot
from newsletter.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """`_values` gives what stands for each tag; the tags of HTML, text and subject differ, as their escaping does."""

    subject: str
    html: str
    text: str
    _mark: str
    _values: Mapping[str, Callable[[Fields], str]]

    @classmethod
    def of(cls, content: Content) -> "Template":
        mark = _mark(content)
        values: dict[str, Callable[[Fields], str]] = {}
        subject = _tagged(content.subject_parts, f"{mark}.s", one_line, values)
        html = _tagged(content.html_parts, f"{mark}.h", html_value, values)
        text = _tagged(content.text_parts, f"{mark}.t", one_line, values)
        return cls(subject=subject, html=html, text=text, _mark=mark, _values=values)

    def substitutions(self, fields: Fields) -> dict[str, str]:
        """Raises InputError for a value that would itself be read as a tag."""
        written = {tag: value(fields) for tag, value in self._values.items()}
        if any(self._mark in value for value in written.values()):
            raise InputError("A value holds the mark of this edition's tags.", "Correct the reader's name.")
        return written


def _mark(content: Content) -> str:
    parts = (*content.subject_parts, *content.html_parts, *content.text_parts)
    literals = "\n".join(part if isinstance(part, str) else part.default for part in parts)
    marks = (hashlib.sha256(f"{content.digest} {number}".encode()).hexdigest()[:16] for number in count())
    return next(mark for mark in marks if mark not in literals)


def _tagged(
    parts: tuple[Part, ...], prefix: str, escape: Callable[[str], str], values: dict[str, Callable[[Fields], str]]
) -> str:
    """The text with its tags, whose values are added. The same slot may stand there with two defaults."""
    distinct = dict.fromkeys(part for part in parts if isinstance(part, Slot))
    tags = {slot: f"%{prefix}{number}%" for number, slot in enumerate(distinct)}
    values |= {tag: _value(slot, escape) for slot, tag in tags.items()}
    return "".join(part if isinstance(part, str) else tags[part] for part in parts)


def _value(slot: Slot, escape: Callable[[str], str]) -> Callable[[Fields], str]:
    return lambda fields: slots.fill((slot,), fields, escape)
