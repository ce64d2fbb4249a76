"""The letter: 78 columns, hanging indents, every link once, no line torn that must stay whole."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.article import (
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
    inline,
)
from newsletter.rendering.plaintext import WIDTH, Footnotes, Words, columns, letter, squeeze, underline, wrap
from newsletter.rendering.skeleton import Slotted

WORDS = Words(button="Book")


def _letter(*blocks: object) -> str:
    return letter(blocks, Footnotes(), WORDS)  # type: ignore[arg-type]  # blocks of an article


@given(st.text(alphabet=st.sampled_from("ab é\u0301กｱ世，。!👩\u200d👧\n\t ")))
def test_no_line_is_wider_than_its_words_force(text: str) -> None:
    """Lines end before column 78 unless one word without wide characters is longer."""
    for line in wrap(text).split("\n"):
        assert columns(line) <= WIDTH or " " not in line.strip(" ")


@given(st.text())
def test_wrapping_loses_and_adds_nothing_but_white_space(text: str) -> None:
    """The words are the same, in the same order."""
    assert re.sub(r"\s", "", wrap(text, "", "")) == re.sub(r"\s", "", text)


def test_line_breaks_of_the_author_stay() -> None:
    """An address or a poem keeps its lines."""
    assert wrap("one\ntwo\n\nthree") == "one\ntwo\n\nthree"


def test_no_break_space_keeps_its_words_together() -> None:
    """That is what it is for."""
    assert wrap("x" * 70 + " 20\u00a0minutes") == "x" * 70 + "\n20\u00a0minutes"


def test_wide_characters_count_twice_and_may_break() -> None:
    """Chinese has no spaces; a line does not begin with a full stop."""
    lines = wrap("世" * 39 + "。" + "界" * 10).split("\n")

    assert lines[0] == "世" * 38
    assert lines[1].startswith("世。界")


def test_long_address_is_never_torn() -> None:
    """A broken address is a dead link."""
    address = "https://example.com/" + "世界" * 60

    assert address in wrap(f"See {address} for more.").split("\n")


def test_slot_is_never_torn() -> None:
    """Its default may hold spaces."""
    slot = "[[ first_name | a dear friend ]]"

    assert slot in wrap("x" * 60 + f" {slot} y")


def test_slotted_text_stays_slotted() -> None:
    """So that a template may wrap it."""
    assert isinstance(wrap(Slotted("a")), Slotted)
    assert isinstance(underline(Slotted("a"), 1), Slotted)


def test_headings_are_underlined_by_level() -> None:
    """As wide as their longest line."""
    assert _letter(Heading(spans=inline("世界"), level=2)) == "世界\n----"
    assert _letter(Heading(spans=inline("Deep"), level=3)) == "Deep"


def test_items_hang_under_their_first_word() -> None:
    """Nested lists count anew, as deep as the items allow."""
    items = tuple(
        ListItem(spans=inline(text), level=level) for text, level in (("a", 0), ("b " * 50, 1), ("c", 9), ("d", 0))
    )
    lines = _letter(ListBlock(items=items, ordered=True)).split("\n")

    assert lines[0] == "  1. a"
    assert lines[1].startswith("    1. b b")
    assert lines[2].startswith("       b b")
    assert lines[-2:] == ["      1. c", "  2. d"]


def test_quote_is_marked_on_every_line() -> None:
    """With the name of who said it."""
    quote = Quote(paragraphs=(inline("long " * 30), inline("short")), attribution="Somebody")
    lines = _letter(quote).split("\n")

    assert all(line.startswith(">") for line in lines)
    assert lines[-3:] == ["> short", ">", "> — Somebody"]


def test_links_become_notes_with_one_number_each() -> None:
    """A run of several styles is one link; words that are the address need no note."""
    footnotes = Footnotes()
    spans = (
        Span(text="one", href="https://a.example"),
        Span(text=" link ", href="https://a.example", strong=True),
        Span(text="https://b.example", href="https://b.example"),
        Span(text=" again", href="https://a.example"),
        Span(text=" c", href="https://c.example"),
    )

    text = letter([Paragraph(spans=spans)], footnotes, WORDS)

    assert text == "one link [1] https://b.example again [1] c [2]"
    assert str(footnotes) == "[1] https://a.example\n[2] https://c.example"


def test_table_is_set_in_columns_or_in_lines() -> None:
    """In columns where it fits, else a line a row."""
    small = Table(rows=((inline("世"), inline("b")), (inline("ccc"), inline("d"))), header=True)
    large = Table(rows=((inline("w " * 30), inline("w " * 30)),))

    assert _letter(small) == "世  | b\n----+--\nccc | d"
    assert max(map(columns, _letter(large).split("\n"))) <= WIDTH


def test_code_is_left_as_it_is() -> None:
    """Indentation, blank lines and long lines included."""
    code = "if x:\n\n\n    " + "y" * 100

    assert _letter(Code(text=code)) == code


def test_pictures_rules_and_pointers_have_words() -> None:
    """Nothing of a mail is for the eye alone."""
    blocks = (
        Image(src="https://x.example/a.png", alt="Hands", href="https://x.example"),
        Rule(),
        Related(text="Sleep", href="https://y.example"),
        CallToAction(spans=inline("Come."), href="https://z.example"),
    )

    assert _letter(*blocks).split("\n\n") == [
        "Hands [1]",
        "* * *".center(WIDTH).rstrip(),
        "Related: Sleep [2]",
        "Come.",
        "Book:\nhttps://z.example",
    ]


@pytest.mark.parametrize("blank", ["\n\n\n", "\n \n\n\t\n", "   \n\n\n\n"])
def test_conditions_of_a_template_leave_no_runs_of_blank_lines(blank: str) -> None:
    """One blank line is enough."""
    assert squeeze(f"\n\na{blank}b\n\n") == "a\n\nb\n"
