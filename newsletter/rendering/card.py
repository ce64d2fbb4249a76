"""The care card: what a care mail says, as a page to be printed and handed over."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files

import jinja2
from markupsafe import Markup

from newsletter.domain import slots
from newsletter.domain.aftercare import CareNote, SafetyBlock
from newsletter.domain.holiday import Holiday
from newsletter.domain.studio import Studio
from newsletter.rendering import compose, language
from newsletter.rendering.blocks import tree
from newsletter.rendering.skeleton import Slotted
from newsletter.rendering.templates import Templates


def card(
    note: CareNote,
    safety: Sequence[SafetyBlock],
    studio: Studio,
    templates: Templates,
    fields: Mapping[str, str],
    holiday: Holiday | None = None,
) -> str:
    """One HTML page that needs nothing beside it, for paper from A6 to A4. `fields` fill the slots, as in the mail.

    Whatever the mail says stands on it, in the same order, but for the links of its footer.
    """
    head, parts = compose.care_card(note, safety, studio, templates, holiday)
    spoken = language.primary(head.language)

    def filled(text: str) -> str:
        return slots.fill(slots.split(text), fields) if isinstance(text, Slotted) else text

    return _template().render(
        parts,
        filled=filled,
        studio=studio,
        greeting=Slotted(head.words["greeting"]),
        colon=head.words["colon"],
        language=head.language,
        spoken=spoken,
        frame="" if head.words.language == spoken else Markup(' lang="en" dir="ltr"'),
        direction=language.direction(head.language),
        address=studio.reply_to.address,
    )


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    source = (files("templates") / "card.html").read_text("utf-8")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["tree"] = tree
    return environment.from_string(source)
