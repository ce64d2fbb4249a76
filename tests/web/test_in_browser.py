"""The pages in a real Chromium: on a phone and on a desk, by day and by night, for every eye and hand."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from newsletter.context import App
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber
from tests.web.conftest import DESK, PHONE, Open, Streams, faults

pytestmark = pytest.mark.browser

WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")  # a mail has no landmarks: the mailbox has them


@pytest.fixture
def way_out(app: App, site: str, add_client: Callable[..., Subscriber]) -> str:
    """The link to leave the newsletter, in a mail to the first subscriber."""
    return app.links.unsubscribe_url(add_client().id, Stream.MARKETING)


def test_one_tap_on_a_phone_ends_the_newsletter(open_page: Open, way_out: str, suppressed: Streams) -> None:
    """And the page says what goes on."""
    page = open_page(way_out, has_touch=True, is_mobile=True)
    page.get_by_role("button", name="Stop the newsletter").tap()
    expect(page.get_by_role("heading")).to_have_text("Done. No more newsletters.")
    expect(page.get_by_text("Your care notes after a visit are not affected.")).to_be_visible()
    assert suppressed(1) == {Stream.MARKETING}


def test_a_second_tap_ends_everything(open_page: Open, way_out: str, suppressed: Streams) -> None:
    page = open_page(way_out)
    page.get_by_role("button", name="Stop the newsletter").click()
    page.get_by_role("button", name="Stop everything").click()
    expect(page.get_by_role("heading")).to_have_text("Done. No more mail from us.")
    assert suppressed(1) == set(Stream)


def test_the_keyboard_is_enough(open_page: Open, way_out: str, suppressed: Streams) -> None:
    page = open_page(way_out, viewport=DESK)
    page.keyboard.press("Tab")  # the studio's name
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading")).to_have_text("Done. No more newsletters.")
    assert suppressed(1) == {Stream.MARKETING}


def test_opening_and_reloading_change_nothing(open_page: Open, way_out: str, suppressed: Streams) -> None:
    open_page(way_out).reload()
    assert suppressed(1) == set()


def test_the_policy_of_the_pages_blocks_nothing_they_need(open_page: Open, way_out: str, site: str) -> None:
    """No complaint of the browser, and the style sheet is at work."""
    page = open_page(f"{site}/style.css")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(way_out)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(251, 248, 243)"
    assert complaints == []


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_buttons_are_large_enough_for_a_thumb(open_page: Open, way_out: str, size: dict[str, int]) -> None:
    """At least 44 by 44 px (WCAG 2.5.5)."""
    for button in open_page(way_out, viewport=size).get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44


@pytest.mark.parametrize("width", [320, 375, 1280])
@pytest.mark.parametrize("text_size", ["100%", "200%"])
def test_nothing_sticks_out(open_page: Open, way_out: str, width: int, text_size: str) -> None:
    page = open_page(way_out, viewport={"width": width, "height": 740})
    page.evaluate("size => document.documentElement.style.fontSize = size", text_size)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out(open_page: Open, way_out: str, site: str, size: dict[str, int], scheme: str) -> None:
    """Axe finds nothing on any page: asking, done, everything done, and a fault."""
    page = open_page(way_out, viewport=size, color_scheme=scheme)
    assert faults(page) == []
    page.get_by_role("button").first.click()
    assert faults(page) == []
    page.get_by_role("button").click()
    assert faults(page) == []
    page.goto(f"{site}/nothing")
    assert faults(page) == []


def test_from_the_mail_in_the_browser_to_the_way_out(
    app: App, site: str, open_page: Open, launched: int, suppressed: Streams
) -> None:
    """The mail is shut in by its policy; the page that its link opens is not."""
    page = open_page(app.links.view_url(1))
    page.get_by_role("link", name="Unsubscribe").click()
    page.get_by_role("button", name="Stop the newsletter").click()
    expect(page.get_by_role("heading")).to_have_text("Done. No more newsletters.")
    assert suppressed(1) == {Stream.MARKETING}


def test_a_link_of_the_mail_in_a_new_tab_can_post(
    app: App, site: str, open_page: Open, launched: int, suppressed: Streams
) -> None:
    """What the mail's page opens does not inherit its sandbox."""
    mail = open_page(app.links.view_url(1))
    with mail.context.expect_page() as opened:
        mail.get_by_role("link", name="Unsubscribe").click(modifiers=["ControlOrMeta"])
    opened.value.get_by_role("button", name="Stop the newsletter").click()
    expect(opened.value.get_by_role("heading")).to_have_text("Done. No more newsletters.")
    assert suppressed(1) == {Stream.MARKETING}


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_mail_in_the_browser_shuts_nobody_out(
    app: App, site: str, open_page: Open, launched: int, size: dict[str, int], scheme: str
) -> None:
    """Its policy is put aside for axe, which is a script and could not run."""
    url = app.links.view_url(1)
    assert faults(open_page(url, viewport=size, color_scheme=scheme, bypass_csp=True), WCAG) == []
