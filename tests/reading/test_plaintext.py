"""Plain text, by its shape alone, becomes an article without losing or doubling a word."""

import re
import textwrap
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.article import Article, Block, Heading, ListBlock, Paragraph, Quote, Related, Rule, plain
from newsletter.errors import InputError
from newsletter.reading.plaintext import read_text

REFERENCE = Path(__file__).parents[3] / "shared" / "articles" / "why-am-i-crying-after-a-massage.txt"
LONG = (
    "This sentence goes on for long enough that nobody would ever take it for a heading of the text, or would they? No."
)
LINES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=60) | st.sampled_from(
    ["", "", "What helps", LONG, "- one", "  - two", "1. first", "2. second", "> quoted", "---", "— Rumi", "# Mark"]
)


@pytest.fixture(scope="module")
def reference() -> str:
    if not REFERENCE.exists():
        pytest.skip("the reference article is kept beside the checkout and is not here")
    return REFERENCE.read_text(encoding="utf-8")


def read(body: str, title: str = "Rest well") -> Article:
    return read_text(f"{title}\n\n{body}", "rest.txt")


def shapes(blocks: tuple[Block, ...]) -> list[tuple[str, str]]:
    return [(block.type, block.text) for block in blocks]


def letters(text: str) -> str:
    return "".join(letter for letter in text if letter.isalpha())


def visible(article: Article) -> Iterator[str]:
    yield article.title
    yield article.dek or ""
    for block in article.blocks:
        yield block.text
        if isinstance(block, Quote):
            yield block.attribution or ""


def words_of_reference(text: str) -> str:
    return letters(text.replace("Oct 28, 2024", "").replace("Related:", ""))


def test_the_reference_article_comes_out_whole(reference: str) -> None:
    """Title, dek and date are found, and every word below stands once and in order."""
    article = read_text(reference, "crying.txt")
    assert article.title == "Why Am I Crying After a Massage? Understanding Emotional Release"
    assert (article.dek or "").startswith("Do you get emotional")
    assert (article.date, article.author, article.language) == (date(2024, 10, 28), None, "en")
    assert letters("".join(visible(article))) == words_of_reference(reference)


def test_the_reference_article_has_its_structure(reference: str) -> None:
    """Seven headings, one related post, one post named in a quotation, one closing call."""
    article = read_text(reference, "crying.txt")
    kinds = [block.type for block in article.blocks]
    assert [kinds.count(kind) for kind in ("heading", "related", "call_to_action")] == [7, 1, 1]
    assert {block.level for block in article.blocks if isinstance(block, Heading)} == {2}
    assert Related(text="Massage & Mental Health") in article.blocks
    assert article.mentions == ("Are Massages Supposed to Hurt? What You Need to Know",)
    assert kinds[-1] == "call_to_action"


@pytest.mark.parametrize("width", [60, 66, 72, 78, 80])
def test_wrapping_changes_nothing(reference: str, width: int) -> None:
    """The article that a mail program wrapped is the same article."""
    wrapped = "\n".join(textwrap.fill(line, width) for line in reference.split("\n"))
    assert read_text(wrapped, "crying.txt") == read_text(reference, "crying.txt")


def test_blank_lines_are_not_needed(reference: str) -> None:
    """One paragraph a line is read like paragraphs with blank lines between them."""
    dense = "\n".join(line for line in reference.split("\n") if line.strip())
    assert read_text(dense, "crying.txt") == read_text(reference, "crying.txt")


@pytest.mark.parametrize(
    ("head", "dek", "when", "author"),
    [
        ("A word on rest.\n\nOct 28, 2024", "A word on rest.", date(2024, 10, 28), None),
        ("Oct 28, 2024\n\nA word on rest.", "A word on rest.", date(2024, 10, 28), None),
        ("A word on rest.\n\nBy Jane Doe\n\n28 October 2024", "A word on rest.", date(2024, 10, 28), "Jane Doe"),
        ("By Jane Doe\nOct 28, 2024", None, date(2024, 10, 28), "Jane Doe"),
        ("By Jane Doe, LMT | 2024-10-28", None, date(2024, 10, 28), "Jane Doe, LMT"),
        ("Read on to learn how rest helps.", "Read on to learn how rest helps.", None, None),
        ("10/11/2024", None, None, None),
        ("By the river we sat down.", None, None, None),
    ],
)
def test_dek_date_and_byline_may_follow_in_any_order(
    head: str, dek: str | None, when: date | None, author: str | None
) -> None:
    """What stands between title and text is recognised, and nothing else is."""
    article = read(f"{head}\n\n{LONG}\n\n{LONG}")
    assert (article.dek, article.date, article.author) == (dek, when, author)


def test_a_first_paragraph_is_no_dek_without_a_reason() -> None:
    """Where no date stands near, the text begins at once."""
    article = read("Rest is good.\n\nSleep is better.")
    assert article.dek is None
    assert shapes(article.blocks) == [("paragraph", "Rest is good."), ("paragraph", "Sleep is better.")]


@pytest.mark.parametrize(
    "heading",
    ["What is rest?", "Resting well", "3 ways to rest", "“Rest” is a verb", "Reiki 101: A beginning", "الراحة"],
)
def test_a_short_line_above_prose_is_a_heading(heading: str) -> None:
    """It begins with a capital and does not end like a sentence."""
    assert shapes(read(f"{LONG}\n\n{heading}\n\n{LONG}").blocks)[1] == ("heading", heading)


