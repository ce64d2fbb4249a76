"""Every colour of a mail can be read on its ground, whatever colours a studio chooses."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.contrast import BODY, ratio
from newsletter.domain.studio import Design, Studio
from newsletter.rendering import palette

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(accent=colours, paper=colours, ink=colours, design=st.sampled_from(Design))
def test_text_can_be_read_by_day_and_by_night(
    accent: str, paper: str, ink: str, design: Design, studio: Studio
) -> None:
    """WCAG AA for body text, on paper, cards, warnings and buttons, in every design."""
    day = palette.of(replace(studio, accent=accent, paper=paper, ink=ink), design)

    assert day.dark is not None
    for colours_of in (day, day.dark):
        assert ratio(colours_of.on_accent, colours_of.accent) >= BODY
        assert ratio(colours_of.urgent_ink, colours_of.urgent) >= BODY
        for text in (colours_of.ink, colours_of.link):
            assert min(ratio(text, ground) for ground in (colours_of.paper, colours_of.card, colours_of.urgent)) >= BODY
        grounds = (colours_of.paper, colours_of.card, colours_of.ground)
        assert min(ratio(colours_of.muted, ground) for ground in grounds) >= BODY
        assert ratio(colours_of.on_band, colours_of.band) >= BODY
