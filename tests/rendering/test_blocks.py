"""Blocks are settled for a mail: links, levels, openings, trees."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.article import (
    Article,
    CallToAction,
    Heading,
    Image,
    ListItem,
    Paragraph,
    Related,
    Span,
    inline,
)
from newsletter.rendering.blocks import Addresses, Node, opening, paragraphs, passages, settle, tree

ADDRESSES = Addresses(
    posts={"Slow Mornings": "https://example.com/slow"},
    booking="https://example.com/book",
    base="https://example.com/blog/",
)


@given(st.lists(st.integers(1, 6)), st.integers(2, 3))
def test_heading_levels_begin_at_the_top_and_skip_none(levels: list[int], top: int) -> None:
    """Whatever an author's editor made of them."""
    settled = settle([Heading(spans=inline("x"), level=level) for level in levels], ADDRESSES, top)
    shown = [top - 1, *(block.level for block in settled if isinstance(block, Heading))]

    assert all(after <= before + 1 for before, after in pairwise(shown))
    assert all(top <= level <= 6 for level in shown[1:])


def test_headings_of_one_level_stay_of_one_level() -> None:
    """And a deeper one between them goes one down."""
    settled = settle([Heading(spans=inline("x"), level=level) for level in (3, 5, 3)], ADDRESSES)

    assert [block.level for block in settled if isinstance(block, Heading)] == [2, 3, 2]


def test_title_is_known_in_any_case_and_marks() -> None:
    """Authors quote titles as they remember them."""
    assert ADDRESSES.post("“slow  MORNINGS”.") == "https://example.com/slow"
    assert ADDRESSES.post("Slow Evenings") is None


def test_relative_address_is_made_absolute() -> None:
    """From the page the article came from; without one it is dropped."""
    assert ADDRESSES.link("../a b") == "https://example.com/a%20b"
    assert Addresses().link("../a") is None


def test_authors_own_link_wins_over_a_known_title() -> None:
    """She knows where she meant it to lead."""
    span = Span(text="Slow Mornings", cites=True, href="https://other.example/")
    (settled,) = settle([Paragraph(spans=(span,))], ADDRESSES)

    assert settled == Paragraph(spans=(span,))


def test_call_without_an_address_leads_to_the_booking_page() -> None:
    """And one with an address there."""
    own = CallToAction(spans=inline("x"), href="https://other.example/")

    assert settle([CallToAction(spans=inline("x")), own], ADDRESSES) == (
        CallToAction(spans=inline("x"), href="https://example.com/book"),
        own,
    )


def test_related_post_finds_its_address_by_title() -> None:
    """Unless it brings one along."""
    assert settle([Related(text="Slow mornings")], ADDRESSES) == (
        Related(text="Slow mornings", href="https://example.com/slow"),
    )


def test_linked_picture_without_words_is_named_by_its_address() -> None:
    """A link that nobody can name is no link to many."""
    (picture,) = settle([Image(src="https://example.com/a.png", href="https://other.example/x")], ADDRESSES)

    assert isinstance(picture, Image)
    assert picture.alt == "other.example"


def test_blocks_without_a_word_are_left_out() -> None:
    """An empty paragraph is a gap in the page."""
    assert settle([Paragraph(spans=inline(" \n")), Heading(spans=())], ADDRESSES) == ()


def test_opening_ends_before_the_first_heading_or_call() -> None:
    """Where it has said enough by then."""
    words, heading = Paragraph(spans=inline("word " * 80)), Heading(spans=inline("Next"))

    assert opening(Article(title="T", blocks=(words, heading, words))) == (words,)
    assert opening(Article(title="T", blocks=(words, CallToAction(spans=inline("Come"))))) == (words,)


def test_opening_of_a_few_words_goes_on_below_the_heading() -> None:
    """But never ends with a heading, which would head nothing."""
    few, heading = Paragraph(spans=inline("word " * 70)), Heading(spans=inline("Next"))

    assert opening(Article(title="T", blocks=(heading, few, heading, few, few))) == (heading, few, heading, few)
    assert opening(Article(title="T", blocks=(few, heading, CallToAction(spans=inline("Come"))))) == (few,)


def test_opening_of_long_paragraphs_ends_with_the_one_that_reaches_120_words() -> None:
    """Never within one."""
    paragraph = Paragraph(spans=inline("word " * 70))

    assert opening(Article(title="T", blocks=(paragraph,) * 5)) == (paragraph,) * 2


def test_running_text_is_one_passage() -> None:
    """Pictures and cards stand alone."""
    text, picture = Paragraph(spans=inline("x")), Image(src="https://example.com/a.png")

    assert list(passages([text, text, picture, picture, text])) == [
        ("text", (text, text)),
        ("image", (picture,)),
        ("image", (picture,)),
        ("text", (text,)),
    ]


@given(st.lists(st.integers(0, 2000), max_size=40))
def test_tree_keeps_every_item_in_order(levels: list[int]) -> None:
    """Also of lists nested deeper than anybody reads."""
    items = [ListItem(spans=inline(f"{number}"), level=level) for number, level in enumerate(levels)]

    def walk(nodes: tuple[Node, ...]) -> list[str]:
        return [text for node in nodes for text in (node.spans[0].text, *walk(node.children))]

    assert walk(tree(items)) == [str(number) for number in range(len(levels))]


def test_tree_of_a_very_deep_list_does_not_break() -> None:
    """A thousand levels are hostile, not a list."""
    assert tree([ListItem(spans=inline("x"), level=level) for level in range(2000)])


def test_typed_note_is_parted_at_blank_lines() -> None:
    """Also those of Windows."""
    assert paragraphs("a\r\nb\r\n\r\n  c ") == (Paragraph(spans=inline("a\nb")), Paragraph(spans=inline("c")))
