"""A newsletter of each kind: what it shows, where it leads, and how it is built."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import pairwise

import lxml.html
import pytest

from newsletter.domain.article import (
    Article,
    CallToAction,
    Code,
    Heading,
    Image,
    ListBlock,
    ListItem,
    Paragraph,
    Quote,
    Related,
    Span,
    Table,
    inline,
)
from newsletter.domain.content import Content
from newsletter.domain.edition import Edition
from newsletter.domain.issue import Issue, Kind
from newsletter.domain.studio import Design, Studio
from newsletter.errors import InputError, TemplateError
from newsletter.rendering import compose
from newsletter.rendering.templates import Templates
from subscribers.consent import Stream

Page = Callable[[Edition], lxml.html.HtmlElement]
Compose = Callable[[Issue], Edition]
ARTICLE = Article(
    title="Rest Is Part of the Work",
    dek="Why the hour after a session matters as much as the session.",
    date=date(2026, 3, 9),
    blocks=(
        Paragraph(spans=inline("The first paragraph.")),
        Heading(spans=inline("A heading"), level=3),
        Paragraph(spans=(Span(text="Read “"), Span(text="Slow Mornings", cites=True), Span(text="” as well."))),
        Related(text="Sleep & Touch"),
        Heading(spans=inline("A deeper one"), level=6),
        CallToAction(spans=inline("Come and see me soon.")),
    ),
)


@pytest.fixture
def composed(studio: Studio, templates: Templates) -> Compose:
    return lambda issue: compose.newsletter(issue, studio, templates)


def _issue(**changes: object) -> Issue:
    return replace(Issue(articles=(ARTICLE,)), **changes)  # type: ignore[arg-type]  # the fields of an issue


def _links(document: lxml.html.HtmlElement) -> dict[str, str]:
    return {link.text_content(): link.get("href") for link in document.iter("a")}


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_marketing_with_a_way_out(kind: Kind, composed: Compose, page: Page) -> None:
    """Unsubscribing and viewing in the browser are one click away, in both parts."""
    edition = composed(_issue(kind=kind))
    links = _links(page(edition))

    assert edition.stream is Stream.MARKETING
    assert links["Unsubscribe from this newsletter"] == "https://example.com/unsubscribe/1"
    assert links["View this mail in your browser"] == "https://example.com/view/1"
    assert "[[ unsubscribe_url ]]" in edition.text
    assert "[[ view_url ]]" in edition.text


@pytest.mark.parametrize("kind", Kind)
def test_one_h1_and_no_level_skipped(kind: Kind, composed: Compose, page: Page) -> None:
    """Whatever levels the article claims, a screen reader walks down step by step."""
    levels = [int(heading.tag[1]) for heading in page(composed(_issue(kind=kind))).xpath("//h1|//h2|//h3|//h4|//h5")]

    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("kind", Kind)
def test_dark_mode_is_declared_and_ruled(kind: Kind, composed: Compose) -> None:
    """For Apple Mail by media query, for Outlook.com by its own attributes."""
    html = composed(_issue(kind=kind)).html

    assert '<meta name="color-scheme" content="light dark"' in html
    assert '<meta name="supported-color-schemes" content="light dark"' in html
    assert "@media (prefers-color-scheme:dark){" in html
    assert "[data-ogsc] .ink div" in html
    assert "[data-ogsb] .button a" in html


def test_language_and_direction_are_said_of_document_and_body(composed: Compose, page: Page) -> None:
    """Webmail throws the html element away, so a wrapper says it again."""
    document = page(composed(_issue(articles=(replace(ARTICLE, language="ar-EG"),))))
    wrapper = document.find("body")[0]

    assert (document.get("lang"), document.get("dir")) == ("ar-EG", "rtl")
    assert (wrapper.get("lang"), wrapper.get("dir"), wrapper.get("role")) == ("ar-EG", "rtl", "article")
    assert "text-align:right" in lxml.html.tostring(document, encoding="unicode")
    assert document.xpath("//*[contains(text(), 'Unsubscribe')]/ancestor::*[@lang='en'][@dir='ltr']")


def test_frame_speaks_the_language_of_the_article(composed: Compose, page: Page) -> None:
    """Where somebody has translated the words of the frame."""
    edition = composed(_issue(articles=(replace(ARTICLE, language="de-CH"),)))

    assert "Newsletter abbestellen" in _links(page(edition))
    assert "9. März 2026" in edition.text


def test_preheader_comes_first_padded_and_is_the_description(composed: Compose, page: Page) -> None:
    """What an inbox shows beside the subject is chosen, not found."""
    edition = composed(_issue())
    document = page(edition)
    hidden = document.find("body")[0][0]

    assert "display:none" in hidden.get("style")
    assert hidden.text_content().startswith(edition.preheader)
    assert hidden.text_content().count("\u034f") >= 50
    assert document.xpath("//meta[@name='description']/@content") == [edition.preheader]
    assert document.findtext(".//title") == edition.subject


def test_layout_tables_say_that_they_are_no_data(composed: Compose) -> None:
    """Those that only Outlook sees as well; and there is no VML."""
    html = composed(_issue()).html

    assert all('role="presentation"' in table for table in re.findall(r"<table[^>]*>", html))
    assert "<v:" not in html


def test_call_keeps_its_sentence_and_gets_a_button(composed: Compose, page: Page, studio: Studio) -> None:
    """The author's words in full, then where to book."""
    edition = composed(_issue())

    assert "Come and see me soon." in page(edition).text_content()
    assert _links(page(edition))["Book a session"] == studio.booking_url
    assert f"Come and see me soon.\n\nBook a session:\n{studio.booking_url}\n" in edition.text


