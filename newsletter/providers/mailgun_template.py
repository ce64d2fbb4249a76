"""An edition in Mailgun's words: one template and, for each reader, the variables that fill it.

Mailgun reads `%recipient.name%` wherever it stands, and documents no way to write one that is not read. So what is
literal must not look like one: in HTML its `%` becomes `&#37;`, in plain text an invisible word joiner follows it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from newsletter.domain import slots
from newsletter.domain.content import Content, Fields, html_value, one_line
from newsletter.domain.slots import Part, Slot

# %recipient.x%, %recipient_email%, %unsubscribe_url%, %tag_unsubscribe_url%, %mailing_list_unsubscribe_url%
_READ_BY_MAILGUN = re.compile(r"%(?=recipient|unsubscribe|tag_unsubscribe|mailing_list)", re.IGNORECASE)
# Before a variable, a bare % would become part of it.
_READ_BEFORE_A_VARIABLE = re.compile(f"{_READ_BY_MAILGUN.pattern}|%$", re.IGNORECASE)
_HTML_PERCENT = "&#37;"
_PLAIN_PERCENT = "%\N{WORD JOINER}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """`form` holds subject, text and html, urlencoded; `_variables` gives each slot in each of its forms a name."""

    form: str
    _variables: Mapping[str, Callable[[Fields], str]]

    @classmethod
    def of(cls, content: Content) -> "Template":
        subject = _Text(kind="subject", parts=content.subject_parts, percent=_PLAIN_PERCENT, escape=one_line)
        text = _Text(kind="text", parts=content.text_parts, percent=_PLAIN_PERCENT, escape=one_line)
        html = _Text(kind="html", parts=content.html_parts, percent=_HTML_PERCENT, escape=html_value)
        written = {each.kind: each.written() for each in (subject, text, html)}
        return cls(form=urlencode(written), _variables=subject.variables() | text.variables() | html.variables())

    def values(self, fields: Fields) -> dict[str, str]:
        """What stands for one reader in the template, by variable."""
        return {name: value(fields) for name, value in self._variables.items()}


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

    def variables(self) -> dict[str, Callable[[Fields], str]]:
        return {name: self._value_of(slot) for name, slot in self._slots().items()}

    def _slots(self) -> dict[str, Slot]:
        """Each slot once, by the name of its variable: the same slot may have two defaults."""
        distinct = dict.fromkeys(part for part in self.parts if isinstance(part, Slot))
        return {f"{self.kind}_{number}_{slot.name}": slot for number, slot in enumerate(distinct)}

    def _literal(self, text: str) -> str:
        return _READ_BEFORE_A_VARIABLE.sub(self.percent, text)

    def _value_of(self, slot: Slot) -> Callable[[Fields], str]:
        return lambda fields: self._literal(slots.fill((slot,), fields, self.escape))
