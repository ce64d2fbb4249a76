"""What an author meant is recognised in any kind of document."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.article import (
    Block,
    CallToAction,
    Inline,
    ListBlock,
    ListItem,
    Paragraph,
    Related,
    Span,
    inline,
    plain,
)
from newsletter.reading.marks import recognise


def paragraph(text: str) -> Paragraph:
    return Paragraph(spans=inline(text))


def only(text: str) -> Block:
    (block,) = recognise([paragraph(text), paragraph("That is all.")])[:-1]
    return block


@pytest.mark.parametrize(
    ("text", "title", "href"),
    [
        ("Related: Massage & Sleep", "Massage & Sleep", None),
        ("RELATED POST: “Massage & Sleep”", "Massage & Sleep", None),
        ("Read next: Massage & Sleep (https://a.example/sleep)", "Massage & Sleep", "https://a.example/sleep"),
        ("Related: https://a.example/sleep", "https://a.example/sleep", "https://a.example/sleep"),
    ],
)
def test_a_related_post_is_named(text: str, title: str, href: str | None) -> None:
    """The label goes, the title stays, an address becomes its link."""
    assert only(text) == Related(text=title, href=href)


def test_a_link_in_a_related_line_is_kept() -> None:
    """In Markdown and HTML the title is linked already."""
    spans = (Span(text="Related: ", strong=True), Span(text="Sleep", href="https://a.example/s"))
    assert recognise([Paragraph(spans=spans)]) == (Related(text="Sleep", href="https://a.example/s"),)


def test_several_related_lines_are_several_posts() -> None:
    """Each line of the paragraph is one."""
    assert recognise([paragraph("Related: Sleep\nRelated: Rest")]) == (Related(text="Sleep"), Related(text="Rest"))


@pytest.mark.parametrize("text", ["Related studies say so.", "Related:", "It is related: to rest"])
def test_other_lines_are_not_related_posts(text: str) -> None:
    """Only the label at the start, with something behind it, counts."""
    assert only(text) == paragraph(text)


@pytest.mark.parametrize(
    "text",
    [
        "Read my last blog, “Why Rest Helps”.",
        'See the post "Why Rest Helps" for more.',
        "In “Why Rest Helps” post I told you.",
        "Lesen Sie auch den Artikel „Why Rest Helps“.",
    ],
)
def test_a_quoted_title_near_a_word_for_a_post_is_cited(text: str) -> None:
    """The words inside the quotation marks, and no more."""
    block = only(text)
    assert isinstance(block, Paragraph)
    assert [span.text for span in block.spans if span.cites] == ["Why Rest Helps"]
    assert block.text == text


@pytest.mark.parametrize(
    "text", ["She said: “Why Rest Helps”.", "I read “rest” as a verb.", "Read it. “Why Rest Helps” too."]
)
def test_other_quotations_are_not_cited(text: str) -> None:
    """Speech and single words name no post."""
    assert only(text) == paragraph(text)


@pytest.mark.parametrize(
    ("text", "words", "href"),
    [
        ("See https://a.example/x_(y)?a=1&b=2.", "https://a.example/x_(y)?a=1&b=2", "https://a.example/x_(y)?a=1&b=2"),
        ("(See www.a.example/x)", "www.a.example/x", "https://www.a.example/x"),
        ("Write to jane.doe@a.example, please.", "jane.doe@a.example", "mailto:jane.doe@a.example"),
    ],
)
def test_addresses_in_the_text_become_links(text: str, words: str, href: str) -> None:
    """Without the punctuation of the sentence around them."""
    block = only(text)
    assert isinstance(block, Paragraph)
    assert [(span.text, span.href) for span in block.spans if span.href] == [(words, href)]
    assert block.text == text


def test_links_and_code_are_left_as_they_are() -> None:
    """What has its meaning already gets no second one."""
    spans: Inline = (
        Span(text="https://a.example/", href="https://b.example/"),
        Span(text=" https://c.example", code=True),
    )
    items = ListBlock(items=(ListItem(spans=spans),))
    assert recognise([items]) == (items,)


@pytest.mark.parametrize(
    "text",
    [
        "Book your massage today, and let’s talk.",
        "Ready to feel better? Schedule a session now.",
        "Call 555-1234 to reserve your place.",
        "Please contact me for a first talk.",
        "Get in touch!",
        "Buchen Sie gleich Ihren Termin.",
    ],
)
def test_the_last_paragraph_that_asks_to_come_is_the_call(text: str) -> None:
    """It keeps its words; its address is left open."""
    assert recognise([paragraph("Rest."), paragraph(text)])[-1] == CallToAction(spans=inline(text))


def test_the_call_takes_the_address_it_names() -> None:
    """A link in it is where it leads; related posts may stand below it."""
    blocks = recognise([paragraph("Book online at https://a.example/book."), paragraph("Related: Rest")])
    assert isinstance(blocks[0], CallToAction)
    assert blocks[0].href == "https://a.example/book"


@pytest.mark.parametrize(
    "text",
    ["Book lovers know this.", "I wrote a book about it.", "Text messages disturb sleep.", "Book now. " + "x" * 300],
)
def test_other_endings_are_no_call(text: str) -> None:
    """Nouns ask for nothing, and a long text is no button."""
    assert isinstance(recognise([paragraph(text)])[-1], Paragraph)


@given(st.lists(st.text(max_size=30).map(lambda text: Span(text=text)), max_size=4).map(tuple))
def test_words_never_change(spans: Inline) -> None:
    """Marks add meaning to spans, never a letter."""
    (block, *_) = recognise([ListBlock(items=(ListItem(spans=spans),))])
    assert block.text == plain(spans)
