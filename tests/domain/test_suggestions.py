"""Subjects are suggested from the article itself: short, calm, discreet where they must be, always the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.article import Article, Heading, Paragraph, inline
from newsletter.domain.subjects import LONGEST_SUBJECT, denied_words, is_shouting
from newsletter.domain.suggestions import suggest
from subscribers.consent import Stream

ARTICLE = Article(
    title="Rest Is Part of the Work: What the Hour After Is For",
    dek="Why the hour after matters. Come and see!",
    blocks=(
        Heading(spans=inline("Introduction")),
        Paragraph(spans=inline("A long first sentence that goes on for far more than sixty letters in all. What now?")),
        Heading(spans=inline("What should I do with my shoulders?")),
        Heading(spans=inline("TAKE YOUR TIME NOW")),
    ),
)
texts = st.lists(
    st.sampled_from(["Rest!", "WHY", "now?", "your shoulders", "世界。", "a quiet word", "…", " ", "\n"])
).map(" ".join)


def test_title_comes_first_then_what_the_article_asks() -> None:
    """A question that the reader may have is what she opens a mail for."""
    assert suggest(ARTICLE) == (
        "Rest Is Part of the Work: What the Hour After Is For",
        "What should I do with my shoulders?",
        "What the Hour After Is For",
    )


def test_care_mail_names_nothing_that_others_should_not_read() -> None:
    """Its subject lights up on a locked screen."""
    assert all(not denied_words(line) for line in suggest(ARTICLE, Stream.CARE))
    assert "What should I do with my shoulders?" not in suggest(ARTICLE, Stream.CARE)


def test_long_title_is_suggested_by_its_first_part_and_its_second() -> None:
    long = Article(title="Why the Hour After Matters? " + "And What Most of Us Do With It Instead of Resting")

    assert suggest(long) == ("Why the Hour After Matters?", "And What Most of Us Do With It Instead of Resting")


@pytest.mark.parametrize(
    ("title", "line"), [("COME AND REST NOW", "Come and rest now"), ("Come and rest!!", "Come and rest")]
)
def test_nothing_is_shouted(title: str, line: str) -> None:
    assert suggest(Article(title=title)) == (line,)


@given(title=texts, dek=st.none() | texts, heading=texts, text=texts, stream=st.sampled_from(Stream))
def test_suggestions_are_three_at_most_short_and_all_different(
    title: str, dek: str | None, heading: str, text: str, stream: Stream
) -> None:
    """Whatever the article says."""
    blocks = (Heading(spans=inline(heading)), Paragraph(spans=inline(text)))
    lines = suggest(Article(title=title, dek=dek, blocks=blocks), stream)

    assert len(lines) <= 3
    assert len({line.casefold() for line in lines}) == len(lines)
    assert all(0 < len(line) <= LONGEST_SUBJECT and "\n" not in line and "!" not in line for line in lines)
    assert not any(map(is_shouting, lines))
