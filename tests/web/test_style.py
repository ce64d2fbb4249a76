"""The style sheet: the studio's own colours, readable by day and by night whatever they are."""

import re
from typing import NoReturn

import pytest

from newsletter.domain.contrast import BODY, ratio
from newsletter.web import create_app
from tests.conftest import STUDIO, OpenHome

_RULE = re.compile(r":root \{([^}]*)\}")
_COLOUR = re.compile(r"--([a-z-]+): (#[0-9a-f]{6});")


def colours(open_home: OpenHome, **changes: str) -> list[dict[str, str]]:
    """The colours by day and by night of a studio with these changes."""
    with open_home(studio=STUDIO.model_copy(update=changes)) as app:
        answer = create_app(app, _never).test_client().get("/style.css")
    assert answer.mimetype == "text/css"
    return [dict(_COLOUR.findall(rule)) for rule in _RULE.findall(answer.text)]


def _never() -> NoReturn:
    raise AssertionError("a style sheet needs no clock")


def test_the_studios_accent_is_the_colour_of_the_button(open_home: OpenHome) -> None:
    day, _ = colours(open_home, accent="#7a3f5d", paper="#fffaf5")
    assert (day["accent"], day["paper"]) == ("#7a3f5d", "#fffaf5")


@pytest.mark.parametrize("accent", ["#2f6f62", "#ffe600", "#ffffff", "#000000", "#808080", "#ff4081"])
@pytest.mark.parametrize("paper", ["#fbf8f3", "#ffffff", "#222222"])
def test_everything_can_be_read_by_day_and_by_night(open_home: OpenHome, accent: str, paper: str) -> None:
    """However pale or dark the colours are that a studio chose."""
    both = colours(open_home, accent=accent, paper=paper)
    assert len(both) == 2
    for shown in both:
        for text in ("ink", "muted", "link"):
            assert ratio(shown[text], shown["paper"]) >= BODY
        assert ratio(shown["on-accent"], shown["accent"]) >= BODY


def test_the_sheet_is_the_one_thing_that_may_be_kept(open_home: OpenHome) -> None:
    with open_home() as app:
        answer = create_app(app, _never).test_client().get("/style.css")
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
