"""`campaign`: newsletters from draft to sent."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from getpass import getuser
from itertools import pairwise
from typing import Any

import click

from newsletter.cli.documents import campaign_document, overruling_document, show_findings
from newsletter.cli.invocation import ROW_ID, Invocation, Moment, aware, command, fields, progress, show_time, table
from newsletter.cli.preflight import check, preflight
from newsletter.cli.responses import response_document, show_response
from newsletter.context import App
from newsletter.domain.campaign import Campaign, first_mail_at
from newsletter.domain.issue import Kind
from newsletter.domain.studio import Design

_AT_ONCE = "--at-once"


class _Launching(click.Command):
    """A command on which --now without a time means at once; with one it sets the clock, as on every command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, _spelled_out(args))


def _spelled_out(arguments: Sequence[str]) -> list[str]:
    """A --now without a time becomes --at-once; what follows it may be another option, or the campaign's number."""
    return [
        _AT_ONCE if word == "--now" and (not then or then.startswith("-") or then.isdecimal()) else word
        for word, then in pairwise((*arguments, ""))
    ]


_at = click.option("--at", type=Moment(), default=None, help="When; without an offset, on the studio's clock.")
_at_once = click.option(_AT_ONCE, is_flag=True, help="Leave no time to undo it. A --now without a time means the same.")


@click.group(help="Newsletters: create, check, launch, pause, resume, cancel, show.")
def campaign() -> None:
    pass


campaign.add_command(check)


@campaign.command("create", help="Compose articles for an audience; with --at it is scheduled, else a draft.")
@click.option("--article", "article_ids", type=ROW_ID, multiple=True, required=True, metavar="ID")
@click.option("--segment", default="", help="The audience, such as tag:regulars,country:GB. Default: everybody.")
@click.option("--name", default="", help="What you call it. Default: the title.")
@click.option("--subject", default=None, help="The subject line. Default: the title.")
@click.option(
    "--kind",
    type=click.Choice([each.value for each in Kind]),
    default=None,
    help="In full, its opening, or several. Default: what the articles make.",
)
@click.option(
    "--design",
    type=click.Choice([each.value for each in Design]),
    default=None,
    help="How it looks. Default: the studio's design.",
)
@_at
@command
def create(
    run: Invocation,
    *,
    article_ids: tuple[int, ...],
    segment: str,
    name: str,
    subject: str | None,
    kind: str | None,
    design: str | None,
    at: datetime | None,
) -> None:
    from newsletter import campaigns

    with run.app() as app:
        due_at = _first_mail(run, app, at) if at else None
        campaign_id = campaigns.create(
            app,
            article_ids=article_ids,
            segment=segment,
            name=name,
            subject=subject,
            kind=Kind(kind) if kind else None,
            design=Design(design) if design else None,
            now=run.now,
        )
        if due_at is not None:
            campaigns.launch(app, campaign_id, due_at, who=_whoever(), now=run.now)
        _report(run, app, campaign_id, noticed=preflight(app, campaign_id, run, online=False))


@campaign.command(
    "launch", cls=_Launching, help="Send a draft: after a few minutes in which you can undo it, at --at, or at once."
)
@click.argument("campaign_id", type=ROW_ID)
@_at
@_at_once
@command
def launch(run: Invocation, *, campaign_id: int, at: datetime | None, at_once: bool) -> None:
    with run.app() as app:
        _launch(run, app, campaign_id, _first_mail(run, app, at, at_once=at_once))


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
    "resend-missing",
    cls=_Launching,
    help="The same newsletter to those whom it did not reach, as a campaign of its own.",
)
@click.argument("campaign_id", type=ROW_ID)
@_at_once
@command
def resend_missing(run: Invocation, *, campaign_id: int, at_once: bool) -> None:
    from newsletter import campaigns

    with run.app() as app:
        rest_id = campaigns.resend_missing(app, campaign_id, run.now)
        _launch(run, app, rest_id, _first_mail(run, app, at_once=at_once))


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


def _first_mail(run: Invocation, app: App, at: datetime | None = None, *, at_once: bool = False) -> datetime:
    asked = aware(at, app.studio.timezone) if at else None
    return first_mail_at(asked, run.now, timedelta(0) if at_once else app.undo_window)


def _launch(run: Invocation, app: App, campaign_id: int, due_at: datetime) -> None:
    """Sends what is due already; else only sees who will get it."""
    from newsletter import campaigns
    from newsletter.worker import tick

    campaigns.launch(app, campaign_id, due_at, who=_whoever(), now=run.now)
    with progress("Sending") as advance:
        if due_at <= run.now:
            tick(app, run.clock, progress=advance)
        else:
            campaigns.start_due(app, run.now, advance)
    _report(run, app, campaign_id)


def _whoever() -> str:
    """The user of this computer; in a container there may be none."""
    try:
        return f"{getuser()}, at the command line"
    except (OSError, KeyError, ImportError):
        return "the command line"


def _change(run: Invocation, campaign_id: int, change: Callable[[App, int], Campaign]) -> None:
    with run.app() as app:
        change(app, campaign_id)
        _report(run, app, campaign_id)


def _report(run: Invocation, app: App, campaign_id: int, noticed: Any = None) -> None:
    """Where it stands; with what was `noticed` before it goes, if anybody looked."""
    from newsletter import watching
    from newsletter.store import campaigns, deliveries, overrulings, tracking

    with app.database.read() as connection:
        found = campaigns.get(connection, campaign_id)
        counts = deliveries.counts(connection, campaign_id)
        reasons = deliveries.reasons(connection, campaign_id)
        whys = watching.why(app, found, run.now)
        response = tracking.response(connection, campaign_id)
        overruled = overrulings.of_campaign(connection, campaign_id)
    zone = app.studio.timezone
    values = {f"why ({number})" if number > 1 else "why": each for number, each in enumerate(whys, 1)}
    values |= {
        "state": f"{found.state} {f'({found.reason})' if found.reason else ''}".strip(),
        "audience": found.segment or "everybody",
        "due": show_time(found.due_at, zone),
        "started": show_time(found.started_at, zone),
        "finished": show_time(found.finished_at, zone),
    } | {state: str(number) for state, number in counts.items() if number}
    lines = {f"{state}: {reason}": str(number) for state, reason, number in reasons}
    document = campaign_document(found, counts)
    document["why"] = list(whys)
    document["overruled"] = [overruling_document(each) for each in overruled]
    document |= response_document(response)
    document["reasons"] = [{"state": state, "reason": why, "count": number} for state, why, number in reasons]
    if noticed:
        document["preflight"] = noticed[0]

    def tell() -> None:
        fields(f"Campaign {found.id}: {found.name}", {name: value for name, value in (values | lines).items() if value})
        if response.was_noticed:
            show_response(response)
        for each in overruled:
            show_findings(f"Overruled by {each.who}, on {show_time(each.at, zone)}", each.findings)
        if noticed:
            noticed[1]()

    run.report(document, tell)
