"""The doctor: what is missing or wrong in a home, and what to do about it."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter.config import PLACEHOLDER_ADDRESS, PLACEHOLDER_WEBSITE
from newsletter.context import App
from newsletter.domain.campaign import CampaignState
from newsletter.domain.delivery import DeliveryState
from newsletter.domain.event import Source
from newsletter.errors import ProviderError
from newsletter.packs.loading import overdue
from newsletter.store import campaigns, deliveries, events, feeds, meta, polls

_SILENCE = timedelta(hours=6)  # after a mail, in which a webhook should have called


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at; `remedy` is empty where it is as it should be."""

    name: str
    found: str
    remedy: str = ""

    @property
    def is_well(self) -> bool:
        return not self.remedy


def examine(app: App, now: datetime) -> list[Check]:
    """Everything that can be told without sending anything."""
    return [*_settings(app), *_service(app, now), *_mail(app), *_feeds(app), *_packs(now)]


def _settings(app: App) -> Iterator[Check]:
    studio = app.studio
    second = f"; {app.fallback.name} while that takes no mail" if app.fallback else ""
    yield Check(name="mail service", found=f"{app.provider.name}{second}")
    yield Check(
        name="sender",
        found=studio.sender.address,
        remedy="Set studio.sender_address." if studio.sender.address == PLACEHOLDER_ADDRESS else "",
    )
    yield Check(
        name="postal address",
        found=studio.postal_address or "none",
        remedy="" if studio.postal_address else "Set studio.postal_address; newsletters must carry one by law.",
    )
    yield Check(
        name="website",
        found=studio.website,
        remedy="Set studio.website and studio.booking_url; mails link to them."
        if studio.website == PLACEHOLDER_WEBSITE
        else "",
    )
    public = app.settings.public_url
    yield Check(
        name="public address",
        found=public,
        remedy=""
        if public.startswith("https://")
        else "Set public_url to an https address; one-click leaving needs it.",
    )


def _service(app: App, now: datetime) -> Iterator[Check]:
    """What the service says of us, and whether it tells us of mails. Asking sends nothing."""
    if app.account is None:
        return
    name = app.provider.name
    try:
        with closing(app.account()) as account:
            standing = account.standing(app.studio.sender.domain)
    except ProviderError as error:
        yield Check(name=f"{name} answers", found=error.message, remedy=error.remedy or "Try again in a while.")
    else:
        yield Check(name=f"{name} answers", found="it knows us")
        well = standing.sender_is_well is not False
        remedy = "" if well else f"Verify {app.studio.sender.domain} at {name}; else mail is refused or takes harm."
        yield Check(name="sender's domain", found=standing.sender, remedy=remedy)
        if standing.quota:
            yield Check(name="quota", found=standing.quota)
    yield _news(app, now)
    with app.database.read() as connection:
        strangers = events.strangers(connection, now - timedelta(days=7))
    for service, number in strangers.items():
        yield Check(name=f"news of {service}", found=f"{number} in a week about mail that this store never sent")


def _news(app: App, now: datetime) -> Check:
    """Whether the service tells by itself, or is asked; with the age of the latest news, in hours."""
    name, listens = app.provider.name, app.provider.name in app.hooks
    source = Source.HOOK if listens else Source.POLL
    with app.database.read() as connection:
        heard, poll = events.last_heard(connection, name, source), polls.get(connection, name)
        left = polls.last_call(connection)
    last = f"the last time {_age(heard, now)}" if heard else "never yet"
    if listens:
        silent = left is not None and now - left > _SILENCE and (heard is None or heard < left)
        where = f"{app.settings.public_url}/hooks/{name}"
        return Check(
            name="bounces and complaints",
            found=f"{name} tells by itself, {last}",
            remedy=f"See at {name} that its webhook calls {where} and is not refused." if silent else "",
        )
    if name == "smtp":
        return Check(name="bounces and complaints", found="a mail server does not tell; they come to your mailbox")
    fault = poll.reason if poll else ""
    return Check(
        name="bounces and complaints",
        found=f"{name} is asked every few minutes, news {last}" + (f"; it failed: {fault}" if fault else ""),
        remedy="See that the key may read and not only send." if fault else "",
    )


def _age(moment: datetime, now: datetime) -> str:
    minutes = int((now - moment).total_seconds()) // 60
    return f"{minutes} minutes ago" if minutes < 120 else f"{minutes // 60} hours ago"


def _mail(app: App) -> Iterator[Check]:
    with app.database.read() as connection:
        counts = deliveries.counts(connection)
        paused = campaigns.in_state(connection, CampaignState.PAUSED)
        hold = meta.held(connection)
    if hold is not None:
        yield Check(
            name="all mail",
            found=f"held since {hold.since:%d %B %Y at %H:%M} UTC: {hold.reason}",
            remedy="See who waits with: forecast, then go on with: resume",
        )
    yield Check(name="waiting mail", found=f"{counts[DeliveryState.QUEUED]} queued")
    yield Check(
        name="mail in doubt",
        found=f"{counts[DeliveryState.UNKNOWN]} unknown",
        remedy="Ask the mail service with: delivery reconcile" if counts[DeliveryState.UNKNOWN] else "",
    )
    for campaign in paused:
        yield Check(
            name=f"campaign {campaign.id}",
            found=f"paused: {campaign.reason}",
            remedy=f"Go on with: campaign resume {campaign.id}, or stop it with: campaign cancel {campaign.id}",
        )


def _feeds(app: App) -> Iterator[Check]:
    with app.database.read() as connection:
        followed = feeds.all_feeds(connection)
    for feed in followed:
        yield Check(
            name=f"feed {feed.id}",
            found=feed.fault or feed.note or f"{feed.title or feed.url} is well",
            remedy=f"Look at {feed.url}, or follow it no longer with: feed remove {feed.id}" if feed.fault else "",
        )


def _packs(now: datetime) -> Iterator[Check]:
    late = overdue(now.date())
    yield Check(
        name="care packs",
        found="; ".join(late) or "reviewed",
        remedy="Update Afterglow: these facts are past their review date." if late else "",
    )
