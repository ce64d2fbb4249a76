"""Every mail in every design in a real Chromium: nothing sticks out, nobody is shut out, and it is good to read."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route

from newsletter.domain.content import Content
from newsletter.domain.edition import Edition
from tests.rendering.conftest import FIELDS

pytestmark = pytest.mark.browser

PHONE, DESK = 375, 1280
WIDTHS = (320, 375, 414, 600, 768, 1280)
NOT_OURS = {name: {"enabled": False} for name in ("region", "landmark-one-main")}  # the mailbox has the landmarks
_PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="600"/>'

# The sizes of all words that can be seen, but for the padding behind the preheader and in gaps.
_SIZES = """selector => [...document.querySelectorAll(selector)]
    .filter(each => [...each.childNodes].some(node => node.nodeType === 3 && /[\\p{L}\\p{N}]/u.test(node.data)))
    .filter(each => each.checkVisibility())
    .map(each => parseFloat(getComputedStyle(each).fontSize))"""

# How many characters a line has, in passages of some length; of other scripts a machine may lack the typefaces.
_LINES = """() => [...document.querySelectorAll('.ink p')]
    .filter(each => each.textContent.length > 180 && each.childElementCount === 0)
    .filter(each => /^[ -\u024f\u2000-\u206f]+$/.test(each.textContent))
    .map(each => {
        const range = document.createRange();
        range.selectNodeContents(each);
        return each.textContent.length / new Set([...range.getClientRects()].map(r => Math.round(r.top / 4))).size;
    })"""

# Twice the size of every text, as a reader sets it who sees little.
_ENLARGE = """() => {
    const sizes = [...document.body.querySelectorAll('*')].map(each => [each, getComputedStyle(each)])
        .map(([each, style]) => [each, parseFloat(style.fontSize), parseFloat(style.lineHeight)]);
    for (const [each, size, leading] of sizes.filter(([, size]) => size > 1)) {
        each.style.setProperty('font-size', 2 * size + 'px', 'important');
        if (leading) each.style.setProperty('line-height', 2 * leading + 'px', 'important');
    }
}"""


@pytest.fixture(scope="module")
def reader(browser: Browser) -> Iterator[Page]:
    """A page that gets nothing from the network but pictures."""
    context = browser.new_context(viewport={"width": PHONE, "height": 740})

    def answer(route: Route) -> None:
        if route.request.resource_type == "image":
            route.fulfill(content_type="image/svg+xml", body=_PICTURE)
        else:
            route.abort()

    context.route("**", answer)
    yield context.new_page()
    context.close()


@pytest.fixture
def mail(reader: Page, edition: Edition) -> Page:
    """One reader's mail on a phone, by day."""
    reader.emulate_media(color_scheme="light")
    reader.set_viewport_size({"width": PHONE, "height": 740})
    reader.set_content(Content.of(edition).html(FIELDS))
    return reader


def test_nothing_sticks_out(mail: Page) -> None:
    """At any width; with text of twice the size; and without the style sheet, which some mailboxes drop."""
    assert overflow(mail, WIDTHS) == {}
    mail.set_viewport_size({"width": PHONE, "height": 740})
    mail.evaluate(_ENLARGE)
    assert overflow(mail, (PHONE,)) == {}
    mail.evaluate("document.querySelectorAll('style').forEach(each => each.remove())")
    assert overflow(mail, (320, 600)) == {}


def test_nothing_sticks_out_without_pictures(mail: Page) -> None:
    """Their words take their place."""
    mail.evaluate("document.querySelectorAll('img').forEach(each => each.src = 'data:,')")
    assert overflow(mail, WIDTHS) == {}


def test_nobody_is_shut_out(mail: Page) -> None:
    """All rules that axe-core knows by day, and those of colour by night."""
    assert faults(mail, {"rules": NOT_OURS}) == []
    mail.emulate_media(color_scheme="dark")
    assert mail.evaluate("getComputedStyle(document.body).backgroundColor") in {"rgb(27, 26, 24)", "rgb(16, 15, 14)"}
    assert faults(mail, {"runOnly": ["color-contrast", "link-in-text-block"]}) == []


def test_words_are_large_and_lines_are_short(mail: Page) -> None:
    """16 px for what is to be read, 14 for what must be there, 45 to 80 characters a line, 44 px for a thumb."""
    sizes = mail.evaluate(_SIZES, "body *")
    body = mail.evaluate(_SIZES, ".ink p, .ink li, .ink a")
    heights = [box["height"] for each in mail.locator(".button a").all() if (box := each.bounding_box())]
    mail.set_viewport_size({"width": DESK, "height": 740})
    lines = mail.evaluate(_LINES)

    assert min(sizes) >= 14
    assert min(body) >= 16
    assert heights
    assert min(heights) >= 44
    assert all(45 <= length <= 80 for length in lines)


def overflow(page: Page, widths: tuple[int, ...]) -> dict[int, int]:
    """By how many pixels the mail sticks out sideways, at each width where it does."""
    found = {}
    for width in widths:
        page.set_viewport_size({"width": width, "height": 740})
        found[width] = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return {width: pixels for width, pixels in found.items() if pixels > 0}


def faults(page: Page, options: dict[str, object]) -> list[str]:
    """What axe-core finds wrong, in its words."""
    violations = Axe().run(page, options=options).response["violations"]
    return [f"{each['help']}: {node['html']}" for each in violations for node in each["nodes"]]
