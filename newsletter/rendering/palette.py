"""The palette: a studio's three colours as all the colours of a mail, each readable on its ground, by day and night."""

from dataclasses import dataclass
from functools import lru_cache

from newsletter.domain.contrast import mix, ratio, readable
from newsletter.domain.studio import Design, Studio

_WHITE = "#ffffff"
_NIGHT = "#1b1a18"
_DEEP_NIGHT = "#100f0e"
_MOON = "#ece7df"
_ALARM = "#b3261e"


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """`ground` lies around the `paper` of the text, `band` behind the studio's name, `card` under what is set apart.

    `accent` is the ground of buttons; `ink`, `muted`, `link`, `urgent_ink` and what is `on_` a ground are text.
    """

    ground: str
    paper: str
    band: str
    on_band: str
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
def of(studio: Studio, design: Design) -> Palette:
    """The colours of the studio's mails in a design.

    An accent too light for the white text of a button is darkened; a paper too grey for any text becomes less grey.
    """
    paper = _WHITE if design is Design.LETTER else _clear(studio.paper)
    card = mix(paper, studio.accent, 0.09)
    accent = readable(studio.accent, _WHITE)
    is_letter = design is Design.LETTER  # whose button is as quiet as a card
    return _palette(
        ground=mix(paper, studio.accent, 0.16) if design is Design.FRESH else paper,
        paper=paper,
        band=accent,
        on_band=_WHITE,
        ink=studio.ink.lower(),
        card=card,
        link=studio.accent.lower(),
        accent=card if is_letter else accent,
        on_accent=readable(studio.accent, card, 5) if is_letter else _WHITE,
        dark=_night(studio, design),
    )


def _night(studio: Studio, design: Design) -> Palette:
    glow = readable(studio.accent, _NIGHT, 7)
    card = mix(_NIGHT, _WHITE, 0.08)
    band = mix(_NIGHT, studio.accent, 0.35)
    is_letter = design is Design.LETTER
    return _palette(
        ground=_DEEP_NIGHT if design is Design.FRESH else _NIGHT,
        paper=_NIGHT,
        band=band,
        on_band=readable(_MOON, band, 5),
        ink=_MOON,
        card=card,
        link=glow,
        accent=card if is_letter else glow,
        on_accent=readable(glow, card, 5) if is_letter else _NIGHT,
        dark=None,
    )


def _palette(
    *,
    ground: str,
    paper: str,
    band: str,
    on_band: str,
    ink: str,
    card: str,
    link: str,
    accent: str,
    on_accent: str,
    dark: Palette | None,
) -> Palette:
    urgent = mix(paper, _ALARM, 0.1 if dark else 0.25)
    return Palette(
        ground=ground,
        paper=paper,
        band=band,
        on_band=on_band,
        card=card,
        ink=_on_all(ink, paper, card, urgent),
        muted=_on_all(mix(ink, paper, 0.3), paper, card, ground),
        link=_on_all(link, paper, card, urgent),
        line=mix(paper, ink, 0.18),
        accent=accent,
        on_accent=on_accent,
        urgent=urgent,
        urgent_ink=readable(_ALARM, urgent, 5.5),
        dark=dark,
    )


def _clear(paper: str) -> str:
    """The paper, moved away from grey as far as black or white words, and cards between, need it."""
    words = max("#000000", _WHITE, key=lambda colour: ratio(colour, paper))
    return readable(paper.lower(), words, 9)


def _on_all(colour: str, *grounds: str) -> str:
    for ground in grounds:
        colour = readable(colour, ground, 5)
    return colour
