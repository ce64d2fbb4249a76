"""Rules on the words around a mail: in its language, with an answer that is one tap away."""

from dataclasses import replace
from urllib.parse import quote

import pytest

from newsletter.domain.article import Article, CallToAction, inline
from newsletter.domain.issue import Issue
from newsletter.domain.studio import Studio
from newsletter.packs.loading import load_plans
from newsletter.rendering import compose
from newsletter.rendering.templates import Templates


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_a_tender_mail_can_be_answered_with_one_tap(studio: Studio, templates: Templates, language: str) -> None:
    """The button opens an answer that is already written."""
    note = load_plans(language)["tender"].steps[-1].note
    edition = compose.care(note, (), studio, templates)
    address = f"mailto:{studio.reply_to.address}?body={quote(note.reply)}"
    assert f'href="{address}"' in edition.html
    assert address in edition.text.replace("\n", "")


@pytest.mark.parametrize(
    ("language", "own", "label"),
    [
        ("en", "", "Book a session"),
        ("de", "", "Termin buchen"),
        ("fr-CA", "", "Prendre rendez-vous"),
        ("es", "", "Reservar una cita"),
        ("en-GB", "Come in", "Come in"),
        ("de", "Come in", "Termin buchen"),
    ],
)
def test_the_booking_button_speaks_the_language_of_the_mail(
    studio: Studio, templates: Templates, language: str, own: str, label: str
) -> None:
    """The studio's own words where the mail is in the studio's language."""
    call = CallToAction(spans=inline("See you soon."), href=studio.booking_url)
    article = Article(title="Rest", language=language, blocks=(call,))
    edition = compose.newsletter(Issue(articles=(article,)), replace(studio, booking_label=own), templates)
    assert f">{label}</a>" in edition.html
    assert f"{label}:\n" in edition.text.replace("\xa0:", ":")  # as French sets it
