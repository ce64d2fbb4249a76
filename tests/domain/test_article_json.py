"""The JSON form of an article keeps every word, style and link, and can be written by hand."""

import json
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.article import (
    Article,
    Block,
    CallToAction,
    Code,
    Heading,
    Image,
    Inline,
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
from newsletter.domain.article_json import article_from_json, article_to_json, blocks_from_json, blocks_to_json
from newsletter.errors import InputError

WORDS = st.text(max_size=12)
MAYBE = st.none() | WORDS
SPANS = st.builds(
    Span,
    text=WORDS,
    href=MAYBE,
    strong=st.booleans(),
    emphasis=st.booleans(),
    code=st.booleans(),
    cites=st.booleans(),
)
INLINES: st.SearchStrategy[Inline] = st.lists(SPANS, max_size=3).map(tuple) | WORDS.map(inline)
RUNS = st.lists(INLINES, max_size=3).map(tuple)
ITEMS = st.builds(ListItem, spans=INLINES, level=st.integers(0, 4))
BLOCKS: st.SearchStrategy[Block] = st.one_of(
    st.builds(Heading, spans=INLINES, level=st.integers(1, 6)),
    st.builds(Paragraph, spans=INLINES),
    st.builds(ListBlock, items=st.lists(ITEMS, max_size=3).map(tuple), ordered=st.booleans()),
    st.builds(Quote, paragraphs=RUNS, attribution=MAYBE),
    st.builds(Image, src=WORDS, alt=MAYBE, href=MAYBE, caption=MAYBE),
    st.builds(Table, rows=st.lists(RUNS, max_size=3).map(tuple), header=st.booleans()),
    st.builds(Code, text=WORDS),
    st.just(Rule()),
    st.builds(Related, text=WORDS, href=MAYBE),
    st.builds(CallToAction, spans=INLINES, href=MAYBE),
)
ARTICLES = st.builds(
    Article,
    title=WORDS,
    dek=MAYBE,
    date=st.none() | st.dates(),
    author=MAYBE,
    language=st.sampled_from(["en", "de-AT", "ar"]),
    source=WORDS,
    blocks=st.lists(BLOCKS, max_size=4).map(tuple),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "text", "items", "spans", "levels", "rows", "href"]), inner)
    ),
    max_leaves=8,
)


@given(ARTICLES)
def test_an_article_comes_back_equal(article: Article) -> None:
    """Through JSON text and back, nothing of an article changes."""
    assert article_from_json(json.loads(json.dumps(article_to_json(article)))) == article


@given(JSON)
def test_any_data_gives_blocks_or_an_input_error(data: Any) -> None:
    """Whatever is given, nothing but InputError is raised."""
    with suppress(InputError):
        blocks_from_json([{"type": "list"} | data] if isinstance(data, dict) else data)


def test_the_promised_keys_are_there() -> None:
    """Scripts find every promised key, null where the article has nothing."""
    data = article_to_json(Article(title="Rest", date=date(2024, 10, 28), blocks=(Paragraph(spans=inline("Hi")),)))
    assert data == {
        "title": "Rest",
        "dek": None,
        "date": "2024-10-28",
        "author": None,
        "language": "en",
        "source": "",
        "blocks": [{"type": "paragraph", "text": "Hi"}],
        "mentions": [],
    }


def test_spans_stand_only_where_the_plain_words_do_not_say_it_all() -> None:
    """A plain block stays plain; a link brings its spans; both keep the text."""
    linked = (Span(text="See "), Span(text="here", href="https://a.example/"))
    blocks = blocks_to_json((Heading(spans=inline("Rest")), Paragraph(spans=linked)))
    assert blocks == [
        {"type": "heading", "text": "Rest", "level": 2},
        {
            "type": "paragraph",
            "text": "See here",
            "spans": [{"text": "See "}, {"text": "here", "href": "https://a.example/"}],
        },
    ]


def test_quoted_titles_are_listed_as_mentions() -> None:
    """`mentions` names the posts that the article cites."""
    cited = Paragraph(spans=(Span(text="Read “"), Span(text="Sleep well", cites=True), Span(text="”.")))
    assert article_to_json(Article(title="Rest", blocks=(cited,)))["mentions"] == ["Sleep well"]


def test_blocks_can_be_written_by_hand() -> None:
    """The plain form, as packs hold it, is enough for every common block."""
    blocks = blocks_from_json(
        [
            {"type": "heading", "text": "Tonight"},
            {"type": "list", "items": ["Water", "Rest"]},
            {"type": "quote", "text": "One.\n\nTwo."},
            {"type": "table", "rows": [["a", "b"]]},
            {"type": "rule"},
        ]
    )
    assert blocks == (
        Heading(spans=inline("Tonight")),
        ListBlock(items=(ListItem(spans=inline("Water")), ListItem(spans=inline("Rest")))),
        Quote(paragraphs=(inline("One."), inline("Two."))),
        Table(rows=((inline("a"), inline("b")),)),
        Rule(),
    )


@pytest.mark.parametrize(
    ("block", "place"),
    [
        ("words", "blocks[0]"),
        ({"type": "poem", "text": ""}, "blocks[0].type"),
        ({"type": "paragraph"}, "blocks[0].text"),
        ({"type": "heading", "text": "a", "level": 7}, "blocks[0].level"),
        ({"type": "list", "items": ["a", 1]}, "blocks[0].items[1]"),
        ({"type": "list", "items": ["a"], "levels": []}, "blocks[0].levels"),
        ({"type": "image", "alt": "a"}, "blocks[0].src"),
        ({"type": "table", "rows": [["a"], [True]]}, "blocks[0].rows[1][0]"),
        ({"type": "paragraph", "spans": [{"text": "a", "strong": 1}]}, "blocks[0].spans[0].strong"),
    ],
)
def test_a_fault_is_named_with_its_place(block: Any, place: str) -> None:
    """Whoever wrote the data learns where it is wrong."""
    with pytest.raises(InputError) as caught:
        blocks_from_json([block])
    assert caught.value.message.startswith(f"{place} ")


def test_a_wrong_date_is_named() -> None:
    """A date that is no date is refused, not guessed."""
    with pytest.raises(InputError, match="2024-13-01"):
        article_from_json({"title": "Rest", "date": "2024-13-01"})
