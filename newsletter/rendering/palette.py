"""The palette: a studio's three colours as all the colours of a mail, each readable on its ground, by day and night."""

from dataclasses import dataclass
from functools import lru_cache

from newsletter.domain.contrast import mix, readable
from newsletter.domain.studio import Studio

_WHITE = "#ffffff"
_NIGHT = "#1b1a18"
_ALARM = "#b3261e"


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """`card` is the ground of what is set apart, `accent` that of buttons; `link`, `muted`, `urgent_ink` are text."""

    paper: str
    card: str
    ink: str
    muted: str
    link: str
    line: str
    accent: str
    on_accent: str
    urgent: str
    urgent_ink: str
    dark: "Palette | None" = None


@lru_cache(maxsize=64)
def of(studio: Studio) -> Palette:
    """The colours of the studio's mails. An accent too light for the white text of a button is darkened."""
    return _palette(
        paper=studio.paper,
        ink=studio.ink,
        card=mix(studio.paper, studio.accent, 0.09),
        link=studio.accent,
        accent=readable(studio.accent, _WHITE),
        on_accent=_WHITE,
        dark=_night(studio),
    )


def _night(studio: Studio) -> Palette:
    glow = readable(studio.accent, _NIGHT, 7)
    return _palette(
        paper=_NIGHT, ink="#ece7df", card=mix(_NIGHT, _WHITE, 0.08), link=glow, accent=glow, on_accent=_NIGHT, dark=None
    )


def _palette(
    *, paper: str, ink: str, card: str, link: str, accent: str, on_accent: str, dark: Palette | None
) -> Palette:
    urgent = mix(paper, _ALARM, 0.1 if dark else 0.25)
    return Palette(
        paper=paper,
        card=card,
        ink=_on_both(ink, paper, card, urgent),
        muted=_on_both(mix(ink, paper, 0.3), paper, card),
        link=_on_both(link, paper, card, urgent),
        line=mix(paper, ink, 0.18),
        accent=accent,
        on_accent=on_accent,
        urgent=urgent,
        urgent_ink=readable(_ALARM, urgent, 5.5),
        dark=dark,
    )


def _on_both(colour: str, *grounds: str) -> str:
    for ground in grounds:
        colour = readable(colour, ground, 5)
    return colour
