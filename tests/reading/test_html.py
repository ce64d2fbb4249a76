"""A page gives up its article with the structure it had, and none of what surrounds it."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.article import Heading, Image, Paragraph, Quote, Span, Table, plain
from newsletter.errors import InputError
from newsletter.reading.html import read_html

ADDRESS = "https://river.example/blog/rest"
PROSE = "<p>After a massage the body keeps working for a good while, and rest helps it along.</p>" * 3


def test_the_facts_of_a_page_are_found(page: str) -> None:
    """Title without the site, description, date, author and language."""
    article = read_html(page, ADDRESS, ADDRESS)
    assert (article.title, article.dek) == ("Why rest helps", "What a quiet evening does for your muscles.")
    assert (article.date, article.author, article.language) == (date(2024, 10, 28), "Jane Doe", "en-GB")


def test_the_structure_of_the_article_is_kept(page: str) -> None:
    """Headings, list, quote, picture and table stand where they stood, once."""
    kinds = [block.type for block in read_html(page, ADDRESS, ADDRESS).blocks]
    assert kinds == [
        *("paragraph", "heading", "paragraph", "image", "list", "quote", "heading", "table", "paragraph"),
    ]


def test_links_and_pictures_are_absolute(page: str) -> None:
    """Against the address of the page."""
    article = read_html(page, ADDRESS, ADDRESS)
    links = [span.href for span in article.spans() if span.href]
    pictures = [block for block in article.blocks if isinstance(block, Image)]
    assert links == ["https://river.example/blog/fascia?a=1&b=2"]
    assert pictures == [
        Image(
            src="https://river.example/pictures/rest.jpg",
            alt="A cup of tea",
            href="https://river.example/large.jpg",
            caption="Tea helps.",
        )
    ]


@pytest.mark.parametrize(
    "noise", ["Home", "Share this", "Popular posts", "Great post", "Copyright", "track", "By Jane", "28 October"]
)
def test_what_surrounds_the_article_is_left_out(page: str, noise: str) -> None:
    """Navigation, sharing, comments, scripts, and what the facts say already."""
    assert noise not in "\n".join(block.text for block in read_html(page, ADDRESS, ADDRESS).blocks)


def test_levels_quotes_and_tables_are_exact(page: str) -> None:
    """Down to who is quoted and which row names the columns."""
    article = read_html(page, ADDRESS, ADDRESS)
    assert [block.level for block in article.blocks if isinstance(block, Heading)] == [2, 3]
    assert [block.attribution for block in article.blocks if isinstance(block, Quote)] == ["John Lubbock"]
    (table,) = [block for block in article.blocks if isinstance(block, Table)]
    assert table.header
    assert [[plain(cell) for cell in row] for row in table.rows][1] == ["2", "Drink & rest"]


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("<title>Rest | River Studio</title>", "Rest"),
        ("<title>Rest - a guide</title>", "Rest - a guide"),
        ('<title>x</title><meta property="og:title" content="Rest">', "Rest"),
        ('<title>Rest – River</title><meta property="og:site_name" content="River">', "Rest"),
        ('<script type="application/ld+json">{"@type": "BlogPosting", "headline": "Rest"}</script>', "Rest"),
        ("<title>Rest well | River</title></head><body><h1>Rest  well</h1>", "Rest well"),
        ("</head><body><h1>Rest</h1>", "Rest"),
        ("</head><body><h2>Rest</h2>", "Rest"),
        ("", "My page"),
    ],
)
def test_the_title_is_found(head: str, title: str) -> None:
    """Wherever the page has it, without the name of the site, and not a second time in the text."""
    article = read_html(f"<html><head>{head}{PROSE}", "my-page.html")
    assert article.title == title
    assert not [block for block in article.blocks if isinstance(block, Heading)]


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="article:published_time" content="2024-10-28T10:00:00Z">',
        '<meta itemprop="datePublished" content="2024-10-28">',
        '<script type="application/ld+json">{"@graph": [{"@type": "Article", "datePublished": "2024-10-28"}]}</script>',
        "</head><body><time>October 28, 2024</time>",
        '<script type="application/ld+json">{broken</script><meta name="date" content="28 Oct 2024">',
    ],
)
def test_the_date_is_found(head: str) -> None:
    """In metadata, linked data or the text."""
    assert read_html(f"<html><head>{head}{PROSE}", "a.html").date == date(2024, 10, 28)


def test_a_description_that_repeats_the_opening_is_no_dek() -> None:
    """It would be read twice."""
    head = '<meta name="description" content="After a massage the body keeps working for…">'
    assert read_html(f"<html><head>{head}{PROSE}", "a.html").dek is None


@pytest.mark.parametrize("name", ["dek", "standfirst", "post-subtitle", "lead subtitle"])
def test_a_line_marked_as_dek_is_the_dek(name: str) -> None:
    """It goes before the description that search engines read, and stands once."""
    head = '<meta name="description" content="Massage in Bristol">'
    article = read_html(f"{head}<article><h1>Rest</h1><p class='{name}'>A quiet evening.</p>{PROSE}</article>", ADDRESS)
    assert article.dek == "A quiet evening."
    assert all("quiet" not in block.text for block in article.blocks)


def test_a_byline_and_a_date_above_the_text_are_no_text() -> None:
    """Also where the head of the page names neither."""
    lines = "<p>By Jane Doe</p><p>Posted on October 28, 2024, at 11:29 a.m.</p>"
    article = read_html(f"<article><h1>Rest</h1>{lines}{PROSE}</article>", ADDRESS)
    assert (article.author, article.date) == ("Jane Doe", date(2024, 10, 28))
    assert article.blocks[0].text.startswith("After a massage")


def test_lists_of_other_posts_are_left_out() -> None:
    """Wherever they stand; a list of links that the author made stays."""
    other = "<h3>{}</h3><ul><li><a href=/a>One more</a></li><li><a href=/b>And one</a></li></ul>".format
    page = f"<article><h1>Rest</h1>{PROSE}{other('You may also like')}{PROSE}{other('Tools')}{PROSE}</article>"
    texts = [block.text for block in read_html(page, ADDRESS, ADDRESS).blocks]
    assert "You may also like" not in texts
    assert "One more\nAnd one" in texts[texts.index("Tools") :]


def test_the_title_is_the_heading_that_the_page_is_named_after() -> None:
    """Not the name of the section above it, though that is the first heading."""
    page = f"<title>Why rest helps</title><h1>Allergies</h1><article><h2>Why rest helps</h2>{PROSE}</article>"
    assert read_html(page, ADDRESS).title == "Why rest helps"


HOSTILE = [
    "<p>" * 100_000,
    "".join(f"<p>words and more, {number} times over</p>" for number in range(5_000)),
    "<div>" * 5_000 + PROSE,
    "<table><tr><td>" * 2_000 + PROSE,
    "<p>words and more</p>" * 500_000,
    "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><p>&b;&b;</p>" + PROSE,
    "<svg><script>alert(1)</script></svg><math><style><img src=x onerror=alert(1)></style></math>" + PROSE,
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>" + PROSE,
    "<a href='&#106;avascript:alert(1)'>click</a><a href=' java\tscript:x'>here</a>" + PROSE,
    "<meta charset=utf-16>" + PROSE,
    "<base href='javascript:x//'>" + PROSE,
    "<" * 200_000 + PROSE,
    "&#x110000;&#0;&#xd800;" + PROSE,
    "<title>" + "x" * 1_000_000 + "</title>" + PROSE,
    "<script type='application/ld+json'>" + "[" * 100_000 + "</script>" + PROSE,
]


@pytest.mark.parametrize("page", HOSTILE, ids=[page[:24] for page in HOSTILE])
def test_a_hostile_page_harms_nobody(page: str) -> None:
    """It is read or refused; no script and no address of one comes out of it."""
    with suppress(InputError):
        article = read_html(page, ADDRESS, ADDRESS)
        assert all(not (span.href or "").lower().startswith(("javascript", "data")) for span in article.spans())
        assert "alert(" not in "".join(block.text for block in article.blocks)


def test_a_picture_that_loads_late_gets_its_address() -> None:
    """Whether a script or a fallback names it, it stands once."""
    lazy = '<p><img src="data:image/gif;base64,R0" data-src="/a.jpg"><noscript><img src="/a.jpg"></noscript></p>'
    pictures = [
        block for block in read_html(PROSE + lazy + PROSE, "a.html", ADDRESS).blocks if isinstance(block, Image)
    ]
    assert pictures == [Image(src="https://river.example/a.jpg")]


def test_a_saved_page_knows_its_own_address() -> None:
    """A canonical link completes what is relative."""
    html = f'<html><head><link rel="canonical" href="{ADDRESS}"></head><body>{PROSE}<p><a href="/x">Words</a> more</p>'
    assert Span(text="Words", href="https://river.example/x") in list(read_html(html, "a.html").spans())


def test_a_short_article_is_an_article() -> None:
    """A page need not be long."""
    article = read_html("<h1>Rest</h1><p>Just one short paragraph of text, that is all.</p>", "a.html")
    assert [type(block) for block in article.blocks] == [Paragraph]


LINKS = "<ul>" + '<li><a href="/a">A link to some other page of this site</a></li>' * 20 + "</ul>"


@pytest.mark.parametrize(
    "html",
    [
        *(
            "",
            " ",
            "<p>",
            "<!-- x -->",
            "\0",
            "<nav>Home</nav>",
            "<form>Your name <input></form>",
            f"<title>x</title>{LINKS}",
        ),
        *("<script>var article = 'a long text that is none, since it is a program';</script>",),
    ],
)
def test_a_page_without_an_article_is_refused(html: str) -> None:
    """Empty pages, log-ins and lists of links are named."""
    with pytest.raises(InputError, match="no article found in page"):
        read_html(html, "page")


@given(
    st.lists(st.sampled_from(["<p>", "</p>", "<article>", "<title>", "<meta ", 'content="', ">", "words "]) | st.text())
)
def test_any_page_gives_an_article_or_an_input_error(parts: list[str]) -> None:
    """Nothing else is ever raised."""
    with suppress(InputError):
        read_html("".join(parts), "a.html")
