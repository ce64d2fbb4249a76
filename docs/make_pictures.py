"""Makes docs/pictures from a played demo: python docs/make_pictures.py --home HOME.

The home is one that `python3 run.py demo --home HOME` made. The same demo gives the same pictures, but for the fonts of
the computer; the browser is the system's Chromium, or AFTERGLOW_CHROMIUM, and gets nothing from the network.
"""

import argparse
import os
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from email import message_from_bytes, policy
from io import StringIO
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, ViewportSize, sync_playwright
from rich import box
from rich.console import Console
from rich.table import Table
from rich.terminal_theme import TerminalTheme

sys.path.insert(0, str(Path(__file__).parents[1]))  # a script beside the package, which need not be installed

from newsletter.app import OUTBOX, open_app
from newsletter.cli.documents import subject_line
from newsletter.config import load
from newsletter.context import App
from newsletter.domain.article import Article
from newsletter.domain.content import Content
from newsletter.domain.delivery import Delivery, DeliveryState
from newsletter.domain.issue import Issue
from newsletter.domain.studio import Design
from newsletter.rendering import compose
from newsletter.store import articles, deliveries

PICTURES = Path(__file__).parent / "pictures"
PHONE, DESK = ViewportSize(width=375, height=780), ViewportSize(width=1000, height=760)
MARGIN = 16  # below the last paragraph
OF_A_KIND = 2  # rows of the table that agree in all but the person and the time
COLOURS = {"accepted": "green", "suppressed": "yellow", "cancelled": "magenta"}
GREY, RED, GREEN, YELLOW = (60, 58, 54), (214, 107, 95), (126, 181, 151), (222, 178, 106)
BLUE, MAGENTA, CYAN, PAPER = (120, 160, 200), (190, 140, 190), (120, 180, 180), (236, 231, 223)
NIGHT = TerminalTheme((27, 26, 24), PAPER, [GREY, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, PAPER])
# The end of the last paragraph or list that the window shows in full.
WHOLE = """() => Math.max(...[...document.querySelectorAll("p, li:last-child")]
    .map(each => each.getBoundingClientRect().bottom).filter(bottom => bottom <= innerHeight))"""


def main() -> None:
    arguments = argparse.ArgumentParser(description="Makes docs/pictures from a played demo.")
    arguments.add_argument("--home", type=Path, required=True)
    home: Path = arguments.parse_args().home
    with open_app(load(home)) as app, app.database.read() as connection:
        ledger = list(deliveries.ledger(connection))
        timezone = app.studio.timezone
        dressed = {design: dressed_in(design, articles.get(connection, 1), app) for design in Design}
    PICTURES.mkdir(exist_ok=True)
    draw_table(ledger, timezone, PICTURES / "demo.svg")
    newsletter = html_of(home, next(each for each in ledger if each.campaign_id and has_left(each)))
    care = html_of(home, next(each for each in ledger if each.session_id and has_left(each)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("AFTERGLOW_CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--hide-scrollbars"],
        )
        photograph(browser, newsletter, PICTURES / "newsletter-phone.png", PHONE, scale=2)
        photograph(browser, newsletter, PICTURES / "newsletter-dark.png", PHONE, scale=2, dark=True)
        photograph(browser, newsletter, PICTURES / "newsletter-desktop.png", DESK)
        photograph(browser, care, PICTURES / "care-phone.png", PHONE, scale=2)
        for design, html in dressed.items():
            photograph(browser, html, PICTURES / f"design-{design}.png", PHONE, scale=2)
        browser.close()


def has_left(delivery: Delivery) -> bool:
    return delivery.state is DeliveryState.ACCEPTED


def dressed_in(design: Design, article: Article, app: App) -> str:
    """What a newsletter of the article shows in a design."""
    edition = compose.newsletter(Issue(articles=(article,), design=design), app.studio, app.templates)
    return Content.of(edition).html({})


def html_of(home: Path, delivery: Delivery) -> str:
    """What the mail of a delivery shows, from the file that it became."""
    file = home / OUTBOX / "new" / str(delivery.provider_message_id)
    part = message_from_bytes(file.read_bytes(), policy=policy.default).get_body(("html",))
    if part is None:
        raise SystemExit(f"{file} has no HTML part. Play the demo again, in a new home.")
    return str(part.get_content())


def photograph(
    browser: Browser, html: str, to: Path, size: ViewportSize, *, scale: int = 1, dark: bool = False
) -> None:
    """The top of a mail as a window of that size shows it, cut below a whole paragraph."""
    scheme: Literal["dark", "light"] = "dark" if dark else "light"
    context = browser.new_context(viewport=size, device_scale_factor=scale, color_scheme=scheme)
    context.route("**", lambda route: route.abort())
    page = context.new_page()
    page.set_content(html)
    page.screenshot(path=to, clip={"x": 0, "y": 0, "width": size["width"], "height": page.evaluate(WHOLE) + MARGIN})
    context.close()


def draw_table(ledger: Iterable[Delivery], timezone: str, to: Path) -> None:
    """The table that the demo prints, a few rows of each kind of mail, decision and reason."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("due (studio's clock)", "to", "stream", "subject", "state", "reason"):
        table.add_column(name, no_wrap=True, max_width=32 if name == "subject" else None)
    for each in few_of_a_kind(ledger):
        due = each.due_at.astimezone(ZoneInfo(timezone)).strftime("%a %d %b %H:%M")
        state = f"[{COLOURS[each.state]}]{each.state}[/]"
        table.add_row(due, each.email, each.stream.value, subject_line(each), state, each.reason)
    console = Console(record=True, width=500, file=StringIO(), force_terminal=True, color_system="truecolor")
    console.width = console.measure(table).maximum
    console.print(table)
    svg = console.export_svg(title="python3 run.py demo", theme=NIGHT, unique_id="demo")
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)  # it would have the reader's browser fetch a font
    to.write_text(re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE), encoding="utf-8")


def few_of_a_kind(ledger: Iterable[Delivery]) -> Iterator[Delivery]:
    """The first rows of each kind."""
    seen: Counter[tuple[str, ...]] = Counter()
    for each in ledger:
        kind = (each.stream, subject_line(each), each.state, each.reason)
        seen[kind] += 1
        if seen[kind] <= OF_A_KIND:
            yield each


if __name__ == "__main__":
    main()
