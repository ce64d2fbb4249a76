"""The doctor: what is missing or wrong in a home, and what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from newsletter.config import PLACEHOLDER_ADDRESS, PLACEHOLDER_WEBSITE
from newsletter.context import App
from newsletter.domain.campaign import CampaignState
from newsletter.domain.delivery import DeliveryState
from newsletter.packs.loading import overdue
from newsletter.store import campaigns, deliveries, meta


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
    return [*_settings(app), *_mail(app), *_packs(now)]


def _settings(app: App) -> Iterator[Check]:
    studio = app.studio
    yield Check(name="mail service", found=app.provider.name)
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


def _packs(now: datetime) -> Iterator[Check]:
    late = overdue(now.date())
    yield Check(
        name="care packs",
        found="; ".join(late) or "reviewed",
        remedy="Update Afterglow: these facts are past their review date." if late else "",
    )
