"""What the rendering tests share: a studio, its templates, articles of every kind, and how a reader sees a mail."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import lxml.html
import pytest

from newsletter.domain.article import Article, Block, Heading, Image, Paragraph, inline
from newsletter.domain.content import Content
from newsletter.domain.edition import Edition
from newsletter.domain.issue import Issue, Kind
from newsletter.domain.message import Mailbox
from newsletter.domain.studio import Design, Studio
from newsletter.packs.loading import load_plans, safety_blocks
from newsletter.reading.anywhere import read_all
from newsletter.rendering import compose
from newsletter.rendering.templates import Templates

FIELDS = {
    "first_name": "Maria",
    "practitioner": "Jonas",
    "confirm_url": "https://example.com/confirm/1",
    "unsubscribe_url": "https://example.com/unsubscribe/1",
    "preferences_url": "https://example.com/preferences/1",
    "view_url": "https://example.com/view/1",
}
REFERENCE = Path(__file__).parents[3] / "shared" / "articles" / "why-am-i-crying-after-a-massage.txt"
WRITTEN = sorted(Path(__file__, "..", "articles").resolve().glob("*.md"))
ARTICLES = ["reference", "eight-thousand-words", "forty-pictures", *(path.stem for path in WRITTEN)]
OTHERS = ["teaser", "digest", "care", "invitation", "service"]
MAILS = [f"{name} {design}" for name in (*ARTICLES, *OTHERS) for design in Design]
_WHITE = re.compile(r"[ \t\r\n\f\v]+")
_SENTENCE = "Nobody has to say anything on the way out, and most of those who come here say nothing at all. "

Read = Callable[[Edition], list[str]]


@pytest.fixture(scope="session")
def templates() -> Templates:
    return Templates()


@pytest.fixture(scope="session")
def studio() -> Studio:
    return Studio(
        name="Still Waters & Co",
        practitioner="Anna Holm",
        sender=Mailbox(address="anna@example.com", name="Anna Holm"),
        reply_to=Mailbox(address="reply@example.com"),
        postal_address="12 Harbour Lane\nHalifax NS",
        country="CA",
        language="en",
        timezone="America/Halifax",
        website="https://example.com/",
        booking_url="https://example.com/book?from=mail&x=1",
    )


@pytest.fixture(scope="session")
def page() -> Callable[[Edition], lxml.html.HtmlElement]:
    """The HTML of an edition as one reader gets it, parsed."""
    return lambda edition: lxml.html.document_fromstring(Content.of(edition).html(FIELDS))


@pytest.fixture(scope="session")
def letter() -> Callable[[Edition], str]:
    """The plain text of an edition as one reader gets it."""
    return lambda edition: Content.of(edition).text(FIELDS)


@pytest.fixture(scope="session")
def passages(page: Callable[[Edition], lxml.html.HtmlElement]) -> Read:
    """The texts of headings, paragraphs, items and cells in order, each with its white space as a browser shows it."""

    def read(edition: Edition) -> list[str]:
        document = page(edition)
        for line_break in document.iter("br"):
            line_break.tail = " " + (line_break.tail or "")
        for nested in document.xpath("//li//ul | //li//ol"):
            item = nested.getparent()
            item.getparent().insert(item.getparent().index(item) + 1, nested)
        found = document.xpath(
            "//h1 | //h2 | //h3 | //h4 | //h5 | //h6 | //p | //li | //td[@class='line'] | //th | //pre"
        )
        return [_WHITE.sub(" ", element.text_content()).strip(" ") for element in found]

    return read


@pytest.fixture(scope="session")
def articles() -> dict[str, Article]:
    """Articles as unlike each other as can be, by their names; the reference article only where it lies beside us."""
    written = list(read_all([str(path) for path in WRITTEN], allow_private=False))
    made = {path.stem: article for path, article in zip(WRITTEN, written, strict=True)}
    if REFERENCE.exists():
        made["reference"] = next(iter(read_all([str(REFERENCE)], allow_private=False)))
    parts: list[tuple[Block, ...]] = [
        (Heading(spans=inline(f"Part {number}")), *[Paragraph(spans=inline(_SENTENCE * 4))] * 3) for number in range(37)
    ]
    pictures = [Image(src=f"https://example.com/{n}.png", alt=f"The window in week {n}") for n in range(40)]
    made["eight-thousand-words"] = Article(
        title="A Long Evening", blocks=tuple(each for part in parts for each in part)
    )
    made["forty-pictures"] = Article(title="One Window", blocks=(Paragraph(spans=inline(_SENTENCE * 4)), *pictures))
    return made


@pytest.fixture(scope="session")
def compose_mail(articles: dict[str, Article], studio: Studio, templates: Templates) -> Callable[[str], Edition]:
    """Composes one of MAILS: an article in full, or one of the other kinds of mail, in a design."""

    @cache
    def composed(mail: str) -> Edition:
        name, _, design = mail.rpartition(" ")
        return _composed(name, Design(design), articles, studio, templates)

    return composed


@pytest.fixture(scope="session", params=MAILS)
def edition(compose_mail: Callable[[str], Edition], request: pytest.FixtureRequest) -> Edition:
    """Every kind of mail in every design."""
    return compose_mail(request.param)


def _composed(name: str, design: Design, articles: dict[str, Article], studio: Studio, templates: Templates) -> Edition:
    dressed = replace(studio, design=design)
    several = (articles["quotations"], articles["tables"])
    if name in ("teaser", "digest"):
        return compose.newsletter(Issue(articles=several, kind=Kind(name), design=design), studio, templates)
    plan = load_plans("en")["deep-tissue"]
    step = plan.steps[0]
    if name == "invitation":
        return compose.invitation(plan.invitations[0].note, dressed, templates)
    if name == "care":
        safety = safety_blocks(step.safety, country="GB", language="en")
        return compose.care(step.note, safety, dressed, templates)
    if name == "service":
        return compose.service(step.note, dressed, templates, ("Yes, that is me", "[[ confirm_url ]]"))
    if name not in articles:
        pytest.skip(f"the {name} article is not beside this checkout")
    return compose.newsletter(Issue(articles=(articles[name],), design=design), studio, templates)
