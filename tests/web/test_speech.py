"""Speech: a page's sentences, days and hours in the language of its reader, on the studio's clock."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from newsletter.context import App
from newsletter.errors import TemplateError
from newsletter.web.speech import Speech

EVENING = datetime(2026, 3, 8, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("spoken", "said"),
    [
        ("en", "It leaves on 9 March 2026, 00:30."),
        ("de", "Versand: 9. März 2026, 00:30 Uhr."),
        ("fr", "Départ\xa0: 9 mars 2026, 00:30."),
        ("es", "Salida: 9 de marzo de 2026, 0:30."),
    ],
)
def test_a_moment_is_said_in_her_language_on_the_studios_clock(app: App, spoken: str, said: str) -> None:
    """In Berlin the next day has begun."""
    speech = Speech(spoken, replace(app.studio, timezone="Europe/Berlin", country="GB"))
    assert speech("approve_when", moment=speech.moment(EVENING)) == said


def test_a_word_that_nobody_wrote_is_named(app: App) -> None:
    """Rather than shown to readers as a name with lines in it."""
    with pytest.raises(TemplateError, match=r"“nonsense” is missing in locale/web\.pot"):
        Speech("en", app.studio)("nonsense")


@pytest.mark.parametrize(("spoken", "direction"), [("en", "ltr"), ("ar", "rtl"), ("he", "rtl")])
def test_a_page_runs_as_its_language_does(app: App, spoken: str, direction: str) -> None:
    """Once somebody has translated it."""
    assert Speech(spoken, app.studio).direction == direction