def test_other_posts_become_links_where_their_address_is_known(composed: Compose, page: Page) -> None:
    """By title, in whatever case; elsewhere they stay words."""
    known = {"slow mornings": "https://example.com/slow", "SLEEP & TOUCH": "https://example.com/sleep?a=1&b=2"}
    linked = _links(page(composed(_issue(addresses=known))))

    assert linked["Slow Mornings"] == "https://example.com/slow"
    assert linked["Related: Sleep & Touch"] == "https://example.com/sleep?a=1&b=2"
    assert "Related: Sleep & Touch" not in _links(page(composed(_issue())))
    assert "Related: Sleep & Touch" in page(composed(_issue())).text_content()


def test_every_link_of_the_html_is_in_the_letter(
    composed: Compose, page: Page, letter: Callable[[Edition], str]
) -> None:
    """Nobody who reads plain text is sent elsewhere for an address."""
    edition = composed(_issue(addresses={"Slow Mornings": "https://example.com/slow"}))
    links = set(_links(page(edition)).values()) - {"https://example.com/"}  # the masthead

    assert all(link in letter(edition) for link in links)


def test_teaser_ends_at_the_first_heading_and_leads_on(composed: Compose, page: Page) -> None:
    """The opening, then a link that says where it goes."""
    article = replace(ARTICLE, blocks=(Paragraph(spans=inline("The opening. " * 60)), *ARTICLE.blocks[1:]))
    known = {ARTICLE.title: "https://example.com/rest"}
    edition = composed(_issue(articles=(article,), kind=Kind.TEASER, addresses=known))

    assert "The opening. The opening." in edition.text
    assert "A heading" not in edition.text + edition.html
    assert _links(page(edition))["Read on: Rest Is Part of the Work"] == "https://example.com/rest"


def test_digest_shows_every_article_and_where_to_read_on(composed: Compose, page: Page) -> None:
    """Each by its title, its opening, and its address, source or the studio's site."""
    second = replace(ARTICLE, title="Second", source="https://example.com/second")
    edition = composed(_issue(articles=(ARTICLE, second), kind=Kind.DIGEST))
    document = page(edition)

    assert [heading.text_content() for heading in document.iter("h2")] == [ARTICLE.title, "Second"]
    assert _links(document)["Read on: Second"] == "https://example.com/second"
    assert _links(document)["Read on: Rest Is Part of the Work"] == "https://example.com/"
    assert edition.subject == "New from Still Waters & Co"


def test_long_article_ends_after_a_whole_section(composed: Compose, page: Page) -> None:
    """Gmail clips a mail near 102 KB; ours says where to read on before that."""
    sections = [
        block
        for number in range(40)
        for block in (Heading(spans=inline(f"Part {number}")), Paragraph(spans=inline(f"words {number} " * 300)))
    ]
    edition = composed(_issue(articles=(replace(ARTICLE, blocks=tuple(sections)),)))
    shown = len(list(page(edition).iter("h2")))

    assert 70_000 < len(edition.html.encode()) < 80_000
    assert len(re.findall(rf"words\s{shown - 1}\s", edition.text)) == 300
    assert f"Part {shown}" not in edition.text
    assert "Read on: Rest Is Part of the Work" in _links(page(edition))


def test_note_stands_before_the_article(composed: Compose) -> None:
    """A few words by hand, in paragraphs, without slots."""
    text = composed(_issue(note="For you [[ first_name ]].\n\nTake your time.")).text

    assert text.index("Take your time.") < text.index("The first paragraph.")
    assert "For you [[ brackets ]] first_name ]]." in text


