"""What goes in comes out: every word of an article, once, in order, and never as markup, slot or template."""

import re
from collections.abc import Callable, Iterable, Iterator

import lxml.html
import pytest
from hypothesis import HealthCheck, given, settings
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
    plain,
)
from newsletter.domain.edition import Edition
from newsletter.domain.issue import Issue
from newsletter.domain.studio import Design, Studio
from newsletter.rendering import compose
from newsletter.rendering.skeleton import clean
from newsletter.rendering.templates import Templates

BELOW = ("That is all for today.", "Anna Holm Still Waters & Co", "Still Waters & Co 12 Harbour Lane")
FRAGMENTS = [
    "مرحبا بالعالم",
    "नमस्ते दुनिया",
    "สวัสดีชาวโลก",
    "你好，世界。",
    "👩‍👩‍👧‍👦 🏳️‍🌈",
    "e\u0301",
    "no\u00a0break",
    "zero\u200dwidth",
    '"quoted"',
    "it's",
    "<script>alert(1)</script>",
    "a < b > c & d",
    "&amp; &nbsp; &#65;",
    "C:\\new\\table",
    "two\nlines",
    "\ttab",
    "[[ first_name ]]",
    "[[",
    "]]",
    "[[[ view_url | x ]]]",
    "{{ x }}",
    "{% if %}",
    "{# #}",
    "%s {0}",
    "zq61qz",
    "zs61sz",
    "<![endif]-->",
    "<!--[if mso]>",
    "</mj-text>",
    "</td></tr></table>",
    "%recipient.name%",
    "%%x%% *|FNAME|* ${x}",
    "\u200fright\u200e",
    "\u202eturned",
    "\u2067isolated",
    "' onload='x",
    "--",
    "https://example.com/" + "x" * 90,
    " ",
    "word",
    "A sentence of some length.",
]
texts = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=6), min_size=1, max_size=8).map("".join)
wordy = texts.filter(lambda text: clean(text).strip() != "")
spans = st.lists(
    st.builds(Span, text=texts, strong=st.booleans(), emphasis=st.booleans(), code=st.booleans()), max_size=3
).map(tuple)
blocks = st.one_of(
    st.builds(Heading, spans=spans, level=st.integers(1, 6)),
    st.builds(Paragraph, spans=spans),
    st.builds(CallToAction, spans=spans),
    st.builds(Related, text=texts),
    st.builds(Rule),
    st.builds(
        Image,
        src=texts.map(lambda text: f"https://example.com/{text}"),
        alt=st.none() | texts,
        caption=st.none() | wordy,
    ),
    st.builds(Code, text=texts),
    st.builds(Quote, paragraphs=st.lists(spans, min_size=1, max_size=2).map(tuple), attribution=st.none() | texts),
    st.builds(
        ListBlock,
        items=st.lists(st.builds(ListItem, spans=spans, level=st.integers(0, 3)), min_size=1, max_size=4).map(tuple),
        ordered=st.booleans(),
    ),
    st.builds(
        Table,
        rows=st.integers(1, 3).flatmap(
            lambda width: st.lists(st.tuples(*[spans] * width), min_size=1, max_size=3).map(tuple)
        ),
        header=st.booleans(),
    ),
)  # fmt: skip
articles = st.builds(
    Article,
    title=wordy,
    dek=st.none() | wordy,
    blocks=st.lists(blocks, max_size=6).map(tuple),
    language=st.sampled_from(["en", "ar"]),
)
_WHITE = re.compile(r"[ \t\r\n\f\v]+")
thorough = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def _said(text: str) -> str:
    return _WHITE.sub(" ", clean(text)).strip(" ")


def _passages(block: Block) -> Iterator[Inline]:
    match block:
        case ListBlock():
            yield from (item.spans for item in block.items)
        case Quote():
            yield from block.paragraphs
            yield (Span(text=f"— {block.attribution}"),) if block.attribution else ()
        case Table():
            yield from (cell for row in block.rows for cell in row)
        case Image():
            yield (Span(text=block.caption or ""),)
        case Related():
            yield (Span(text=f"Related: {block.text}"),)
        case Code():
            yield (Span(text=block.text),)
        case Heading() | Paragraph() | CallToAction():
            yield block.spans


