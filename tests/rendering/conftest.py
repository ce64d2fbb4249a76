"""What the rendering tests share: a studio, its templates, and how to read a mail as its reader sees it."""

import re
from collections.abc import Callable

import lxml.html
import pytest

from newsletter.domain.content import Content
from newsletter.domain.edition import Edition
from newsletter.domain.message import Mailbox
from newsletter.domain.studio import Studio
from newsletter.rendering.templates import Templates

FIELDS = {
    "first_name": "Maria",
    "practitioner": "Jonas",
    "confirm_url": "https://example.com/confirm/1",
    "unsubscribe_url": "https://example.com/unsubscribe/1",
    "view_url": "https://example.com/view/1",
}
_WHITE = re.compile(r"[ \t\r\n\f\v]+")

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