@pytest.mark.parametrize(
    "line",
    [
        "Last updated in spring",
        "Rest is good.",
        "and then rest",
        "But why?",
        "Dear Anna,",
        "What you need:",
        "So it goes on…",
        LONG,
    ],
)
def test_a_line_that_reads_like_prose_is_no_heading(line: str) -> None:
    """Sentences, salutations and questions that run on stay paragraphs."""
    assert shapes(read(f"{LONG}\n\n{line}\n\n{LONG}").blocks)[1] == ("paragraph", line)


def test_a_line_that_dates_the_text_is_no_heading() -> None:
    """Above the text it is its date; below, it stays what it says."""
    article = read(f"Last updated 3 May 2024\n\n{LONG}\n\nUpdated 4 May 2024\n\n{LONG}")
    assert article.date == date(2024, 5, 3)
    assert ("paragraph", "Updated 4 May 2024") in shapes(article.blocks)


def test_a_question_that_opens_the_text_speaks_to_the_reader() -> None:
    """It is short and above prose, yet no heading."""
    assert shapes(read(f"Have you ever rested?\n\n{LONG}").blocks)[0] == ("paragraph", "Have you ever rested?")


def test_the_last_line_is_no_heading() -> None:
    """Nothing follows that it could head."""
    assert isinstance(read(f"{LONG}\n\nWarm regards").blocks[-1], Paragraph)


def test_marked_headings_are_believed() -> None:
    """Hash signs and underlines say what a line is."""
    article = read(f"## Resting\n{LONG}\n\nSleeping\n--------\n{LONG}\n\n2.1 Napping\n\n{LONG}")
    headings = [(block.text, block.level) for block in article.blocks if isinstance(block, Heading)]
    assert headings == [("Resting", 2), ("Sleeping", 2), ("2.1 Napping", 3)]


@pytest.mark.parametrize("bullet", ["-", "*", "•", "–", "+"])
def test_bullets_make_a_list(bullet: str) -> None:
    """With or without blank lines, nested by their indent, wrapped lines joined."""
    article = read(f"You need:\n{bullet} water\n  {bullet} warm\n\n{bullet} rest,\n  and more of it\n\n{LONG}")
    (items,) = [block for block in article.blocks if isinstance(block, ListBlock)]
    assert [(plain(item.spans), item.level) for item in items.items] == [
        ("water", 0),
        ("warm", 1),
        ("rest, and more of it", 0),
    ]
    assert not items.ordered


def test_numbers_from_one_make_an_ordered_list() -> None:
    """Numbers followed by prose are headings or words, and keep their number."""
    article = read(f"1. Drink\n2) Rest\n\n{LONG}\n\n3. Sleep\n\n{LONG}")
    assert isinstance(first := article.blocks[0], ListBlock)
    assert first.ordered
    assert article.blocks[2].text == "3. Sleep"


def test_a_quote_keeps_its_paragraphs_and_its_source() -> None:
    """Lines behind > are a quote, a dash below names who said it."""
    article = read(f"> Rest is\n> good.\n>\n> Sleep too.\n\n— Rumi\n\n{LONG}\n\n> Short.\n> — Anna")
    quotes = [block for block in article.blocks if isinstance(block, Quote)]
    assert [(len(quote.paragraphs), quote.attribution) for quote in quotes] == [(2, "Rumi"), (1, "Anna")]


def test_a_quote_keeps_the_signs_within_its_lines() -> None:
    """Only the marks at the start of a line are marks."""
    assert read(f"> 3 > 2 and > 1\n\n{LONG}").blocks[0].text == "3 > 2 and > 1"


def test_short_lines_are_kept_as_lines() -> None:
    """An address or a verse keeps its breaks."""
    assert (
        read(f"{LONG}\n\nJane Doe\n12 Main Street\nSpringfield").blocks[-1].text
        == "Jane Doe\n12 Main Street\nSpringfield"
    )


def test_a_line_of_stars_is_a_break() -> None:
    """Dividers are rules, not text."""
    assert read(f"{LONG}\n\n* * *\n\n{LONG}").blocks[1] == Rule()


def test_words_broken_at_their_hyphen_are_mended() -> None:
    """A compound that the margin broke stays one word."""
    body = (
        "Many of us who live in a town today are without a doubt rather touch-\nstarved, and do not notice it at all."
    )
    assert "rather touch-starved, and" in read(body).blocks[0].text


@pytest.mark.parametrize("text", ["Only a title", "Only a title\n\n\n", "Only a title\n \u00a0\n"])
def test_a_title_alone_is_no_article(text: str) -> None:
    """It is refused, with the file's name."""
    with pytest.raises(InputError, match=r"rest\.txt holds no article: only a title"):
        read_text(text, "rest.txt")


def test_strange_characters_survive() -> None:
    """Bars, brackets, emoji, no-break spaces and other scripts are words like any other."""
    text = "a | b < c & d > e 🙂 مرحبا 5\u00a0€ [[ first_name ]] {{ x }}"
    assert read(f"{text}.\n\n{LONG}").blocks[0].text == f"{text}."


@given(st.lists(LINES, min_size=1, max_size=14))
def test_no_letter_is_lost_doubled_or_moved(lines: list[str]) -> None:
    """Of any text, the article holds all letters in order, but for dates, bylines and labels that became facts."""
    text = "\n".join(lines)
    with suppress(InputError):
        article = read_text(text, "any.txt")
        if article.date is None and article.author is None and "related" not in text.lower():
            assert letters("".join(visible(article))) == letters(re.sub(r"(?m)^\s*(?:\W|\d)*", "", text))