def _shown(article: Article) -> list[str]:
    """What the HTML is to say of the blocks, passage by passage."""
    return _said_of(passage for block in article.blocks for passage in _passages(block))


def _written(article: Article) -> list[str]:
    """What the letter is to say: a picture in words, and each cell after the name of its column."""
    said: list[Inline] = []
    for block in article.blocks:
        if isinstance(block, Image):
            said.append((Span(text=block.caption or block.alt or ""),))
        elif isinstance(block, Table) and block.header and len(block.rows) > 1:
            said += [each for row in block.rows[1:] for pair in zip(block.rows[0], row, strict=True) for each in pair]
        else:
            said += _passages(block)
    return _said_of(said)


def _said_of(passages: Iterable[Inline]) -> list[str]:
    return [text for passage in passages if (text := _said(plain(passage))).strip()]


@thorough
@given(article=articles, design=st.sampled_from(Design))
def test_visible_text_of_the_html_is_the_article(
    article: Article, design: Design, studio: Studio, templates: Templates, passages: Callable[[Edition], list[str]]
) -> None:
    """Element by element, nothing lost, doubled, glued or moved, in every design."""
    shown = passages(compose.newsletter(Issue(articles=(article,), design=design), studio, templates))

    body = [text for text in shown if text.strip()]
    head = [_said(article.title), *([_said(article.dek)] if article.dek else [])]
    start = body.index("Hello Maria,") + 1
    end = next(number for number, text in enumerate(body) if text.startswith(BELOW))
    assert body[start:end] == [*(head if design is Design.LETTER else []), *_shown(article)]


@thorough
@given(article=articles)
def test_letter_holds_every_word(
    article: Article, studio: Studio, templates: Templates, letter: Callable[[Edition], str]
) -> None:
    """The plain text has the same words in the same order, whatever the line breaks between them."""
    written = letter(compose.newsletter(Issue(articles=(article,)), studio, templates))

    unquoted = re.sub(r"(?m)^>", "", written)
    remaining = re.sub(r"\s", "", unquoted)
    for text in _written(article):
        wanted = re.sub(r"\s", "", re.sub(r"(?m)^\s*>", "", clean(text)))
        found = remaining.find(wanted)
        assert found >= 0, text
        remaining = remaining[found + len(wanted) :]


@thorough
@given(text=texts, href=texts)
def test_nothing_escapes_an_attribute(
    text: str, href: str, studio: Studio, templates: Templates, page: Callable[[Edition], lxml.html.HtmlElement]
) -> None:
    """Alternative texts and addresses come back from the parsed document as they went in."""
    picture = Image(src=f"https://example.com/{href}", alt=text, href=f"https://example.com/{href}")
    document = page(compose.newsletter(Issue(articles=(Article(title="T", blocks=(picture,)),)), studio, templates))

    address = re.sub(r"\s", "%20", f"https://example.com/{href}".strip())
    image = document.find(".//img")
    assert _said(image.get("alt")) == _said(text or "example.com")
    assert image.get("src") == clean(address)
    assert image.getparent().get("href") == clean(address)
    assert set(image.keys()) <= {"alt", "src", "style", "width"}
    assert not document.xpath("//script")


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "JAVASCRIPT:x", "data:text/html,x", "vbscript:x", "//[", "#part", ""]
)
def test_address_that_a_mail_may_not_link_to_leaves_plain_words(
    href: str, studio: Studio, templates: Templates, page: Callable[[Edition], lxml.html.HtmlElement]
) -> None:
    """The words stay, the link goes."""
    paragraph = Paragraph(spans=(Span(text="these words", href=href),))
    document = page(compose.newsletter(Issue(articles=(Article(title="T", blocks=(paragraph,)),)), studio, templates))

    assert "these words" in document.text_content()
    assert not document.xpath("//a[contains(., 'these words')]")
