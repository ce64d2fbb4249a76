"""Rules on the practitioner's own line in a care mail."""

from newsletter.domain.aftercare import CareNote, with_line
from newsletter.domain.article import Paragraph, inline
from newsletter.domain.slots import fill, split

WORDS = Paragraph(spans=inline("Rest a little."))
SIGNATURE = Paragraph(spans=inline("Warmly,\n[[ practitioner ]]"))
NOTE = CareNote(subject="After your visit", preheader="", title="", blocks=(WORDS, SIGNATURE))


def test_her_line_stands_above_her_signature() -> None:
    """Where she would have written it."""
    line = Paragraph(spans=inline("The tea was camomile."))
    assert with_line(NOTE, "The tea was camomile.").blocks == (WORDS, line, SIGNATURE)


def test_without_a_line_the_note_is_as_it_was() -> None:
    """Most sessions need none."""
    assert with_line(NOTE, "") is NOTE


def test_brackets_in_her_line_are_no_slots() -> None:
    """What she types is never read as a template."""
    written = with_line(NOTE, "See [[ practitioner ]] and [[ this").blocks[1]
    assert fill(split(written.text), {"practitioner": "Mara"}) == "See [[ practitioner ]] and [[ this"
