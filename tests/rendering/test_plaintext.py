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


@pytest.mark.parametrize(
    ("rows", "header", "lines"),
    [
        ([["Day", "Hours"], ["Monday", "9 to 12"]], True, "Day: Monday; Hours: 9 to 12"),
        ([["", "Price"], ["Reiki", ""]], True, "Reiki; Price: –"),
        ([["Day", "Hours"]], True, "Day; Hours"),
        ([["Monday", "9 to 12", "2 to 6"], ["Tuesday", "", ""]], False, "Monday: 9 to 12; 2 to 6\nTuesday"),
    ],
)
def test_row_of_a_table_is_a_line_to_read_aloud(rows: list[list[str]], header: bool, lines: str) -> None:
    """Each cell after the name of its column or of its row; nothing has to be seen in place."""
    table = Table(rows=tuple(tuple(map(inline, row)) for row in rows), header=header)

    assert _letter(table) == lines


def test_wide_row_goes_on_further_in() -> None:
    """No line is wider than all others."""
    lines = _letter(Table(rows=((inline("w " * 30), inline("w " * 30)),))).split("\n")

    assert max(map(columns, lines)) <= WIDTH
    assert lines[1].startswith("    w")


def test_code_keeps_its_indentation_and_blank_lines() -> None:
    """Only a line that is too long goes on below, further in."""
    code = "if x:\n\n\n    " + "y" * 90

    assert _letter(Code(text=code)) == code
    assert _letter(Code(text="  " + "yyyy " * 20)).split("\n") == ["  " + "yyyy " * 14 + "yyyy", "      " + "yyyy " * 5]


def test_heading_from_right_to_left_is_marked_at_both_ends() -> None:
    """A line of signs below it would stand on the other side of the page."""
    assert underline("راحة", 1) == "== راحة =="
    assert underline("(راحة)", 2) == "-- (راحة) --"
    assert underline("راحة", 3) == "راحة"


def test_word_that_is_no_word_is_broken() -> None:
    """A hundred letters without a space; an address of that length stays whole."""
    address = "www.example.com/" + "x" * 90

    assert wrap("x" * 100) == "x" * 78 + "\n" + "x" * 22
    assert wrap(address) == address


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
