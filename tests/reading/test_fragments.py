"""HTML becomes blocks with their structure, and nothing that runs or tracks comes along."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.article import (
    Block,
    Code,
    Heading,
    Image,
    ListBlock,
    Paragraph,
    Quote,
    Rule,
    Span,
    Table,
    inline,
    plain,
)
from newsletter.reading.fragments import fragment_blocks

BASE = "https://a.example/blog/post"
TAGS = ["p", "div", "ul", "ol", "li", "table", "tr", "td", "th", "blockquote", "figure", "figcaption", "a", "b", "pre"]
TAGS += ["h2", "dl", "dt", "picture", "noscript", "svg", "script", "form", "button", "x-card", "br", "img", "hr"]
MARKUP = st.lists(
    st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS]) | st.text(max_size=8), max_size=30
).map("".join)


def blocks(html: str) -> list[Block]:
    return list(fragment_blocks(html, BASE))


def test_styles_and_links_become_spans() -> None:
    """Nested styles add up; a link is absolute."""
    assert blocks('<p>A <b>bold <i>word</i></b> <a href="../x?a=1&amp;b=2">link</a> <code>x</code></p>') == [
        Paragraph(
            spans=(
                Span(text="A "),
                Span(text="bold ", strong=True),
                Span(text="word", strong=True, emphasis=True),
                Span(text=" "),
                Span(text="link", href="https://a.example/x?a=1&b=2"),
                Span(text=" "),
                Span(text="x", code=True),
            )
        )
    ]


@pytest.mark.parametrize(
    "href",
    [
        *(
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "#top",
            "http://[",
            "",
        ),
        *(
            "file:///etc/passwd",
            "http:///nothing",
        ),
    ],
)
def test_only_links_that_a_mail_can_use_are_kept(href: str) -> None:
    """The words of other links stay."""
    assert blocks(f'<p><a href="{href}">words</a></p>') == [Paragraph(spans=inline("words"))]


@pytest.mark.parametrize("href", ["mailto:jane@a.example", "tel:+15551234", "https://b.example/%20x#y"])
def test_mail_and_telephone_links_are_kept(href: str) -> None:
    """They work in every mail program."""
    assert blocks(f'<a href="{href}">words</a>') == [Paragraph(spans=(Span(text="words", href=href),))]


def test_white_space_is_what_a_browser_shows() -> None:
    """Blanks and newlines are one blank, a no-break space stays, <br> breaks the line and twice the paragraph."""
    assert [block.text for block in blocks("<p> a\n <b> b</b>\t5\u00a0€ <br> c<br><br>d </p>e")] == [
        "a b 5\u00a0€\nc",
        "d",
        "e",
    ]


def test_pictures_stand_between_the_words() -> None:
    """A picture inside a paragraph splits it; its link, caption and alternative text stay with it."""
    html = (
        '<p>One <a href="/l"><img src="i.png" alt="Alt"></a> two</p><figure><img src=j.png><figcaption>Cap</figcaption>'
    )
    assert blocks(html) == [
        Paragraph(spans=inline("One")),
        Image(src="https://a.example/blog/i.png", alt="Alt", href="https://a.example/l"),
        Paragraph(spans=inline("two")),
        Image(src="https://a.example/blog/j.png", caption="Cap"),
    ]


@pytest.mark.parametrize(
    "html", ['<img src="data:image/png;base64,AA" alt="x">', "<img>", '<img src="/t.gif" width="1" height="1">']
)
def test_pictures_that_no_mail_can_show_are_left_out(html: str) -> None:
    """Data pictures, empty ones and trackers."""
    assert blocks(html) == []


@pytest.mark.parametrize(("alt", "kept"), [("IMG_2041.JPG", None), ("DSC 0042", None), ("", ""), ("A tea.", "A tea.")])
def test_the_name_of_a_file_describes_nothing(alt: str, kept: str | None) -> None:
    """So that the author is asked for a description; an empty one says that the picture is decoration."""
    (image,) = blocks(f'<img src="i.png" alt="{alt}">')
    assert isinstance(image, Image)
    assert image.alt == kept


def test_a_drawn_emoji_is_a_letter() -> None:
    """Blog software puts pictures in its place."""
    assert blocks('<p>Hi <img src="/emoji/1f600.svg" alt="😀"></p>') == [Paragraph(spans=inline("Hi 😀"))]


def test_lists_keep_their_nesting() -> None:
    """Also where a list stands right inside a list, and where items hold paragraphs."""
    (block,) = blocks("<ol><li><p>a</p><p>b</p><ul><li>c</ul><li>d<ul><ul><li>e</ul></ul></ol>")
    assert isinstance(block, ListBlock)
    assert block.ordered
    assert [(plain(item.spans), item.level) for item in block.items] == [("a\nb", 0), ("c", 1), ("d", 0), ("e", 2)]


def test_quotes_keep_their_paragraphs_and_source() -> None:
    """The footer of a quote says who spoke."""
    assert blocks("<blockquote><p>A</p><p>B</p><footer>— Rumi</footer></blockquote>") == [
        Quote(paragraphs=(inline("A"), inline("B")), attribution="Rumi")
    ]


def test_tables_are_tables_or_layout() -> None:
    """Two columns make a table, padded where a row is short; a single column only lays out."""
    assert blocks("<table><tr><th>A<th>B<tr><td>1</table><table><tr><td><p>x<p>y</table>") == [
        Table(rows=((inline("A"), inline("B")), (inline("1"), ())), header=True),
        Paragraph(spans=inline("x")),
        Paragraph(spans=inline("y")),
    ]


def test_code_headings_and_rules() -> None:
    """Code keeps its lines; a heading its level; an empty heading is none."""
    assert blocks("<pre><code>a  b\n  c\n</code></pre><h3>H <i>i</i></h3><h2> </h2><hr>") == [
        Code(text="a  b\n  c"),
        Heading(spans=(Span(text="H "), Span(text="i", emphasis=True)), level=3),
        Rule(),
    ]


def test_without_a_base_relative_addresses_stay_as_written() -> None:
    """Pictures may lie beside the file, links be meant on the studio's own website."""
    assert fragment_blocks('<a href="x.html">w</a><img src="pics/a.png">') == (
        Paragraph(spans=(Span(text="w", href="x.html"),)),
        Image(src="pics/a.png"),
    )


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://b.example/?utm_source=x&id=3&fbclid=9#part", "https://b.example/?id=3#part"),
        ("https://b.example/?utm_campaign=x#part", "https://b.example/#part"),
        ("https://b.example/?q=utm_source&a", "https://b.example/?q=utm_source&a"),
        ("javascript:alert(1)", None),
        ("JaVa\nScript:alert(1)", None),
        ("data:text/html,x", None),
    ],
)
def test_links_lead_where_their_words_say_and_tell_nobody(written: str, kept: str | None) -> None:
    """Without what counts clicks, and never to a script."""
    (paragraph,) = blocks(f'<p><a href="{written}">w</a></p>')
    assert isinstance(paragraph, Paragraph)
    assert [span.href for span in paragraph.spans] == [kept]


