"""The archive: the newsletters that went to everybody, for those who were not there yet."""

from dataclasses import dataclass
from datetime import datetime

from newsletter.context import App
from newsletter.domain.content import Content
from newsletter.domain.edition import Edition
from newsletter.errors import NotFoundError
from newsletter.rendering.tracking import untracked
from newsletter.store import archive, editions

MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A newsletter that was sent; `sent_at` is when it began to leave (aware, UTC)."""

    campaign_id: int
    subject: str
    preheader: str
    language: str
    sent_at: datetime


def past(app: App) -> list[Past]:
    """The latest newsletters, newest first. What went to a part of the audience alone is not for everybody's eyes."""
    _require_open(app)
    with app.database.read() as connection:
        return [
            _past(editions.get(connection, each.edition_id), each.campaign_id, each.sent_at)
            for each in archive.sent(connection, limit=MOST)
        ]


def page(app: App, campaign_id: int) -> str:
    """A newsletter as a page, with nobody's name in it. Raises NotFoundError for one that is not in the archive."""
    _require_open(app)
    with app.database.read() as connection:
        found = archive.sent(connection, campaign_id=campaign_id)
        if not found:
            raise _nothing()
        edition = editions.get(connection, found[0].edition_id)
    nobody = {"unsubscribe_url": app.links.page_url("subscribe"), "preferences_url": app.links.page_url("link")}
    here = {"view_url": app.links.page_url(f"archive/{campaign_id}"), "practitioner": app.studio.practitioner}
    return Content.of(untracked(edition)).html(nobody | here)


def _past(edition: Edition, campaign_id: int, sent_at: datetime) -> Past:
    content = Content.of(edition)
    return Past(
        campaign_id=campaign_id,
        subject=content.subject({}),
        preheader=edition.preheader,
        language=edition.language,
        sent_at=sent_at,
    )


def _require_open(app: App) -> None:
    if not app.settings.archive:
        raise _nothing()


def _nothing() -> NotFoundError:
    return NotFoundError("There is no newsletter at this address.", "The archive lists those there are.")
