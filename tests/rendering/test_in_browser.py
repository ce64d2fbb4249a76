"""Every design in a real Chromium: nothing sticks out, nobody is shut out, and the words are large enough."""

from collections.abc import Iterator
from importlib.resources import as_file, files

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from newsletter.domain.article import Article
from newsletter.domain.content import Content
from newsletter.domain.edition import Edition
from newsletter.domain.issue import Design, Issue
from newsletter.domain.studio import Studio
from newsletter.packs.loading import load_plans, safety_blocks
from newsletter.reading.anywhere import read_all
from newsletter.rendering import compose
from newsletter.rendering.templates import Templates
from tests.rendering.conftest import FIELDS

pytestmark = pytest.mark.browser

WIDTHS = (320, 375, 600, 1280)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]  # a mail has no landmarks: the mailbox has them
STEPS = {f"{plan.name} {step.name}": step for plan in load_plans("en").values() for step in plan.steps}
NEWSLETTERS = ["article 0", "article 1", "article 2", "teaser 0", "teaser 1", "teaser 2", "digest"]
NAMES = [*NEWSLETTERS, *list(STEPS)[:4], "service"]

# The sizes of all words that can be seen, but for the padding behind the preheader and in gaps.
_SIZES = """selector => [...document.querySelectorAll(selector)]
    .filter(each => [...each.childNodes].some(node => node.nodeType === 3 && /[\\p{L}\\p{N}]/u.test(node.data)))
    .filter(each => each.checkVisibility())
    .map(each => parseFloat(getComputedStyle(each).fontSize))"""


@pytest.fixture(scope="session")
def articles() -> list[Article]:
    with as_file(files("newsletter.samples") / "articles") as folder:
        return list(read_all([str(folder)], allow_private=False))


@pytest.fixture(scope="session")
def editions(articles: list[Article], studio: Studio, templates: Templates) -> dict[str, Edition]:
    """Each kind of mail by its name in NAMES."""
    issues = {
        f"{design} {number}": Issue(articles=(article,), design=design)
        for design in (Design.ARTICLE, Design.TEASER)
        for number, article in enumerate(articles)
    }
    issues["digest"] = Issue(articles=tuple(articles), design=Design.DIGEST)
    made = {name: compose.newsletter(issue, studio, templates) for name, issue in issues.items()}
    for name, step in STEPS.items():
        safety = safety_blocks(step.safety, country="GB", language="en")
        made[name] = compose.care(step.note, safety, studio, templates)
    button = ("Yes, that is me", "[[ confirm_url ]]")
    made["service"] = compose.service(STEPS[NAMES[-2]].note, studio, templates, button)
    return made


@pytest.fixture(params=NAMES)
def mail(browser: Browser, editions: dict[str, Edition], request: pytest.FixtureRequest) -> Iterator[Page]:
    """One reader's mail on a page that gets nothing from the network, so its pictures are missing."""
    context = browser.new_context(viewport={"width": 375, "height": 740})
    context.route("**", lambda route: route.abort())
    page = context.new_page()
    page.set_content(Content.of(editions[request.param]).html(FIELDS))
    yield page
    context.close()


def overflow(page: Page) -> dict[int, int]:
    """By how many pixels the mail sticks out sideways, at each width where it does."""
    found = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 740})
        found[width] = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return {width: pixels for width, pixels in found.items() if pixels > 0}


def faults(page: Page, options: dict[str, object]) -> list[str]:
    """What axe-core finds wrong, in its words."""
    violations = Axe().run(page, options=options).response["violations"]
    return [f"{each['help']}: {node['html']}" for each in violations for node in each["nodes"]]


def test_nothing_sticks_out_at_any_width(mail: Page) -> None:
    assert overflow(mail) == {}


def test_nothing_sticks_out_without_its_style_sheet(mail: Page) -> None:
    """Some mailboxes drop every <style>; what is written at the elements must do."""
    mail.evaluate("document.querySelectorAll('style').forEach(each => each.remove())")
    assert overflow(mail) == {}


def test_nobody_is_shut_out(mail: Page) -> None:
    """The rules of WCAG 2.2, level AA, as far as a program can check them."""
    assert faults(mail, {"runOnly": WCAG}) == []


def test_everything_can_be_read_in_the_dark(mail: Page) -> None:
    mail.emulate_media(color_scheme="dark")
    assert mail.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert faults(mail, {"runOnly": ["color-contrast"]}) == []


def test_body_text_is_large_enough_and_nothing_is_tiny(mail: Page) -> None:
    """16 px for what is to be read, 14 px for what must be there."""
    sizes = mail.evaluate(_SIZES, "body *")
    body = mail.evaluate(_SIZES, ".ink p, .ink li, .ink td, .ink th, .ink a")
    assert min(sizes) >= 14
    assert min(body) >= 16
    assert max(sizes) >= 27