@pytest.mark.parametrize(
    "source", ["https://pixel.wp.com/b.gif?x", "/i/spacer.gif", "https://feeds.feedburner.com/~r/4"]
)
def test_known_beacons_are_no_pictures(source: str) -> None:
    """They show nothing and count who looks."""
    assert blocks(f'<img src="{source}" alt="">') == []


def test_a_nested_list_counts_only_where_it_did() -> None:
    """Bullets in a numbered list stay bullets, numbers in a list of bullets stay numbers."""
    (block,) = blocks("<ol><li>a<ul><li>b<ol><li>c</ol></ul></ol>")
    assert isinstance(block, ListBlock)
    assert [(plain(item.spans), item.ordered) for item in block.items] == [("a", None), ("b", False), ("c", True)]


def test_code_within_a_quote_stays_code() -> None:
    """The quote goes on below it, and its source stands at its end."""
    read = blocks("<blockquote><p>A</p><pre>x = 1</pre><p>B</p><footer>Rumi</footer></blockquote>")
    assert read == [
        Quote(paragraphs=(inline("A"),)),
        Code(text="x = 1"),
        Quote(paragraphs=(inline("B"),), attribution="Rumi"),
    ]


def test_a_list_of_sections_is_read_as_sections() -> None:
    """Page builders put headings into items."""
    read = blocks("<ul><li><h3>Tea</h3><p>Hot.</p></li><li><h3>Milk</h3><p>Cold.</p></li></ul>")
    assert [(block.type, block.text) for block in read] == [
        *(("heading", "Tea"), ("paragraph", "Hot."), ("heading", "Milk"), ("paragraph", "Cold.")),
    ]


@pytest.mark.parametrize("tag", ["div", "ul", "li", "blockquote", "b", "table><tr><td", "figure", "h2", "ul><li"])
def test_deep_nesting_keeps_the_words(tag: str) -> None:
    """However deep somebody nests, nothing breaks."""
    assert "deep words" in " ".join(block.text for block in blocks(f"<{tag}>" * 150 + "deep words"))


def test_control_characters_are_dropped() -> None:
    """As they are and as entities, since nothing after us can hold them."""
    assert blocks("<p>a\x01b&#1;c&#x1f;d&#0;</p>")[0].text.startswith("abcd")


@given(MARKUP)
def test_any_markup_gives_blocks(html: str) -> None:
    """Nothing is ever raised, and no markup is left that was not text."""
    for block in blocks(html):
        assert block.type


@given(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=6), max_size=8), st.data())
def test_no_word_is_lost(words: list[str], data: st.DataObject) -> None:
    """Words come out in their order, whatever they stand in."""
    around = [data.draw(st.sampled_from(["p", "li", "h3", "blockquote", "td", "section", "dd", "b"])) for _ in words]
    html = "".join(f"<{tag}>{word} </{tag}>" for tag, word in zip(around, words, strict=True))
    assert " ".join(block.text for block in blocks(html)).split() == words