def test_subject_may_hold_slots_and_only_one_line(composed: Compose, page: Page) -> None:
    """A line break in a subject would begin a header."""
    edition = composed(_issue(subject="For you,\r\nBcc: [[ first_name | friend ]]"))

    assert edition.subject == "For you, Bcc: [[ first_name | friend ]]"
    assert page(edition).findtext(".//title") == "For you, Bcc: Maria"


def test_subject_taken_from_a_title_has_no_slots(composed: Compose, page: Page) -> None:
    """An article's words are words."""
    edition = composed(_issue(articles=(replace(ARTICLE, title="Why [[ first_name ]]?"),)))

    assert Content.of(edition).subject({"first_name": "Maria"}) == "Why [[ first_name ]]?"
    assert page(edition).findtext(".//h1") == "Why [[ first_name ]]?"


def test_unknown_slot_in_a_subject_is_refused(composed: Compose) -> None:
    """Better no edition than one with a hole."""
    with pytest.raises(TemplateError, match="frist_name"):
        composed(_issue(subject="Hello [[ frist_name ]]"))


def test_issue_without_articles_is_refused(composed: Compose) -> None:
    """There is nothing to compose."""
    with pytest.raises(InputError, match="no article"):
        composed(Issue(articles=()))


def test_pictures_have_words_and_a_width(composed: Compose, page: Page) -> None:
    """A picture without words is decoration; one that cannot be loaded becomes its caption."""
    pictures = (
        Image(src="https://example.com/a.png"),
        Image(src="https://example.com/b.png", alt="Hands", caption="Two hands"),
        Image(src="file:///c.png", caption="Only these words"),
    )
    document = page(composed(_issue(articles=(replace(ARTICLE, blocks=pictures),))))

    assert [(image.get("alt"), image.get("width")) for image in document.iter("img")] == [("", "536"), ("Hands", "536")]
    assert "Two hands" in document.text_content()
    assert "Only these words" in document.text_content()


@pytest.mark.parametrize(("header", "scopes"), [(True, ["col", "col"]), (False, ["row", "row"])])
def test_data_table_names_its_columns_or_rows(header: bool, scopes: list[str], composed: Compose, page: Page) -> None:
    """A screen reader reads a cell with its name."""
    table = Table(rows=((inline("a"), inline("b")), (inline("c"), inline("d"))), header=header)
    document = page(composed(_issue(articles=(replace(ARTICLE, blocks=(table,)),))))

    assert document.xpath("//th/@scope") == scopes


def test_list_items_nest_as_they_claim(composed: Compose, page: Page) -> None:
    """Also where an item is two levels deeper than the one before."""
    items = tuple(ListItem(spans=inline(str(level)), level=level) for level in (0, 2, 1, 0))
    document = page(composed(_issue(articles=(replace(ARTICLE, blocks=(ListBlock(items=items, ordered=True),)),))))

    assert [len(item.xpath("ancestor::li")) for item in document.iter("li")] == [0, 1, 1, 0]
    assert not document.xpath("//ul")


def test_accent_too_light_for_white_text_is_darkened(templates: Templates, studio: Studio, page: Page) -> None:
    """A button can be read whatever colour the studio likes."""
    pale = replace(studio, accent="#ffe680")
    button = page(compose.newsletter(_issue(), pale, templates)).xpath("//td[@class='button']//a")[0]

    assert "#ffe680" not in button.get("style")
    assert "color:#ffffff" in button.get("style")


def test_logo_takes_the_place_of_the_name(templates: Templates, studio: Studio, page: Page) -> None:
    """With the name as its words, for all who do not load pictures."""
    dressed = replace(studio, logo_url="https://example.com/logo.png")
    logo = page(compose.newsletter(_issue(), dressed, templates)).find(".//img")

    assert (logo.get("alt"), logo.get("width")) == (studio.name, "160")


def test_equal_issues_compose_to_equal_editions(composed: Compose) -> None:
    """An edition is told apart by its hash, so nothing in it may be left to chance."""
    assert composed(_issue()).digest == composed(_issue()).digest


def test_newsletter_that_asks_for_nothing_ends_with_an_invitation_to_write(
    composed: Compose, page: Page, letter: Callable[[Edition], str]
) -> None:
    """A button to write back, where no other leads on; to a person, in both parts."""
    quiet = replace(ARTICLE, blocks=ARTICLE.blocks[:-1])
    edition = composed(_issue(articles=(quiet,)))

    assert _links(page(edition))["Write to Anna Holm"] == "mailto:reply@example.com"
    assert "Write to Anna Holm: mailto:reply@example.com" in letter(edition)
    assert "Write to Anna Holm" not in _links(page(composed(_issue())))
    assert "Write to Anna Holm" not in _links(page(composed(_issue(articles=(quiet,), kind=Kind.TEASER))))


