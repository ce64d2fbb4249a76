"""The letterhead: what every mail of a studio shares, and how content on it becomes an edition."""

import re
from collections.abc import Iterable

from markupsafe import Markup

from newsletter.domain import slots
from newsletter.domain.article import Block
from newsletter.domain.edition import Edition
from newsletter.domain.studio import Design, Studio
from newsletter.errors import TemplateError
from newsletter.rendering import language, palette, plaintext, preheader, typography, words
from newsletter.rendering.skeleton import Slotted, clean
from newsletter.rendering.templates import Templates
from subscribers.consent import Stream

_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")  # overrides and embeddings: https://www.unicode.org/reports/tr9/


class Letterhead:
    """A studio's frame around the content of one mail, in the `wanted` language where somebody translated its words.

    `design` is the studio's own unless it is given.
    """

    def __init__(self, studio: Studio, templates: Templates, wanted: str, design: Design | None = None) -> None:
        self.studio = studio
        self.design = design or studio.design
        self.language = language.tag(wanted, studio.language)
        self._templates = templates
        translated = templates.words(language.primary(self.language))
        self.words = translated or templates.words(words.ENGLISH)
        self._is_foreign = not translated

    @property
    def booking_label(self) -> str:
        """What the booking button says: the studio's own words, in a mail of the studio's language."""
        is_hers = language.primary(self.language) == language.primary(self.studio.language)
        return (is_hers and self.studio.booking_label) or self.say("book")

    def say(self, key: str, /, **values: object) -> str:
        """A phrase of the frame, such as `read_on`, with its values in it."""
        return self.words.say(key, **values)

    def compose(self, stream: Stream, name: str, subject: str, preview: str, **content: object) -> Edition:
        """The edition of the template `name` with `content`.

        Slots count in texts marked as slotted; in a mail that is no newsletter, in all its blocks.
        """
        subject, preview = _one_line(subject), _one_line(preview)
        context = self._frame() | {"subject": subject, "preheader": preview, "home": None, "tracked": None} | content
        edition = Edition(
            stream=stream,
            language=self.language,
            subject=_protected(subject),
            preheader=_protected(preview),
            html=self._templates.html(name, context),
            text=self._templates.text(
                name, context | self._writing(str if name.startswith("newsletter/") else Slotted)
            ),
        )
        if stream is not Stream.SERVICE:
            _require_way_out(name, edition)
        if content.get("tracked"):
            _require_choice(name, edition)
        return edition

    def _frame(self) -> dict[str, object]:
        is_rtl = language.direction(self.language) == "rtl"
        look = typography.look_of(self.studio, self.design, self.language)
        start = Markup("right") if is_rtl else Markup("left")
        return {
            "language": self.language,
            "direction": Markup("rtl") if is_rtl else Markup("ltr"),
            "start": start,
            "head_align": Markup("center") if look.centred else start,
            "indent": Markup("0 24px 0 0") if is_rtl else Markup("0 0 0 24px"),
            "slant": Markup("italic") if language.slants(self.language) else Markup("normal"),
            "frame": Markup(' lang="en" dir="ltr"') if self._is_foreign else "",
            "studio": self.studio,
            "design": self.design.value,
            "look": look,
            "palette": palette.of(self.studio, self.design),
            "words": self.words,
            "booking_label": self.booking_label,
            "padding": preheader.PADDING,
        }

    def _writing(self, kind: type[str]) -> dict[str, object]:
        """What a plain-text template calls: `letter(blocks)`, and `footnotes()` for the links so far."""
        notes = plaintext.Footnotes()
        said = plaintext.Words(
            button=self.booking_label, related=self.words.get("related", "{title}"), colon=self.words.get("colon", ":")
        )

        def letter(blocks: Iterable[Block]) -> str:
            return kind(plaintext.letter(blocks, notes, said))

        return {"letter": letter, "footnotes": lambda: kind(notes)}


def _one_line(text: str) -> str:
    """A subject or preheader: a line break in it would begin a header of its own, a turn of direction turn an inbox."""
    return type(text)(" ".join(_TURNS.sub("", clean(text)).split()))


def _protected(text: str) -> str:
    return str(text) if isinstance(text, Slotted) else slots.protect(text)


def _require_way_out(name: str, edition: Edition) -> None:
    """Every newsletter and every care note can be left from the mail itself (CAN-SPAM, CASL, PECR)."""
    for kind, text in (("mjml", edition.html), ("txt", edition.text)):
        if "[[ unsubscribe_url" not in text:
            raise TemplateError(
                f"{name}.{kind} makes a mail without an unsubscribe link.",
                "Put [[ unsubscribe_url ]] back into its footer, or remove your copy of the template.",
            )


def _require_choice(name: str, edition: Edition) -> None:
    """A newsletter that is tracked says so, and leads to where its reader forbids it (ePrivacy directive, 5(3))."""
    for kind, text in (("mjml", edition.html), ("txt", edition.text)):
        if "[[ preferences_url ]]/tracking" not in text:
            raise TemplateError(
                f"{name}.{kind} makes a tracked newsletter that does not say so.",
                "Put {{ tracked }} and [[ preferences_url ]]/tracking into its footer, or remove your copy of it.",
            )
