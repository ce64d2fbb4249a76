"""The studio: who writes, and how her mail looks."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from newsletter.domain.message import Mailbox
from newsletter.errors import SettingsError

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_FONT = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9 -]{0,40})?")  # it stands in a style attribute


class Design(StrEnum):
    """How a mail looks."""

    CALM = "calm"  # a page of a book: serif on warm paper
    FRESH = "fresh"  # a card on a tinted ground, its head in the studio's colour
    JOURNAL = "journal"  # a magazine: a name in large letters, rules, sections
    LETTER = "letter"  # as if typed by hand: no head, no pictures of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Practitioner:
    """A practitioner under whose name the mails of her sessions are written. `name` is as the sessions have it.

    `sender_name` and `reply_to` stand in place of the studio's, which the address stays; `signature` is what she signs
    with.
    """

    name: str
    sender_name: str
    signature: str
    reply_to: Mailbox | None = None

    def is_called(self, name: str) -> bool:
        """Whether that is she, however it was typed."""
        return " ".join(self.name.split()).casefold() == " ".join(name.split()).casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """`timezone` is an IANA name, `country` ISO 3166-1 alpha-2, `language` a BCP 47 tag; colours are #rrggbb.

    `booking_label` is empty for the words of each mail's language. `font` and `heading_font` name a typeface each, in
    front of those of the design; empty for the design's own.
    Raises SettingsError for a colour or a name in any other form.
    """

    name: str
    practitioner: str
    sender: Mailbox
    reply_to: Mailbox
    postal_address: str
    country: str
    language: str
    timezone: str
    website: str
    booking_url: str
    booking_label: str = ""
    phone: str = ""
    logo_url: str = ""
    accent: str = "#2f6f62"
    paper: str = "#fbf8f3"
    ink: str = "#2a2a28"
    design: Design = Design.CALM
    font: str = ""
    heading_font: str = ""
    practitioners: tuple[Practitioner, ...] = ()

    def written_by(self, name: str) -> "Studio":
        """The studio as that practitioner writes for it; itself, where she has nothing of her own."""
        found = next((each for each in self.practitioners if each.is_called(name)), None)
        if found is None:
            return self
        sender = replace(self.sender, name=found.sender_name or self.sender.name)
        return replace(self, practitioner=found.signature, sender=sender, reply_to=found.reply_to or self.reply_to)

    def signature_of(self, name: str) -> str:
        """What the practitioner of that name signs with; the studio's own, where a session names nobody."""
        writer = self.written_by(name)
        return name or self.practitioner if writer is self else writer.practitioner

    def __post_init__(self) -> None:
        for name in ("accent", "paper", "ink"):
            if not _COLOUR.fullmatch(getattr(self, name)):
                raise SettingsError(
                    f"The studio's colour “{name}” is “{getattr(self, name)}”.",
                    "Write it as # and six hexadecimal digits, for example #2f6f62.",
                )
        for name in ("font", "heading_font"):
            if not _FONT.fullmatch(getattr(self, name)):
                raise SettingsError(
                    f"The studio's setting “{name}” is “{getattr(self, name)}”.",
                    "Write the name of one typeface in plain letters, for example Verdana.",
                )
