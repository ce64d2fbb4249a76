"""The care card says what the mail says, on paper."""

import re
from html import unescape
from itertools import product

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from newsletter.app import studio_of
from newsletter.domain.aftercare import Step
from newsletter.domain.care_rules import in_order
from newsletter.domain.content import Content
from newsletter.packs.loading import load_plans, safety_blocks
from newsletter.rendering import compose
from newsletter.rendering.card import card
from newsletter.rendering.templates import Templates
from tests.conftest import STUDIO

STUDIO_HERE = studio_of(STUDIO)
FIELDS = {"first_name": "Anna <3", "practitioner": "Mara"}
MAILS = [
    pytest.param(step, id=f"{plan.name}-{language}-{step.name}")
    for language, name in product(("en", "de"), ("deep-tissue", "prenatal", "tender", "cupping"))
    for plan in [load_plans(language)[name]]
    for step in plan.steps
]
_FOOTNOTE = re.compile(r"\[\d+\]")
_WORDS = re.compile(r"[\w@.<]+")


def _card(step: Step, country: str | None = "GB") -> str:
    safety = safety_blocks(in_order(step.safety), country=country, language=step.note.language)
    return card(step.note, safety, STUDIO_HERE, Templates(), FIELDS)


def _of_card(page: str) -> list[str]:
    main = page.partition("<main>")[2].partition("</main>")[0]
    return _WORDS.findall(unescape(re.sub("<[^>]+>", " ", main)))


def _of_mail(step: Step, country: str | None = "GB") -> list[str]:
    """The words of its plain-text part, from the title to where the footer begins."""
    safety = safety_blocks(in_order(step.safety), country=country, language=step.note.language)
    text = Content.of(compose.care(step.note, safety, STUDIO_HERE, Templates())).text(FIELDS)
    letter = text[text.index(step.note.title) :].partition("\n--------\n")[0]
    letter = re.sub(r"\n[^\n]+\n\[1\] .*", "", letter, flags=re.DOTALL)  # the addresses of its links
    letter = re.sub(r"mailto:([^?\s]+)\S*", r"\1", letter)
    return _WORDS.findall(_FOOTNOTE.sub(" ", letter))


@pytest.mark.parametrize("step", MAILS)
def test_a_card_says_what_the_mail_says_word_by_word(step: Step) -> None:
    """In the same order: the letter, the signature, how to answer, every safety block with its numbers."""
    assert _of_card(_card(step)) == _of_mail(step)


def test_a_card_without_a_country_gives_the_directory_and_no_number() -> None:
    """As the mail does: never a guessed number."""
    step = load_plans("en")["tender"].steps[0]
    assert _of_card(_card(step, None)) == _of_mail(step, None)
    assert "findahelpline.com" in _card(step, None)
    assert "116" not in _card(step, None).partition("<main>")[2]


def test_a_name_is_never_markup() -> None:
    """Whatever somebody is called."""
    assert "Hello Anna &lt;3," in _card(load_plans("en")["reiki"].steps[0])


def test_a_card_needs_nothing_from_anywhere() -> None:
    """It is opened from a disk, without a network."""
    page = _card(load_plans("en")["deep-tissue"].steps[0])
    assert not re.search(r"""(?:src|@import|url\()|<link|<script""", page)


@pytest.mark.browser
def test_a_card_shuts_nobody_out_and_fits_its_paper(browser: Browser) -> None:
    """Axe finds nothing; on paper as narrow as A6 nothing sticks out; on A5 one sheet is enough."""
    page = browser.new_page()
    page.set_content(_card(load_plans("de")["deep-tissue"].steps[0]))
    assert [each["id"] for each in Axe().run(page).response["violations"]] == []
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 306, "height": 600})  # A6 within its margins
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.pdf(format="A5").count(b"/Type /Page\n") <= 2
    page.close()
