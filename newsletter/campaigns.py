"""Campaigns: an issue becomes an edition, an edition and an audience become deliveries."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from newsletter.context import App
from newsletter.domain import claims
from newsletter.domain.campaign import Campaign, CampaignState, check_move
from newsletter.domain.finding import Finding
from newsletter.domain.issue import Issue, Kind
from newsletter.domain.overruling import Overruling, is_news
from newsletter.domain.pictures import hosted
from newsletter.domain.studio import Design
from newsletter.errors import InputError, RefusedError
from newsletter.packs.loading import load_claim_rules
from newsletter.rendering import compose, tracking
from newsletter.store import articles, campaigns, deliveries, editions, meta, overrulings
from subscribers import segment as segments
from subscribers.consent import Stream

CHUNK = 10_000  # subscribers looked at in one transaction
GRACE = timedelta(hours=12)  # a campaign that could not start for longer waits for the therapist's word

Progress = Callable[[int], None]


def create(
    app: App,
    *,
    article_ids: Sequence[int],
    now: datetime,
    segment: str = "",
    name: str = "",
    kind: Kind | None = None,
    design: Design | None = None,
    subject: str | None = None,
) -> int:
    """Composes the articles into an edition and keeps it with its audience as a draft; returns the campaign's id.

    `segment` is the audience as subscribers.segment reads it; several articles make a digest unless `kind` says
    otherwise; `design` is the studio's unless it is given. Raises NotFoundError, InputError or AudienceError, and then
    nothing was kept.
    """
    if not article_ids:
        raise InputError("A campaign needs an article.", "Name one with --article ID; list them with: article list")
    article_ids = list(dict.fromkeys(article_ids))
    audience = segments.parse(segment)
    issue = _issue(app, article_ids, kind=kind, design=design, subject=subject)
    composed = compose.newsletter(issue, app.studio, app.templates)
    edition = tracking.track(composed, app.tracking, [*app.links.own_pages, app.studio.booking_url])
    with app.database.write() as connection:
        return campaigns.create(
            connection,
            name=name or issue.articles[0].title,
            stream=Stream.MARKETING,
            edition_id=editions.save(connection, edition, now),
            segment=str(audience),
            articles=article_ids,
            now=now,
        )


def launch(
    app: App, campaign_id: int, due_at: datetime, *, who: str = "the studio", now: datetime | None = None
) -> Campaign:
    """Schedules a draft: its first mail leaves at `due_at` (aware), see domain.campaign.first_mail_at.

    Launching twice changes nothing but the time, until it has started. Whatever its articles claim is overruled by
    that, and kept with `who` launched it, at `now`.
    """
    claimed = _claims(app, campaign_id)
    with app.database.write() as connection:
        campaign = campaigns.get(connection, campaign_id)
        if campaign.state is not CampaignState.SCHEDULED:
            check_move(campaign, CampaignState.SCHEDULED)
        if is_news(claimed, overrulings.of_campaign(connection, campaign_id)):
            overrulings.add(connection, campaign_id, Overruling(at=now or due_at, who=who, findings=claimed))
        return _schedule(app, connection, campaign, due_at)


def resend_missing(app: App, campaign_id: int, now: datetime) -> int:
    """Makes a draft of the same edition for those whom the campaign did not reach; returns its id.

    Those are who failed, were suppressed or cancelled, and who joined since. A mail in doubt counts as arrived: nobody
    gets it twice. Raises RefusedError while the campaign is still under way.
    """
    with app.database.write() as connection:
        first = campaigns.get(connection, campaign_id)
        if first.state not in (CampaignState.SENT, CampaignState.CANCELLED):
            raise RefusedError(
                f"The campaign “{first.name}” is {first.state}; who is missing is known once it is over.",
                f"See where it stands with: campaign show {campaign_id}",
            )
        return campaigns.create(
            connection,
            name=f"{first.name} (to the rest)",
            stream=first.stream,
            edition_id=first.edition_id,
            segment=first.segment,
            articles=campaigns.article_ids(connection, campaign_id),
            now=now,
            rest_of=campaign_id,
        )


def pause(app: App, campaign_id: int) -> Campaign:
    """Nothing more leaves until it is resumed; what is on its way arrives."""
    return _move(app, campaign_id, CampaignState.PAUSED, "paused by hand")


def resume(app: App, campaign_id: int, now: datetime) -> Campaign:
    """Goes on where the campaign was paused: nobody is skipped, nobody gets it twice.

    One whose time has not come keeps it; one whose time has passed starts at once.
    """
    with app.database.write() as connection:
        campaign = campaigns.get(connection, campaign_id)
        if campaign.started_at is None:
            check_move(campaign, CampaignState.SCHEDULED)
            return _schedule(app, connection, campaign, max(campaign.due_at or now, now))
        check_move(campaign, CampaignState.SENDING)
        campaigns.move(connection, campaign, CampaignState.SENDING)
        return campaigns.get(connection, campaign_id)


def cancel(app: App, campaign_id: int, now: datetime) -> Campaign:
    """Cancels what has not left yet, each delivery by name; what has left cannot be called back."""
    with app.database.write() as connection:
        campaign = campaigns.get(connection, campaign_id)
        check_move(campaign, CampaignState.CANCELLED)
        if campaigns.move(connection, campaign, CampaignState.CANCELLED, "cancelled by hand", finished_at=now):
            campaigns.cancel_queued(connection, campaign_id, "the campaign was cancelled", now)
        return campaigns.get(connection, campaign_id)


def start_due(app: App, now: datetime, progress: Progress = lambda _: None) -> None:
    """Starts every campaign whose time has come, and freezes the audience of those that have started or soon will.

    So in the time to undo it can be seen who would get it, and the first mail leaves on time.
    """
    with app.database.write() as connection:
        if meta.held(connection):  # none starts: what is overdue when mail goes on again is to ask first
            return
        for campaign in campaigns.in_state(connection, CampaignState.SCHEDULED):
            if campaign.due_at is not None and campaign.due_at <= now:
                _start(connection, campaign, now)
    with app.database.read() as connection:
        going = campaigns.in_state(connection, CampaignState.SENDING, CampaignState.SCHEDULED)
    for campaign in going:
        if campaign.frozen_at is None and _is_near(campaign, now + app.undo_window):
            freeze(app, campaign, now, progress)


def freeze(app: App, campaign: Campaign, now: datetime, progress: Progress = lambda _: None) -> None:
    """Gives everybody of the audience a delivery, queued or suppressed with the reason, a chunk at a time.

    It goes on where a crash left it; no mail of the campaign leaves before it is complete.
    """
    audience = segments.parse(campaign.segment)
    with app.database.read() as connection:
        due = _due_by_zone(app, connection, now if campaign.started_at else max(campaign.due_at or now, now))
    more = True
    while more:
        with app.database.write() as connection:
            if not campaigns.hold_for_freezing(connection, campaign):
                return
            more = campaigns.freeze_chunk(connection, campaign, audience, due, size=CHUNK, now=now)
            if not more:
                campaigns.complete(connection, campaign.id, now)
        progress(CHUNK)


def finish(app: App, now: datetime) -> None:
    """Says "sent" of every campaign of which each delivery has come to its end, and of no other."""
    with app.database.write() as connection:
        for campaign in campaigns.in_state(connection, CampaignState.SENDING):
            if campaign.frozen_at is not None and not deliveries.unfinished(connection, campaign.id):
                campaigns.move(connection, campaign, CampaignState.SENT, finished_at=now)


def _issue(
    app: App, article_ids: Sequence[int], *, kind: Kind | None, design: Design | None, subject: str | None
) -> Issue:
    with app.database.read() as connection:
        chosen = tuple(hosted(articles.get(connection, each), app.settings.public_url) for each in article_ids)
        known = articles.addresses(connection)
    kind = kind or (Kind.ARTICLE if len(chosen) == 1 else Kind.DIGEST)
    return Issue(
        articles=chosen, kind=kind, design=design, subject=subject, addresses=known, tracked=bool(app.tracking)
    )


def _claims(app: App, campaign_id: int) -> tuple[Finding, ...]:
    """What readers may take as a medical promise: advice in an article, which is the therapist's to send."""
    with app.database.read() as connection:
        chosen = [articles.get(connection, each) for each in campaigns.article_ids(connection, campaign_id)]
    return tuple(
        finding
        for article in chosen
        for finding in claims.findings(article, load_claim_rules(article.language, app.studio.country), refuse=False)
    )


