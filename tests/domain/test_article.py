"""Rules on the words that an article is made of."""

import pytest

from newsletter.domain.article import (
    Article,
    Block,
    CallToAction,
    Code,
    Heading,
    Image,
    ListBlock,
    ListItem,
    Paragraph,
    Quote,
    Related,
    Rule,
    Span,
    Table,
    block_spans,
    inline,
    plain,
)

TWO = (Span(text="one "), Span(text="two", strong=True))


@pytest.mark.parametrize(
    ("block", "text"),
    [
        (Heading(spans=TWO), "one two"),
        (Paragraph(spans=TWO), "one two"),
        (ListBlock(items=(ListItem(spans=TWO), ListItem(spans=inline("three"), level=1))), "one two\nthree"),
        (Quote(paragraphs=(TWO, inline("three")), attribution="A. Reader"), "one two\n\nthree"),
        (Table(rows=((TWO, inline("three")), (inline("four"), ()))), "one two\tthree\nfour\t"),
        (Image(src="a.jpg", alt="a hand", caption="A hand, at rest"), "A hand, at rest"),
        (Image(src="a.jpg", alt="a hand"), "a hand"),
        (Image(src="a.jpg"), ""),
        (Code(text="x = 1"), "x = 1"),
        (Rule(), ""),
        (Related(text="Another post"), "Another post"),
        (CallToAction(spans=TWO), "one two"),
    ],
)
def test_every_block_has_its_words(block: Block, text: str) -> None:
    """Without style, in reading order."""
    assert block.text == text


@pytest.mark.parametrize("text", ["", "a", "two\nlines"])
def test_plain_words_become_spans_and_words_again(text: str) -> None:
    """No words, no span."""
    assert plain(inline(text)) == text
    assert len(inline(text)) == bool(text)


def test_an_articles_spans_come_in_reading_order() -> None:
    """Out of paragraphs, lists, quotes and tables alike."""
    blocks = (
        Paragraph(spans=inline("a")),
        Rule(),
        ListBlock(items=(ListItem(spans=inline("b")),)),
        Quote(paragraphs=(inline("c"), inline("d"))),
        Table(rows=((inline("e"), inline("f")),)),
        CallToAction(spans=inline("g")),
    )
    assert plain(Article(title="x", blocks=blocks).spans()) == "abcdefg"


@pytest.mark.parametrize("block", [Rule(), Code(text="x"), Related(text="x"), Image(src="x", caption="x")])
def test_a_block_of_bare_text_has_no_spans(block: Block) -> None:
    """There is no style in it."""
    assert list(block_spans(block)) == []


def test_an_article_mentions_the_titles_it_cites() -> None:
    """In order, and nothing else."""
    spans = (Span(text="Read "), Span(text="The Gut", cites=True), Span(text=" and "), Span(text="Sleep", cites=True))
    assert Article(title="x", blocks=(Paragraph(spans=spans),)).mentions == ("The Gut", "Sleep")
