"""Subjects and preheaders: short enough to be seen, long enough to say something."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.article import Article, Heading, Paragraph, inline
from newsletter.domain.suggestions import subject_of
from newsletter.rendering.preheader import LEAST, MOST, label_of, preheader_of

DEK = "A dek that is long enough to stand alone in an inbox."


@pytest.mark.parametrize(
    ("title", "subject"),
    [
        ("Rest", "Rest"),
        ("Does It Hurt? " + "What You Should Know " * 3, "Does It Hurt?"),
        ("The Long Way Home: " + "a Story " * 9, "The Long Way Home"),
        ("The Long Way Home – " + "a Story " * 9, "The Long Way Home"),
        ("word " * 20, ("word " * 11).strip() + "…"),
    ],
)
def test_long_title_gives_its_first_part_as_subject(title: str, subject: str) -> None:
    """Up to its question mark, full stop, colon or dash; of a title without any the first words."""
    assert subject_of(Article(title=title)) == subject


def test_label_of_a_button_is_cut_between_words() -> None:
    """A button is no paragraph."""
    assert label_of(Article(title="word " * 20)) == "word word word word word word word word word…"


def test_dek_is_the_preheader() -> None:
    """The author has said it already."""
    assert preheader_of(Article(title="T", dek=DEK, blocks=(Paragraph(spans=inline("More.")),))) == DEK


def test_short_dek_goes_on_with_the_text() -> None:
    """Sentence by sentence, headings left out."""
    blocks = (
        Heading(spans=inline("Heading")),
        Paragraph(spans=inline("First sentence here. Second one! A third, not needed.")),
    )

    assert (
        preheader_of(Article(title="T", dek="Short dek.", blocks=blocks))
        == "Short dek. First sentence here. Second one!"
    )


@given(dek=st.none() | st.text(), text=st.text())
def test_preheader_is_one_line_of_at_most_130(dek: str | None, text: str) -> None:
    """And of 40 at least where there is so much to say."""
    made = preheader_of(Article(title="T", dek=dek, blocks=(Paragraph(spans=inline(text)),)))

    assert len(made) <= MOST
    assert "\n" not in made
    assert len(made) >= LEAST or len(made) >= len(" ".join(f"{dek or ''} {text}".split())) - 1
