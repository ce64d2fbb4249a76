"""Sign-up, preferences, data and archive in a real Chromium: every language, by day and by night, phone and desk."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import product
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from newsletter.context import App
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber, details
from subscribers.suppression import Reason
from tests.web.conftest import DESK, PHONE, Open, Streams, faults, send_newsletter

pytestmark = pytest.mark.browser

AddClient = Callable[..., Subscriber]
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
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
        app.links.preferences_url(anna.id, Stream.MARKETING) + "/tracking",
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


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_no_answer_shuts_anybody_out(
    app: App,
    site: str,
    open_page: Open,
    anna: Subscriber,
    now: datetime,
    language: str,
) -> None:
    """What a page says to what was posted, and every fault: axe finds nothing, on a phone and a desk, day and night."""
    until = now + timedelta(hours=1)
    mine = app.links.preferences_url(anna.id, Stream.MARKETING)
    with app.database.write() as connection:
        bounced = store.add(connection, details("ben@example.com", language=language), key=app.key, now=now)
        hashed = store.hash_of(connection, bounced.id)
        store.suppress(connection, hashed, None, reason=Reason.HARD_BOUNCE, source="test", at=now)
    answers = [
        (f"{site}/subscribe?lang={language}", {"email": "mia@example.com"}, 200),
        (f"{site}/subscribe?lang={language}", {"email": "nobody"}, 400),
        (app.links.confirm_url(anna.id, until), {}, 200),
        (app.links.confirm_url(anna.id, now - timedelta(hours=1)), {}, 404),
        (mine, {"newsletter": "1", "care": "1", "pause": "1", "language": language}, 200),
        (app.links.preferences_url(bounced.id, Stream.CARE), {"care": "1", "language": language}, 200),
        (mine, {"data": "1"}, 200),
        (app.links.unsubscribe_url(anna.id, Stream.CARE), {}, 200),
        (app.links.data_url(anna.id, until), {"erase": "1"}, 200),
        (f"{site}/nothing", {}, 404),
        *[(f"{site}/link?lang={language}", {"email": "mia@example.com"}, 200)] * 10,
        (f"{site}/link?lang={language}", {"email": "mia@example.com"}, 429),
    ]
    page = open_page(f"{site}/link", locale=language)
    looked_at = set()
    for address, fields, status in answers:
        answer = post(page, address, fields)
        assert (address, answer) == (address, status)
        if (said := page.locator("main").inner_text()) not in looked_at:
            looked_at.add(said)
            assert (address, page.locator("html").get_attribute("lang")) == (address, language)
            for size, scheme in product((PHONE, DESK), SCHEMES):
                page.set_viewport_size({"width": size["width"], "height": size["height"]})
                page.emulate_media(color_scheme=scheme)
                assert (address, faults(page)) == (address, [])
                assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


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


def post(page: Page, address: str, fields: dict[str, str]) -> int:
    """Posts a form from whatever page is open, and returns the status of the answer."""
    with page.expect_response(lambda response: response.request.method == "POST") as answered:
        page.evaluate(
            """([address, fields]) => {
                const form = document.createElement("form")
                Object.assign(form, {method: "post", action: address})
                for (const [name, value] of Object.entries(fields))
                    form.append(Object.assign(document.createElement("input"), {name, value}))
                document.body.append(form)
                form.submit()
            }""",
            [address, fields],
        )
    page.wait_for_load_state()
    return answered.value.status
