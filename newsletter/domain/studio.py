"""The studio: who writes, and how her mail looks."""

import re
from dataclasses import dataclass

from newsletter.domain.message import Mailbox
from newsletter.errors import SettingsError

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """`timezone` is an IANA name, `country` ISO 3166-1 alpha-2, `language` a BCP 47 tag; colours are #rrggbb.

    Raises SettingsError for a colour in any other form.
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
    booking_label: str = "Book a session"
    phone: str = ""
    logo_url: str = ""
    accent: str = "#2f6f62"
    paper: str = "#fbf8f3"
    ink: str = "#2a2a28"

    def __post_init__(self) -> None:
        for name in ("accent", "paper", "ink"):
            if not _COLOUR.fullmatch(getattr(self, name)):
                raise SettingsError(
                    f"The studio's colour “{name}” is “{getattr(self, name)}”.",
                    "Write it as # and six hexadecimal digits, for example #2f6f62.",
                )
