"""Care mails and confirmations: words that may hold slots, safety below them, and nothing that sells."""

from collections.abc import Callable

import lxml.html
import pytest

from newsletter.domain.aftercare import CareNote, SafetyBlock
from newsletter.domain.article import CallToAction, Paragraph, Span, inline
from newsletter.domain.content import Content
from newsletter.domain.edition import Edition
from newsletter.domain.studio import Studio
from newsletter.errors import TemplateError
from newsletter.rendering import compose
from newsletter.rendering.templates import Templates
from subscribers.consent import Stream

Page = Callable[[Edition], lxml.html.HtmlElement]
NOTE = CareNote(
    subject="A few words, [[ first_name | dear client ]]",
    preheader="What helps this evening.",
    title="After your session",
    blocks=(
        Paragraph(spans=inline("Rest well, [[ first_name | you ]] & yours.")),
        CallToAction(spans=inline("Book again soon.")),
    ),
)
SAFETY = (
    SafetyBlock(name="now", title="Call at once", blocks=(Paragraph(spans=inline("Chest pain.")),), urgent=True),
    SafetyBlock(name="general", title="Please note", blocks=(Paragraph(spans=inline("No diagnosis.")),)),
)


@pytest.fixture
def care(studio: Studio, templates: Templates) -> Edition:
    return compose.care(NOTE, SAFETY, studio, templates)


def test_slots_of_a_note_are_filled_everywhere(care: Edition, page: Page, letter: Callable[[Edition], str]) -> None:
    """In the subject, the HTML and the text."""
    assert Content.of(care).subject({}) == "A few words, dear client"
    assert "Rest well, Maria & yours." in page(care).text_content()
    assert "Rest well, Maria & yours." in letter(care)


def test_care_never_leads_to_the_booking_page(care: Edition, page: Page, studio: Studio) -> None:
    """A call of the note keeps its words and loses its button."""
    links = {link.get("href") for link in page(care).iter("a")}

    assert care.stream is Stream.CARE
    own = {f"https://example.com/{page}/1" for page in ("view", "preferences", "unsubscribe")}
    assert links == own | {"mailto:reply@example.com"}
    assert "Book again soon." in page(care).text_content()
    assert studio.booking_url not in care.text
    assert "Book a session" not in care.html + care.text


def test_safety_blocks_follow_the_words(care: Edition, page: Page) -> None:
    """Each under its own heading, the urgent one set apart."""
    document = page(care)

    assert [heading.text_content() for heading in document.iter("h2")] == ["Call at once", "Please note"]
    assert [heading.text_content() for heading in document.xpath("//*[contains(@class, 'urgent')]//h2")] == [
        "Call at once"
    ]
    assert (
        care.text.index("Book again soon.") < care.text.index("Call at once\n----") < care.text.index("No diagnosis.")
    )


def test_a_care_note_signs_itself_and_the_frame_does_not_sign_again(care: Edition, studio: Studio) -> None:
    """The frame names the practitioner only where it says whom to write to."""
    lines = Content.of(care).text({"practitioner": "Jonas"}).splitlines()

    assert "Jonas" not in lines
    assert studio.practitioner not in lines


def test_unknown_slot_of_a_note_is_refused_by_name(studio: Studio, templates: Templates) -> None:
    """The message names the note and the slot."""
    note = CareNote(subject="x", preheader="y", title="Rest", blocks=(Paragraph(spans=inline("[[ sirname ]]")),))

    with pytest.raises(TemplateError, match=r"“Rest”.*sirname"):
        compose.care(note, (), studio, templates)


def test_service_mail_has_one_button_to_a_slot(studio: Studio, templates: Templates, page: Page) -> None:
    """A confirmation leads to the reader's own address, greets nobody by name, and has no unsubscribe link."""
    edition = compose.service(NOTE, studio, templates, ("Confirm", "[[ confirm_url ]]"))

    assert edition.stream is Stream.SERVICE
    assert [(link.text_content(), link.get("href")) for link in page(edition).iter("a")] == [
        ("Confirm", "https://example.com/confirm/1")
    ]
    assert "Confirm:\n[[ confirm_url ]]\n" in edition.text
    assert "Hello,\n" in edition.text
    assert "unsubscribe" not in edition.text.lower()


def test_service_mail_needs_no_button(studio: Studio, templates: Templates, page: Page) -> None:
    """A goodbye, for one, leads nowhere."""
    assert not list(page(compose.service(NOTE, studio, templates, None)).iter("a"))


def test_link_to_a_slot_in_a_note_is_a_link(studio: Studio, templates: Templates, page: Page) -> None:
    """In the HTML and as a numbered note of the letter."""
    paragraph = Paragraph(spans=(Span(text="your preferences", href="[[ view_url ]]"),))
    note = CareNote(subject="x", preheader="y", title="t", blocks=(paragraph,))
    edition = compose.service(note, studio, templates, None)

    assert page(edition).xpath("//a[. = 'your preferences']/@href") == ["https://example.com/view/1"]
    assert "[1] [[ view_url ]]" in edition.text
