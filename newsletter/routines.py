"""Routines: new articles become newsletters by themselves, in a rhythm, with the therapist's word or without."""

import logging
from collections.abc import Sequence
from datetime import datetime

from newsletter import campaigns
from newsletter.approval import ask_for_approval
from newsletter.context import App
from newsletter.domain.campaign import first_mail_at
from newsletter.domain.issue import Kind
from newsletter.domain.rhythm import parse
from newsletter.domain.routine import Routine
from newsletter.domain.studio import Design
from newsletter.errors import AfterglowError
from newsletter.store import articles, feeds, routines
from newsletter.store.articles import StoredArticle
from subscribers import segment as segments

log = logging.getLogger(__name__)


def add(
    app: App,
    *,
    feed_id: int,
    every: str,
    now: datetime,
    digest: bool = False,
    segment: str = "",
    design: Design | None = None,
    asks: bool = False,
) -> Routine:
    """From now on, what the feed brings is mailed in that rhythm. Raises InputError, NotFoundError or AudienceError."""
    rhythm, audience = parse(every), str(segments.parse(segment))
    with app.database.write() as connection:
        feeds.get(connection, feed_id)
        routine_id = routines.add(
            connection,
            feed_id=feed_id,
            rhythm=rhythm,
            digest=digest,
            segment=audience,
            design=design or "",
            asks=asks,
            due_at=rhythm.after(now, app.studio.timezone),
            now=now,
        )
        return next(each for each in routines.all_routines(connection) if each.id == routine_id)


def run_due(app: App, now: datetime) -> None:
    """Makes the newsletter of every routine whose time has come; one that cannot be made is said in the log.

    Made twice after a crash it is still one: an article that stands in a campaign is not new any more.
    """
    while True:
        with app.database.write() as connection:
            routine = routines.take(connection, now)
        if routine is None:
            return
        try:
            _make(app, routine, now)
        except AfterglowError as error:
            log.error("The routine %d made no newsletter: %s", routine.id, error)
        with app.database.write() as connection:
            routines.advance(connection, routine, routine.rhythm.after(max(routine.due_at, now), app.studio.timezone))


def _make(app: App, routine: Routine, now: datetime) -> None:
    with app.database.read() as connection:
        fresh = articles.unmailed_of_feed(connection, routine.feed_id)
    new = [each for each in fresh if each.added_at >= routine.created_at]
    if not new:
        return
    campaign_id = campaigns.create(
        app,
        article_ids=[each.id for each in new],
        segment=routine.segment,
        kind=_kind(routine, new),
        design=Design(routine.design) if routine.design else None,
        now=now,
    )
    if routine.asks:
        ask_for_approval(app, campaign_id, routine.due_at, now)
    else:
        campaigns.launch(app, campaign_id, first_mail_at(None, now, app.undo_window), who="a routine", now=now)


def _kind(routine: Routine, new: Sequence[StoredArticle]) -> Kind:
    return Kind.DIGEST if routine.digest or len(new) > 1 else Kind.ARTICLE
