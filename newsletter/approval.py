"""Approval: the therapist's word, by mail, before a newsletter that made itself goes out."""

from datetime import datetime, timedelta

from newsletter.context import App
from newsletter.domain.campaign import Campaign
from newsletter.domain.content import Content
from newsletter.errors import NotFoundError
from newsletter.rendering import compose
from newsletter.rendering.tracking import untracked
from newsletter.store import audience, campaigns, confirmations, editions
from subscribers import segment as segments
from subscribers import store
from subscribers.subscriber import details

SOURCE = "the studio itself"
_FORGOTTEN = timedelta(days=30)  # after its time nobody means it any more


def ask_for_approval(app: App, campaign_id: int, due_at: datetime, now: datetime) -> None:
    """Sends the therapist the link to look at a draft and approve it; it is to leave at `due_at` (aware)."""
    with app.database.write() as connection:
        campaign = campaigns.get(connection, campaign_id)
        subject = Content.of(editions.get(connection, campaign.edition_id)).subject({})
        people = audience.outlook(connection, campaign, segments.parse(campaign.segment), now).get("", 0)
        address, spoken = app.links.approval_url(campaign_id, due_at), app.studio.language
        edition = compose.worded("approve", spoken, address, app.studio, app.templates, subject=subject, count=people)
        to = store.add(connection, details(app.studio.reply_to.address), key=app.key, now=now, source=SOURCE)
        confirmations.queue(connection, to.id, editions.save(connection, edition, now), now)


def read_link(app: App, token: str, now: datetime) -> tuple[Campaign, datetime]:
    """The campaign of a link, and when it is to leave. Raises NotFoundError for a link that is nobody's, or over."""
    found = app.links.read_approval(token)
    if found is None or found[1] + _FORGOTTEN < now:
        raise NotFoundError("This link is over, or not complete.", "Look at the drafts with: campaign list")
    with app.database.read() as connection:
        return campaigns.get(connection, found[0]), found[1]


def draft_as_page(app: App, token: str, now: datetime) -> str:
    """The mail of the draft as a page, with nobody's name in it. Raises NotFoundError as `read_link` does."""
    campaign, _ = read_link(app, token, now)
    with app.database.read() as connection:
        edition = editions.get(connection, campaign.edition_id)
    return Content.of(untracked(edition)).html({"practitioner": app.studio.practitioner})
