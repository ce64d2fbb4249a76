"""Personalising: an edition and one reader's fields become the texts of her mail."""

import html
import re
import unicodedata
from collections.abc import Mapping

from newsletter.domain import slots
from newsletter.domain.edition import Edition

Fields = Mapping[str, str]
_PREVIEW: Fields = {
    "first_name": "Maria",
    "confirm_url": "https://example.com/confirm",
    "preferences_url": "https://example.com/preferences",
    "unsubscribe_url": "https://example.com/unsubscribe",
    "view_url": "https://example.com/view",
}
_RISKY = re.compile(r"[^\w .,:;/?&=%#~+@'’-]")


class Personaliser:
    """Splits an edition once, then joins it per reader. Raises TemplateError for a slot that does not exist.

    Of `fields`, by slot name, a missing or empty one takes the default that stands in the edition.
    """

    def __init__(self, edition: Edition) -> None:
        self._subject = slots.split(edition.subject)
        self._html = slots.split(edition.html)
        self._text = slots.split(edition.text)

    def subject(self, fields: Fields) -> str:
        return slots.fill(self._subject, fields, one_line)

    def html(self, fields: Fields) -> str:
        return slots.fill(self._html, fields, _escaped)

    def text(self, fields: Fields) -> str:
        return slots.fill(self._text, fields, one_line)


def preview(edition: Edition) -> tuple[str, str, str]:
    """Subject, HTML and text as a reader called Maria gets them, with links that lead nowhere."""
    personaliser = Personaliser(edition)
    return personaliser.subject(_PREVIEW), personaliser.html(_PREVIEW), personaliser.text(_PREVIEW)


def one_line(value: str) -> str:
    """`value` without line breaks and control characters: it cannot begin a header, nor a line of its own."""
    if value.isascii() and value.isprintable():
        return value
    spaced = " ".join(value.split()) if not value.isprintable() else value
    return "".join(character for character in spaced if unicodedata.category(character) not in _FORBIDDEN)


_FORBIDDEN = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})


def _escaped(value: str) -> str:
    return html.escape(one_line(value))
