"""Rules on composed invitations: marketing in the frame of a newsletter, with the one thing they ask for."""

from collections.abc import Callable
from datetime import date

import pytest

from newsletter.domain.edition import Edition
from newsletter.domain.finding import Severity
from newsletter.domain.holiday import Holiday
from newsletter.domain.studio import Studio
from newsletter.inspection import inspect
from newsletter.packs.loading import load_plans
from newsletter.rendering import cldr, compose
from newsletter.rendering.templates import Templates
from newsletter.rendering.words import read
from subscribers.consent import Stream

LANGUAGES = ["en", "de", "fr", "es"]
AWAY = date(2026, 8, 14)


@pytest.mark.parametrize("number", [0, 1], ids=["rebook", "win-back"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_invitation_passes_what_every_newsletter_must(
    studio: Studio, templates: Templates, language: str, number: int
) -> None:
    """Who writes, from where, the way out, and a button to the booking page, in the language of the words."""
    edition = compose.invitation(load_plans(language)["reiki"].invitations[number].note, studio, templates)
    assert edition.stream is Stream.MARKETING
    assert edition.html.count('href="https://example.com/book?from=mail&amp;x=1"') == 1
    assert "https://example.com/book?from=mail&x=1" in edition.text
    for part in (edition.html, edition.text):
        assert "12 Harbour Lane" in part
        assert read("email", language)["unsubscribe_invitation"] in part
        assert "[[ practitioner" in part
    assert [finding for finding in inspect((), edition, studio) if finding.severity is Severity.ERROR] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("cover", ["", "Ruth [[ first_name ]], ruth@example.com"])
def test_a_care_mail_says_that_she_is_away(
    studio: Studio, templates: Templates, letter: Callable[[Edition], str], language: str, cover: str
) -> None:
    """In its language, above the signature; what the cover says is never read as a slot."""
    note = load_plans(language)["reiki"].steps[0].note
    holiday = Holiday(first_day=AWAY, last_day=AWAY, cover=cover)
    text = " ".join(letter(compose.care(note, (), studio, templates, holiday)).split())
    values = {"day": cldr.long_date(AWAY, language, studio.country), "cover": cover}
    said = read("email", language).say("away_cover" if cover else "away", **values)
    assert text.index(said) < text.index("Jonas")
    assert said not in " ".join(letter(compose.care(note, (), studio, templates)).split())
