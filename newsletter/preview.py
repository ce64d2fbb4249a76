"""Preview: a campaign's mail as its readers will see it, as one page and, where Chromium is installed, as pictures."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from newsletter.context import App
from newsletter.domain.delivery import SAMPLE_READER
from newsletter.errors import InputError
from newsletter.probing.screenshots import chromium, screenshot
from newsletter.rendering import preview
from newsletter.rendering.tracking import untracked
from newsletter.store import campaigns, editions


def preview_campaign(app: App, campaign_id: int, out: Path, now: datetime) -> Mapping[str, Path]:
    """Writes preview.html, and a PNG a view, to `out`; returns the files by name.

    Raises NotFoundError where there is no such campaign, InputError for a folder that cannot be written to.
    """
    with app.database.read() as connection:
        edition = editions.get(connection, campaigns.get(connection, campaign_id).edition_id)
    (message,) = app.messages.build(untracked(edition), [SAMPLE_READER], now)
    sender = app.studio.sender.name or app.studio.sender.address
    page = preview.page(message.subject, edition.preheader, sender, message.html, message.text)
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / "preview.html").write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"The folder {out} cannot be written to: {error.strerror}.", "Choose another --out."
        ) from error
    return {"page": out / "preview.html"} | _pictures(message.html, out)


def _pictures(html: str, out: Path) -> dict[str, Path]:
    browser = chromium()
    if browser is None:
        return {}
    files = {
        view.name: (view, out / f"{view.name.replace(', ', '-').replace(' ', '-')}.png") for view in preview.views(html)
    }
    return {name: file for name, (view, file) in files.items() if screenshot(browser, view.html, view.width, file)}