def _is_near(campaign: Campaign, moment: datetime) -> bool:
    """Whether its first mail is due by then; those of a campaign that has started are."""
    return campaign.state is CampaignState.SENDING or (campaign.due_at is not None and campaign.due_at <= moment)


def _schedule(app: App, connection: Connection, campaign: Campaign, due_at: datetime) -> Campaign:
    """Whoever has a delivery already keeps it, with a new moment."""
    if campaigns.move(connection, campaign, CampaignState.SCHEDULED, due_at=due_at):
        campaigns.redate(connection, campaign.id, _due_by_zone(app, connection, due_at))
    return campaigns.get(connection, campaign.id)


def _due_by_zone(app: App, connection: Connection, moment: datetime) -> dict[str, datetime]:
    """When readers of each time zone may get a mail of that moment; "" stands for every other zone."""
    zones = {*campaigns.timezones(connection), ""}
    return {zone: app.quiet.next_allowed(moment, zone or app.studio.timezone) for zone in zones}


def _start(connection: Connection, campaign: Campaign, now: datetime) -> None:
    if campaign.due_at is not None and now - campaign.due_at > GRACE:
        reason = f"it was due on {campaign.due_at:%d %B at %H:%M} UTC and could not start then; resume it, or cancel it"
        campaigns.move(connection, campaign, CampaignState.PAUSED, reason)
    else:
        campaigns.move(connection, campaign, CampaignState.SENDING, started_at=now)


def _move(app: App, campaign_id: int, to: CampaignState, reason: str) -> Campaign:
    with app.database.write() as connection:
        campaign = campaigns.get(connection, campaign_id)
        check_move(campaign, to)
        campaigns.move(connection, campaign, to, reason)
        return campaigns.get(connection, campaign_id)
