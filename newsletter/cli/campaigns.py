"""`campaign`: newsletters from draft to sent."""

from collections.abc import Callable
from datetime import datetime

import click

from newsletter.cli.documents import campaign_document
from newsletter.cli.invocation import ROW_ID, Invocation, Moment, aware, command, fields, progress, show_time, table
from newsletter.context import App
from newsletter.domain.campaign import Campaign
from newsletter.domain.issue import Design


@click.group(help="Newsletters: create, launch, pause, resume, cancel, show.")
def campaign() -> None:
    pass


@campaign.command("create", help="Compose articles for an audience; with --at it is scheduled, else a draft.")
@click.option("--article", "article_ids", type=ROW_ID, multiple=True, required=True, metavar="ID")
@click.option("--segment", default="", help="The audience, such as tag:regulars,country:GB. Default: everybody.")
@click.option("--name", default="", help="What you call it. Default: the title.")
@click.option("--subject", default=None, help="The subject line. Default: the title.")
@click.option("--design", type=click.Choice([each.value for each in Design]), default=None)
@click.option("--at", type=Moment(), default=None, help="When; without an offset, on the studio's clock.")
@command
def create(
    run: Invocation,
    *,
    article_ids: tuple[int, ...],
    segment: str,
    name: str,
    subject: str | None,
    design: str | None,
    at: datetime | None,
) -> None:
    from newsletter import campaigns

    with run.app() as app:
        campaign_id = campaigns.create(
            app,
            article_ids=article_ids,
            segment=segment,
            name=name,
            subject=subject,
            design=Design(design) if design else None,
            now=run.now,
        )
        if at is not None:
            campaigns.launch(app, campaign_id, aware(at, app.studio.timezone))
        _report(run, app, campaign_id)


@campaign.command("launch", help="Schedule a draft, for now or for --at, and send what is due.")
@click.argument("campaign_id", type=ROW_ID)
@click.option("--at", type=Moment(), default=None, help="When; without an offset, on the studio's clock.")
@command
def launch(run: Invocation, *, campaign_id: int, at: datetime | None) -> None:
    from newsletter import campaigns
    from newsletter.worker import tick

    with run.app() as app:
        due_at = aware(at, app.studio.timezone) if at else run.now
        campaigns.launch(app, campaign_id, due_at)
        if due_at <= run.now:
            with progress("Sending") as advance:
                tick(app, run.clock, progress=advance)
        _report(run, app, campaign_id)


@campaign.command("pause", help="Nothing more leaves until it is resumed.")
@click.argument("campaign_id", type=ROW_ID)
@command
def pause(run: Invocation, *, campaign_id: int) -> None:
    from newsletter import campaigns

    _change(run, campaign_id, campaigns.pause)


@campaign.command("resume", help="Go on where it was paused.")
@click.argument("campaign_id", type=ROW_ID)
@command
def resume(run: Invocation, *, campaign_id: int) -> None:
    from newsletter import campaigns

    _change(run, campaign_id, lambda app, which: campaigns.resume(app, which, run.now))


@campaign.command("cancel", help="Cancel what has not left yet.")
@click.argument("campaign_id", type=ROW_ID)
@command
def cancel(run: Invocation, *, campaign_id: int) -> None:
    from newsletter import campaigns

    _change(run, campaign_id, lambda app, which: campaigns.cancel(app, which, run.now))


@campaign.command(
    "resend-missing", help="The same newsletter to those whom it did not reach, as a campaign of its own."
)
@click.argument("campaign_id", type=ROW_ID)
@command
def resend_missing(run: Invocation, *, campaign_id: int) -> None:
    from newsletter import campaigns
    from newsletter.worker import tick

    with run.app() as app:
        rest_id = campaigns.resend_missing(app, campaign_id, run.now)
        campaigns.launch(app, rest_id, run.now)
        with progress("Sending") as advance:
            tick(app, run.clock, progress=advance)
        _report(run, app, rest_id)


@campaign.command("show", help="Where a campaign stands: who got it, who did not, and why.")
@click.argument("campaign_id", type=ROW_ID)
@command
def show(run: Invocation, *, campaign_id: int) -> None:
    with run.app() as app:
        _report(run, app, campaign_id)


@campaign.command("list", help="Every campaign, the newest first.")
@command
def list_campaigns(run: Invocation) -> None:
    from newsletter.store import campaigns, deliveries

    with run.app() as app, app.database.read() as connection:
        found = [(each, deliveries.counts(connection, each.id)) for each in campaigns.all_campaigns(connection)]
        zone = app.studio.timezone
    run.report(
        [campaign_document(each, counts) for each, counts in found],
        lambda: table(
            "Campaigns",
            ["id", "name", "state", "due (studio's clock)", "audience", "accepted"],
            [
                [
                    str(each.id),
                    each.name,
                    each.state.value,
                    show_time(each.due_at, zone),
                    str(counts["candidates"]),
                    str(counts["accepted"] + counts["delivered"]),
                ]
                for each, counts in found
            ],
        ),
    )


def _change(run: Invocation, campaign_id: int, change: Callable[[App, int], Campaign]) -> None:
    with run.app() as app:
        change(app, campaign_id)
        _report(run, app, campaign_id)


def _report(run: Invocation, app: App, campaign_id: int) -> None:
    from newsletter import watching
    from newsletter.store import campaigns, deliveries

    with app.database.read() as connection:
        found = campaigns.get(connection, campaign_id)
        counts = deliveries.counts(connection, campaign_id)
        reasons = deliveries.reasons(connection, campaign_id)
        whys = watching.why(app, found, run.now)
    zone = app.studio.timezone
    values = {f"why ({number})" if number > 1 else "why": each for number, each in enumerate(whys, 1)}
    values |= {
        "state": f"{found.state} {f'({found.reason})' if found.reason else ''}".strip(),
        "audience": found.segment or "everybody",
        "due": show_time(found.due_at, zone) or "not scheduled; send it with: campaign launch " + str(found.id),
        "started": show_time(found.started_at, zone),
        "finished": show_time(found.finished_at, zone),
    } | {state: str(number) for state, number in counts.items() if number}
    lines = {f"{state}: {reason}": str(number) for state, reason, number in reasons}
    document = campaign_document(found, counts)
    document["why"] = list(whys)
    document["reasons"] = [{"state": state, "reason": why, "count": number} for state, why, number in reasons]
    run.report(
        document,
        lambda: fields(
            f"Campaign {found.id}: {found.name}", {name: value for name, value in (values | lines).items() if value}
        ),
    )
