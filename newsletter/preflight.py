"""Preflight: everything that can be known of a campaign before it goes, in plain words, the gravest first."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from html import unescape

from sqlalchemy import Connection

from newsletter.context import App
from newsletter.domain import authentication, pace
from newsletter.domain.campaign import Campaign
from newsletter.domain.delivery import SAMPLE_READER
from newsletter.domain.edition import Edition
from newsletter.domain.finding import Finding, Severity
from newsletter.domain.limits import Usage
from newsletter.inspection import inspect
from newsletter.probing.dns import published
from newsletter.probing.links import dead_links
from newsletter.probing.spam import spam_score
from newsletter.rendering.mime import encode
from newsletter.rendering.tracking import untracked
from newsletter.store import articles, audience, campaigns, editions, senders
from subscribers import segment as segments

_ADDRESS = re.compile(r'\b(?:href|src)="([^"]+)"')
_NAMED = 5  # of those who get it
_GRAVITY = {severity: place for place, severity in enumerate(Severity)}

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """`recipients` is how many get it, `first` some of them by name; `left_out` why the others of the audience do not,
    and how many those are."""

    campaign: Campaign
    recipients: int
    left_out: dict[str, int]
    findings: tuple[Finding, ...]
    first: tuple[str, ...] = ()


def examine(
    app: App, campaign_id: int, now: datetime, *, online: bool = True, progress: Progress = lambda _: None
) -> Preflight:
    """Looks at the campaign as it stands. `online` also asks its links, the DNS and SpamAssassin.

    `progress` hears of each link that was asked.

    Raises NotFoundError where there is no such campaign. Nothing is sent, and nothing is changed.
    """
    with app.database.read() as connection:
        campaign = campaigns.get(connection, campaign_id)
        edition = editions.get(connection, campaign.edition_id)
        pieces = [articles.get(connection, each) for each in campaigns.article_ids(connection, campaign_id)]
        people = audience.outlook(connection, campaign, segments.parse(campaign.segment), now)
        named = audience.first(connection, campaign, segments.parse(campaign.segment), now, most=_NAMED)
        usage = senders.usage(connection, app.provider.name, now)
        crowded = _crowded(app, connection, campaign, now)
    recipients = people.pop("", 0)
    found = [*inspect(pieces, edition, app.studio), *_audience(campaign, recipients, people)]
    found += [*crowded, *_quota(app, usage, recipients, now)]
    if online:
        found += [*_links(app, edition, progress), *_domain(app), *_spam(app, edition, now)]
    return Preflight(
        campaign=campaign,
        recipients=recipients,
        left_out=people,
        first=tuple(each.name or each.email for each in named if not each.reason),
        findings=tuple(sorted(found, key=lambda each: _GRAVITY[each.severity])),
    )


def _audience(campaign: Campaign, recipients: int, left_out: dict[str, int]) -> Iterator[Finding]:
    whose = f"“{campaign.segment}”" if campaign.segment else "everybody"
    if not recipients:
        yield Finding(
            severity=Severity.ERROR,
            rule="audience.empty",
            message="Nobody would get this newsletter.",
            where=whose,
            suggestion="Look at who is there with: subscriber list, and at the segment of the campaign.",
        )
    if skipped := sum(left_out.values()):
        reasons = ", ".join(f"{number} {reason}" for reason, number in left_out.items())
        yield Finding(
            severity=Severity.ADVICE,
            rule="audience.left_out",
            message=f"{skipped} of {skipped + recipients} people will not get it: {reasons}.",
            where=whose,
        )


def _crowded(app: App, connection: Connection, campaign: Campaign, now: datetime) -> list[Finding]:
    """Those who would get it, had they not had enough of them lately."""
    most, at = app.settings.marketing_a_month, max(campaign.due_at or now, now)
    people = audience.crowded(connection, campaign, segments.parse(campaign.segment), at, most=most)
    if not people:
        return []
    whom = "1 of them has" if people == 1 else f"{people} of them have"
    return [
        Finding(
            severity=Severity.WARNING,
            rule="audience.month",
            message=f"{whom} had {most} newsletters or invitations within a month by then, and will be left out.",
            suggestion="Send it later, or allow more of them with the setting marketing_a_month.",
        )
    ]


def _quota(app: App, usage: Usage, recipients: int, now: datetime) -> Iterator[Finding]:
    if not app.limits.are_set or not recipients:
        return
    day = pace.finishing_day(app.limits, usage, recipients, now)
    if day is None:
        words, severity = "By your limits this newsletter would not be out within ten years.", Severity.ERROR
    elif day.date() > now.date():
        words = f"By your limits the last of {recipients} mails leaves on {day:%A %d %B}."
        severity = Severity.WARNING
    else:
        return
    yield Finding(
        severity=severity,
        rule="quota.days",
        message=words,
        where=app.provider.name,
        suggestion="Launch earlier, choose a smaller audience, or ask your mail service for a higher limit.",
    )


def _links(app: App, edition: Edition, progress: Progress) -> Iterator[Finding]:
    urls = [unescape(found) for found in _ADDRESS.findall(untracked(edition).html) if "[[" not in found]
    for dead in dead_links(urls, allow_private=app.settings.allow_private_addresses, progress=progress):
        yield Finding(
            severity=Severity.WARNING,
            rule="links.dead",
            message=f"A link does not answer: {dead.why}",
            where=dead.url,
            suggestion="Open it yourself; correct it in the article, then add the article again.",
        )


def _domain(app: App) -> Iterator[Finding]:
    if app.provider.name == "file":
        return
    domain, selector = app.studio.sender.domain, app.settings.smtp_dkim_selector
    records = published(domain, selector)
    yield from authentication.check_domain(domain, spf=records.spf, dmarc=records.dmarc, mx=records.mx)
    if selector:
        yield from authentication.check_key(f"{selector}._domainkey.{domain}", records.dkim)


def _spam(app: App, edition: Edition, now: datetime) -> Iterator[Finding]:
    (message,) = app.messages.build(edition, [SAMPLE_READER], now)
    score = spam_score(encode(message))
    if score is None or score.points < score.limit / 2:
        return
    yield Finding(
        severity=Severity.WARNING if score.points >= score.limit else Severity.ADVICE,
        rule="text.spam",
        message=f"SpamAssassin gives the mail {score.points:g} points; from {score.limit:g} on it is taken for spam.",
        where=", ".join(score.rules),
        suggestion="The rules it names say what it dislikes.",
    )
