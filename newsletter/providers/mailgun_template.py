"""An edition in Mailgun's words: one template and, for each reader, the variables that fill it.

Mailgun reads `%recipient.name%` wherever it stands, and documents no way to write one that is not read. So what is
literal must not look like one: in HTML its `%` becomes `&#37;`, in plain text an invisible word joiner follows it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from newsletter.domain.content import Content, html_value, one_line
from newsletter.domain.mailing import Column, Mailing
from newsletter.domain.slots import Part, Slot
from newsletter.rendering.columns import filled

# %recipient.x%, %recipient_email%, %unsubscribe_url%, %tag_unsubscribe_url%, %mailing_list_unsubscribe_url%
_READ_BY_MAILGUN = re.compile(r"%(?=recipient|unsubscribe|tag_unsubscribe|mailing_list)", re.IGNORECASE)
# Before a variable, a bare % would become part of it.
_READ_BEFORE_A_VARIABLE = re.compile(f"{_READ_BY_MAILGUN.pattern}|%$", re.IGNORECASE)
_HTML_PERCENT = "&#37;"
_PLAIN_PERCENT = "%\N{WORD JOINER}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """`texts` are subject, text and html in UTF-8, by the names of their fields."""

    texts: tuple[tuple[str, bytes], ...]
    _parts: tuple["_Text", ...]

    @classmethod
    def of(cls, content: Content) -> "Template":
        parts = (
            _Text(kind="subject", parts=content.subject_parts, percent=_PLAIN_PERCENT, escape=one_line),
            _Text(kind="text", parts=content.text_parts, percent=_PLAIN_PERCENT, escape=one_line),
            _Text(kind="html", parts=content.html_parts, percent=_HTML_PERCENT, escape=html_value),
        )
        return cls(texts=tuple((each.kind, each.written().encode()) for each in parts), _parts=parts)

    def columns(self, mailing: Mailing) -> dict[str, Column]:
        """What stands for each reader in the template, by variable: each slot in each of its forms has one."""
        return {name: column for part in self._parts for name, column in part.columns(mailing)}


@lru_cache(maxsize=8)
def template_of(content: Content) -> Template:
    """The same object for every call that carries this content."""
    return Template.of(content)


def is_read_by_mailgun(text: str) -> bool:
    return _READ_BY_MAILGUN.search(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """One of the three texts: how its literals write a `%`, and how its values are escaped."""

    kind: str
    parts: tuple[Part, ...]
    percent: str
    escape: Callable[[str], str]

    def written(self) -> str:
        """The literals, with a variable between each two: a text begins and ends with a literal."""
        names = {slot: name for name, slot in self._slots().items()}
        *inner, last = self.parts
        pieces = [self._literal(part) if isinstance(part, str) else f"%recipient.{names[part]}%" for part in inner]
        return "".join(pieces) + _READ_BY_MAILGUN.sub(self.percent, str(last))

    def columns(self, mailing: Mailing) -> Iterator[tuple[str, Column]]:
        for name, slot in self._slots().items():
            values = filled(mailing, slot, self.escape)
            yield name, list(map(self._literal, values)) if "%" in "".join(values) else values

    def _slots(self) -> dict[str, Slot]:
        """Each slot once, by the name of its variable: the same slot may have two defaults."""
        distinct = dict.fromkeys(part for part in self.parts if isinstance(part, Slot))
        return {f"{self.kind}_{number}_{slot.name}": slot for number, slot in enumerate(distinct)}

    def _literal(self, text: str) -> str:
        return _READ_BEFORE_A_VARIABLE.sub(self.percent, text)
