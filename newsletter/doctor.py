"""The doctor: what is missing or wrong in a home, and what to do about it."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter import asking
from newsletter.config import PLACEHOLDER_ADDRESS, PLACEHOLDER_WEBSITE
from newsletter.context import App
from newsletter.domain.campaign import CampaignState
from newsletter.domain.delivery import DeliveryState
from newsletter.domain.event import Source
from newsletter.errors import ProviderError
from newsletter.packs.loading import overdue
from newsletter.providers.accounts.base import Account
from newsletter.store import (
    calendars,
    campaigns,
    deliveries,
    events,
    feeds,
    holidays,
    invitations,
    lookups,
    meta,
    notices,
    polls,
    tasks,
)

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
    return [*_settings(app), *_services(app, now), *_mail(app, now), *_feeds(app), *_bookings(app, now), *_packs(now)]


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


def _services(app: App, now: datetime) -> Iterator[Check]:
    """What each mail service says of us, and whether it tells us of mails. Asking sends nothing."""
    for provider in app.services:
        if (open_account := app.accounts.get(provider.name)) is not None:
            at = "" if provider is app.provider else f" at {provider.name}"
            yield from _standing(app, provider.name, open_account, at)
            yield _news(app, provider.name, at, now)
    with app.database.read() as connection:
        strangers = events.strangers(connection, now - timedelta(days=7))
    for service, number in strangers.items():
        yield Check(name=f"news of {service}", found=f"{number} in a week about mail that this store never sent")


def _standing(app: App, name: str, open_account: Callable[[], Account], at: str) -> Iterator[Check]:
    try:
        with closing(open_account()) as account:
            standing = account.standing(app.studio.sender.domain)
    except ProviderError as error:
        yield Check(name=f"{name} answers", found=error.message, remedy=error.remedy or "Try again in a while.")
        return
    yield Check(name=f"{name} answers", found="it knows us")
    well = standing.sender_is_well is not False
    remedy = "" if well else f"Verify {app.studio.sender.domain} at {name}; else mail is refused or takes harm."
    yield Check(name=f"sender's domain{at}", found=standing.sender, remedy=remedy)
    if standing.quota:
        yield Check(name=f"quota{at}", found=standing.quota)


def _news(app: App, service: str, at: str, now: datetime) -> Check:
    """Whether the service tells by itself, or is asked; with the age of the latest news, in hours."""
    name, listens, readings = f"bounces and complaints{at}", service in app.hooks, asking.readings_of(app, service)
    with app.database.read() as connection:
        heard = events.last_heard(connection, service, Source.HOOK if listens else Source.POLL)
        known = [polls.get(connection, reading.name) for reading in readings]
        left = polls.last_call(connection, service)
    last = f"the last time {_age(heard, now)}" if heard else "never yet"
    if listens:
        silent = left is not None and now - left > _SILENCE and (heard is None or heard < left)
        where = f"{app.settings.public_url}/hooks/{service}"
        return Check(
            name=name,
            found=f"{service} tells by itself, {last}",
            remedy=f"See at {service} that its webhook calls {where} and is not refused." if silent else "",
        )
    if not readings:
        return Check(name=name, found="a mail server does not tell; they come to your mailbox")
    fault = next((poll.reason for poll in known if poll and poll.reason), "")
    return Check(
        name=name,
        found=f"{service} is asked every few minutes, news {last}" + (f"; it failed: {fault}" if fault else ""),
        remedy="See that the key may read and not only send." if fault else "",
    )


def _age(moment: datetime, now: datetime) -> str:
    minutes = int((now - moment).total_seconds()) // 60
    return f"{minutes} minutes ago" if minutes < 120 else f"{minutes // 60} hours ago"


def _mail(app: App, now: datetime) -> Iterator[Check]:
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
    yield from _absence(app, now)
    for campaign in paused:
        yield Check(
            name=f"campaign {campaign.id}",
            found=f"paused: {campaign.reason}",
            remedy=f"Go on with: campaign resume {campaign.id}, or stop it with: campaign cancel {campaign.id}",
        )


def _absence(app: App, now: datetime) -> Iterator[Check]:
    """Whether invitations go out, and who is there while the practitioner is not."""
    with app.database.read() as connection:
        since, waiting = invitations.on_since(connection), invitations.waiting(connection)
        holiday = holidays.known(connection)
    yield Check(name="invitations", found=f"on since {since:%d %B %Y}, {waiting} wait" if since else "off")
    if holiday is not None and not holiday.is_over(now, app.studio.timezone):
        yield Check(
            name="holiday",
            found=f"{holiday.first_day:%d %B} to {holiday.last_day:%d %B %Y}; cover: {holiday.cover or 'nobody'}",
            remedy="" if holiday.cover else "Name somebody whom clients can turn to: holiday set FROM TO --cover",
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


def _bookings(app: App, now: datetime) -> Iterator[Check]:
    """Where bookings come from by themselves, and what waits for the therapist's word."""
    with app.database.read() as connection:
        heard, open_tasks = notices.last_heard(connection), tasks.counts(connection)
        faults, read = lookups.faults(connection), calendars.all_calendars(connection)
    for name, source in app.booking_sources.items():
        last = f"heard {_age(heard[name], now)}" if name in heard else "never heard yet"
        where = f"{app.settings.public_url}/bookings/{name}"
        silent = "" if name in heard else f"Give {source.title} this address for its webhook: {where}"
        yield Check(
            name=f"bookings of {source.title}",
            found=f"{last}; {_to_do(open_tasks.get(name, 0))}" + (f"; {faults[name]}" if name in faults else ""),
            remedy=f"Check the key of {source.title}; it is asked again by itself." if name in faults else silent,
        )
    for calendar in read:
        last = f"read {_age(calendar.read_at, now)}" if calendar.read_at else "not read yet"
        waiting = _to_do(open_tasks.get(calendar.source, 0))
        remedy = f"Look at its address, or leave it out with: calendar remove {calendar.id}"
        yield Check(
            name=f"calendar {calendar.id}",
            found=calendar.fault or "; ".join(filter(None, (f"{calendar.host}, {last}", waiting, calendar.note))),
            remedy=remedy if calendar.fault else "",
        )
    if number := sum(open_tasks.values()):
        yield Check(name="your word on bookings", found=_to_do(number), remedy="See them with: task list")


def _to_do(number: int) -> str:
    return f"{number} for you to do" if number else "nothing for you to do"


def _packs(now: datetime) -> Iterator[Check]:
    late = overdue(now.date())
    yield Check(
        name="care packs",
        found="; ".join(late) or "reviewed",
        remedy="Update Afterglow: these facts are past their review date." if late else "",
    )