def test_inbox_line_of_an_article_of_one_word_says_who_writes(composed: Compose) -> None:
    """Forty characters at least, or the mailbox fills up with whatever comes next."""
    edition = composed(_issue(articles=(Article(title="Rest", blocks=(Paragraph(spans=inline("Breathe.")),)),)))

    assert edition.preheader == "Breathe. · A few words for a quiet minute, from Anna Holm at Still Waters & Co"


def test_subject_is_never_cut_by_a_mailbox(composed: Compose) -> None:
    """A long title without any mark ends after a whole word."""
    assert composed(_issue(articles=(replace(ARTICLE, title="word " * 30),))).subject == "word " * 10 + "word…"


def test_subject_turns_no_inbox_around(composed: Compose) -> None:
    """A title may hold marks of direction; in a list of mails they would reach the next one."""
    assert composed(_issue(articles=(replace(ARTICLE, title="\u202eRest\u2067"),))).subject == "Rest"


def test_design_is_the_studios_unless_the_issue_says_otherwise(
    templates: Templates, studio: Studio, page: Page
) -> None:
    """One mail may look different."""
    fresh = replace(studio, design=Design.FRESH)

    assert page(compose.newsletter(_issue(), fresh, templates)).xpath("//*[@class='band']")
    assert not page(compose.newsletter(_issue(design=Design.LETTER), fresh, templates)).xpath("//*[@class='band']")


def test_letter_greets_before_its_title_and_signs(composed: Compose, page: Page) -> None:
    """As somebody would who types a mail; no date, no minutes to read."""
    words = page(composed(_issue(design=Design.LETTER))).text_content()

    assert words.index("Hello Maria,") < words.index("Rest Is Part of the Work", words.index("Hello Maria,"))
    assert "Anna HolmStill Waters & Co" in words
    assert "min read" not in words


def test_small_picture_is_not_blown_up(composed: Compose, page: Page) -> None:
    """A wide one fills the column."""
    pictures = (
        Image(src="https://example.com/a.png", alt="a", width=120, height=90),
        Image(src="https://example.com/b.png", alt="b", width=2000, height=900),
    )
    document = page(composed(_issue(articles=(replace(ARTICLE, blocks=pictures),))))

    assert [image.get("width") for image in document.iter("img")] == ["120", "536"]


@pytest.mark.parametrize(("language", "side"), [("en", "left"), ("ar", "right")])
def test_layout_is_mirrored_for_scripts_from_right_to_left(
    language: str, side: str, composed: Compose, page: Page
) -> None:
    """Text, indents and bars; a program listing is never turned."""
    blocks = (Quote(paragraphs=(inline("x"),)), ListBlock(items=(ListItem(spans=inline("y")),)), Code(text="z = 1"))
    document = page(composed(_issue(articles=(replace(ARTICLE, language=language, blocks=blocks),))))

    assert f"border-{side}:3px" in document.find(".//blockquote").get("style")
    assert document.find(".//ul").get("style").endswith("0 0 0 24px" if side == "left" else "0 24px 0 0")
    assert document.find(".//pre").get("dir") == "ltr"


def test_long_quotation_is_set_like_the_text(composed: Compose, page: Page) -> None:
    """Large letters are for a sentence; and who said it stands upright below."""
    quotes = (
        Quote(paragraphs=(inline("short"), inline("— Somebody"))),
        Quote(paragraphs=(inline("long " * 80),)),
    )
    short, long = page(composed(_issue(articles=(replace(ARTICLE, blocks=quotes),)))).iter("blockquote")

    assert "font-size:21px" in short.get("style")
    assert "font-size:18px" in long.get("style")
    assert "font-style:normal" in short[1].get("style")


def test_columns_have_room_for_their_longest_words(composed: Compose, page: Page) -> None:
    """Left to itself a mail program breaks words on a phone; an empty cell heads nothing."""
    table = Table(rows=((inline(""), inline("Wednesday")), (inline("a"), inline("b"))), header=True)
    first, second = page(composed(_issue(articles=(replace(ARTICLE, blocks=(table,)),)))).xpath(
        "//*[@class='line'][@width]"
    )

    assert (first.tag, second.tag) == ("td", "th")
    assert int(first.get("width").rstrip("%")) < int(second.get("width").rstrip("%"))
