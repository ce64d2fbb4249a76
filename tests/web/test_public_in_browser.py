"""Sign-up, preferences, data and archive in a real Chromium: every language, by day and by night, phone and desk."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from newsletter.context import App
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber
from tests.web.conftest import DESK, PHONE, Open, Streams, faults, send_newsletter

pytestmark = pytest.mark.browser

AddClient = Callable[..., Subscriber]
AS_A_PERSON = "Object.defineProperty(navigator, 'webdriver', {get: () => false})"  # Playwright says it is a machine


@pytest.fixture
def anna(add_client: AddClient) -> Subscriber:
    return add_client(name="Anna Okafor")


@pytest.fixture
def addresses(app: App, site: str, anna: Subscriber, now: datetime) -> list[str]:
    """Every kind of page that a reader may see."""
    send_newsletter(app, now, "Rest Is Part of the Work")
    until = now + timedelta(hours=1)
    return [
        f"{site}/subscribe",
        f"{site}/link",
        f"{site}/archive",
        app.links.confirm_url(anna.id, until),
        app.links.preferences_url(anna.id, Stream.MARKETING),
        app.links.data_url(anna.id, until),
        app.links.unsubscribe_url(anna.id, Stream.CARE),
    ]


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_shuts_anybody_out(open_page: Open, addresses: list[str], language: str, scheme: str) -> None:
    """Axe finds nothing, nothing sticks out, and what can be tapped is large enough, on a phone and on a desk."""
    page = open_page(addresses[0], color_scheme=scheme, locale=language)
    for size in (PHONE, DESK):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        for address in addresses:
            page.goto(address)
            assert (address, page.locator("html").get_attribute("lang")) == (address, language)
            assert (address, faults(page)) == (address, [])
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
            assert smallest(page) >= 24


def test_who_opened_the_page_need_not_tap_twice(
    app: App, site: str, open_page: Open, anna: Subscriber, suppressed: Streams
) -> None:
    """LESSONS 10: the page submits itself once a person moves, so that no confirmation is lost."""
    page = open_page(f"{site}/archive", viewport=DESK)
    page.add_init_script(AS_A_PERSON)
    page.goto(app.links.unsubscribe_url(anna.id, Stream.MARKETING))
    page.wait_for_load_state()
    assert suppressed(anna.id) == set()
    page.mouse.move(200, 300)
    page.mouse.move(220, 320)
    expect(page.get_by_role("heading")).to_have_text("Done. No more newsletters.")
    assert suppressed(anna.id) == {Stream.MARKETING}


def test_a_machine_that_runs_the_page_changes_nothing(
    app: App, site: str, open_page: Open, anna: Subscriber, suppressed: Streams
) -> None:
    """Scanners run scripts too; even one that sends made-up events is not a person."""
    page = open_page(f"{site}/archive")
    page.add_init_script(AS_A_PERSON)
    page.goto(app.links.unsubscribe_url(anna.id, Stream.MARKETING))
    page.evaluate("dispatchEvent(new PointerEvent('pointermove')); dispatchEvent(new KeyboardEvent('keydown'))")
    page.wait_for_load_state("networkidle")
    assert suppressed(anna.id) == set()


def test_the_pages_need_no_javascript(app: App, site: str, open_page: Open, anna: Subscriber) -> None:
    page = open_page(app.links.preferences_url(anna.id, Stream.MARKETING), java_script_enabled=False)
    page.get_by_role("checkbox", name="The newsletter", exact=True).uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    expect(page.get_by_role("checkbox", name="The newsletter", exact=True)).not_to_be_checked()
    expect(page.get_by_label("Care notes after a visit")).to_be_checked()


def smallest(page: Page) -> float:
    """The least height of what can be tapped, in CSS pixels (WCAG 2.5.8 asks for 24)."""
    boxes = [
        each.bounding_box() for each in page.locator("main :is(button, select, label.choice, input[type=email])").all()
    ]
    return min((box["height"] for box in boxes if box), default=48.0)
