"""An edition: an issue or a care step composed once, frozen, and told apart by its hash."""

import hashlib
import json
from dataclasses import dataclass

from subscribers.consent import Stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What every reader gets, but for the slots (see newsletter.domain.slots) in each of its texts.

    `html` is a whole document; `text` is the plain-text part; `language` is a BCP 47 tag. `links` are what the numbered
    links of a tracked edition stand for, the first being number 1 (see newsletter.rendering.tracking).
    """

    stream: Stream
    language: str
    subject: str
    preheader: str
    html: str
    text: str
    links: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 in hex over all that a reader could see: equal editions are one edition."""
        fields = [self.stream, self.language, self.subject, self.preheader, self.html, self.text, *self.links]
        return hashlib.sha256(json.dumps(fields, ensure_ascii=False).encode()).hexdigest()
