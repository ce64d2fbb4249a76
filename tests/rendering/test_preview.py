"""The preview shows a mail as readers see it, and shuts it in."""

import re
from html import unescape

import pytest
from playwright.sync_api import Browser

from newsletter.rendering.preview import page, views

DOT = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
MAIL = (
    '<!doctype html><html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8">'
    "<style>p{color:#111111}@media (prefers-color-scheme:dark){p{color:#eeeeee!important}}</style></head>"
    f'<body><p>Rest &amp; “quiet”</p><img src="{DOT}" alt="A room"></body></html>'
)


def test_every_view_holds_the_mail() -> None:
    names = [view.name for view in views(MAIL)]
    assert names == ["phone", "desk", "phone, dark", "desk, dark", "without pictures"]
    assert all("Rest &amp; “quiet”" in view.html for view in views(MAIL))


def test_what_is_written_is_shown_as_text() -> None:
    """A subject is words, whatever is in it."""
    shown = page("<script>alert(1)</script>", "{{ 7*7 }}", "Mara & co", MAIL, "Dear <Anna>")
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert "{{ 7*7 }}" in shown
    assert "Dear &lt;Anna&gt;" in shown


def test_the_mail_inside_runs_no_scripts() -> None:
    frames = re.findall(r"<iframe[^>]*>", page("Rest", "", "Mara", MAIL, ""))
    assert len(frames) == 5
    assert all('sandbox="allow-popups"' in frame for frame in frames)
    inside = re.search(r'srcdoc="([^"]*)"', frames[0])
    assert inside is not None
    assert unescape(inside[1]).startswith("<!doctype html>")


@pytest.mark.browser
def test_night_is_night_and_pictures_are_gone_in_a_real_browser(browser: Browser) -> None:
    """Whatever the colours of the computer that shows the preview."""
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme)
        tab = context.new_page()
        tab.set_content(page("Rest", "A line", "Mara", MAIL, "Rest"), wait_until="load")
        colours = [
            frame.locator("p").evaluate("p => getComputedStyle(p).color") for frame in tab.frames if frame.parent_frame
        ]
        day, night = "rgb(17, 17, 17)", "rgb(238, 238, 238)"
        assert colours == [day, day, night, night, day]
        widths = [
            frame.locator("img").evaluate("img => img.naturalWidth") for frame in tab.frames if frame.parent_frame
        ]
        assert widths == [1, 1, 1, 1, 0]
        context.close()
