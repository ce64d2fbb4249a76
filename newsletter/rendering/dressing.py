"""Dressing: what of a studio's colours was changed so that everybody can read its mails, and what few will see."""

from collections.abc import Iterator

from newsletter.domain.contrast import BODY, ratio
from newsletter.domain.finding import Finding, Severity
from newsletter.domain.studio import Design, Studio
from newsletter.rendering import palette

# Typefaces that most readers have, or that follow in our designs; others are seen by few, since mails bring none along.
_AT_HOME = (
    "Arial, Arial Black, Avenir, Avenir Next, Baskerville, Book Antiqua, Calibri, Cambria, Candara, Courier New, "
    "Futura, Garamond, Georgia, Gill Sans, Helvetica, Helvetica Neue, Hoefler Text, Iowan Old Style, Lucida Grande, "
    "Optima, Palatino, Palatino Linotype, Roboto, Segoe UI, Tahoma, Times New Roman, Trebuchet MS, Verdana"
).casefold()


def findings(studio: Studio, design: Design | None = None) -> Iterator[Finding]:
    """Each colour that the mails take in another shade, and each typeface that only few have; WCAG 2.2, level AA."""
    colours = palette.of(studio, design or studio.design)
    is_letter = (design or studio.design) is Design.LETTER  # whose paper is white
    if not is_letter and colours.paper != studio.paper.lower():
        yield _shade("paper", studio.paper, colours.paper, "is too near to grey for words of any colour")
    if ratio(studio.ink, colours.paper) < BODY:
        yield _shade("ink", studio.ink, colours.ink, "cannot be read well on the paper")
    if ratio(studio.accent, colours.paper) < BODY:
        yield _shade("accent", studio.accent, colours.link, "is too faint for links on the paper")
    for setting in ("font", "heading_font"):
        name = getattr(studio, setting)
        if name and name.casefold() not in _AT_HOME.split(", "):
            yield Finding(
                severity=Severity.ADVICE,
                rule="text.font",
                message=f"Only readers who have the typeface “{name}” see it; the others see that of the design.",
                where=name,
                suggestion=f"Nothing need be done. To know what all see, leave studio.{setting} empty.",
            )


def _shade(setting: str, wanted: str, taken: str, fault: str) -> Finding:
    return Finding(
        severity=Severity.ADVICE,
        rule=f"contrast.{setting}",
        message=f"The colour {wanted} {fault}: the mails take {taken}.",
        where=wanted,
        suggestion=f"Set studio.{setting} to {taken}, or to another colour with more contrast.",
    )
