"""Contrast follows WCAG, and colours are corrected only as far as they must be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.contrast import luminance, mix, ratio, readable

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_black_on_white_is_twenty_one() -> None:
    """The ends of the scale."""
    assert ratio("#000000", "#ffffff") == pytest.approx(21)
    assert luminance("#ffffff") == pytest.approx(1)


def test_known_grey_just_passes() -> None:
    """#767676 on white is the textbook case of 4.54."""
    assert ratio("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_readable_colour_stays_as_it_is() -> None:
    """A colour that can be read already is not touched."""
    assert readable("#2f6f62", on="#ffffff") == "#2f6f62"


def test_mixing_by_half_meets_in_the_middle() -> None:
    """Channels are mixed one by one."""
    assert mix("#000000", "#ff8040", 0.5) == "#804020"


@given(colour=colours, ground=colours)
def test_corrected_colour_can_be_read_on_any_ground(colour: str, ground: str) -> None:
    """Every ground has black or white at 4.5 or better."""
    assert ratio(readable(colour, on=ground), ground) >= 4.5
