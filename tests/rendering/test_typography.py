"""Each design has its measures, each script the typefaces and the room that it needs."""

from dataclasses import fields, replace

import pytest

from newsletter.domain.studio import Design, Studio
from newsletter.rendering.typography import Face, Look, look_of


def _faces(look: Look) -> list[Face]:
    return [value for field in fields(look) if isinstance(value := getattr(look, field.name), Face)]


@pytest.mark.parametrize("design", Design)
@pytest.mark.parametrize("language", ["en", "ar", "hi", "zh-Hant", "ur"])
def test_words_are_large_and_lines_have_air(design: Design, language: str, studio: Studio) -> None:
    """16 px to be read, 14 for what must be there, and a line of at least 1.1 times that."""
    look = look_of(studio, design, language)

    assert look.text.size >= 16
    assert look.text.leading >= 1.5 * look.text.size
    assert all(face.size >= 14 and face.leading >= 1.1 * face.size for face in _faces(look))


@pytest.mark.parametrize("design", Design)
def test_line_has_about_sixty_letters(design: Design, studio: Studio) -> None:
    """A letter is about half as wide as it is high."""
    look = look_of(studio, design, "en")

    assert 55 <= (look.width - 2 * look.gutter) / (look.text.size / 2) <= 70


@pytest.mark.parametrize(
    ("language", "typeface"),
    [
        ("ar-EG", "Geeza Pro"),
        ("hi", "Nirmala UI"),
        ("th", "Leelawadee UI"),
        ("zh-TW", "PingFang TC"),
        ("zh", "PingFang SC"),
        ("ja", "Hiragino Sans"),
    ],
)
def test_script_has_typefaces_of_its_own(language: str, typeface: str, studio: Studio) -> None:
    """Behind those of the design, before the family that every program knows."""
    font = look_of(studio, Design.CALM, language).text.font

    assert font.index("Georgia") < font.index(typeface) < font.index(",serif")


def test_letters_of_joined_scripts_are_not_spaced(studio: Studio) -> None:
    """Space would tear a word apart."""
    assert look_of(studio, Design.CALM, "en").spacing != "0px"
    assert look_of(studio, Design.CALM, "ar").spacing == "0px"
    assert look_of(studio, Design.CALM, "az-Latn").spacing != "0px"


def test_studio_brings_typefaces_of_its_own(studio: Studio) -> None:
    """One for all, or one for headings."""
    one = look_of(replace(studio, font="Verdana"), Design.CALM, "en")
    two = look_of(replace(studio, font="Verdana", heading_font="Futura"), Design.CALM, "en")

    assert one.title.font.startswith("'Verdana',")
    assert one.text.font.startswith("'Verdana',")
    assert two.title.font.startswith("'Futura',")
    assert two.text.font.startswith("'Verdana',")
