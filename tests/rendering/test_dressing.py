"""A studio's colours and typefaces are corrected where somebody could not read them, and it is told so."""

from dataclasses import replace

import pytest

from newsletter.domain.studio import Design, Studio
from newsletter.errors import SettingsError
from newsletter.rendering import dressing, palette


def _rules(studio: Studio) -> set[str]:
    return {finding.rule for finding in dressing.findings(studio)}


def test_colours_that_can_be_read_are_taken_as_they_are(studio: Studio) -> None:
    """In capitals too."""
    assert _rules(studio) == set()
    assert _rules(replace(studio, accent="#2F6F62", font="Verdana")) == set()


@pytest.mark.parametrize(
    ("setting", "colour", "used"),
    [("accent", "#ffe680", "link"), ("ink", "#999999", "ink"), ("paper", "#808080", "paper")],
)
def test_changed_colour_is_named_with_the_one_that_is_taken(
    setting: str, colour: str, used: str, studio: Studio
) -> None:
    """So that the studio can choose another."""
    changed = replace(studio, **{setting: colour})  # type: ignore[arg-type]  # these three settings are texts
    finding = next(dressing.findings(changed))
    taken = getattr(palette.of(changed, Design.CALM), used)

    assert finding.rule == f"contrast.{setting}"
    assert finding.where == colour
    assert taken in finding.message


def test_typeface_that_few_readers_have_is_noted(studio: Studio) -> None:
    """A mail brings no typefaces along."""
    assert _rules(replace(studio, font="Lobster", heading_font="Georgia")) == {"text.font"}


@pytest.mark.parametrize("name", ["Arial;color:red", '"', "Times\nNew", "x" * 50])
def test_typeface_is_a_name_and_nothing_else(name: str, studio: Studio) -> None:
    """It stands in an attribute."""
    with pytest.raises(SettingsError, match="heading_font"):
        replace(studio, heading_font=name)
