"""What every flow works with: the store, the mail service, the studio and its words, as one value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from newsletter.bookings.source import BookingSource
from newsletter.config import Settings
from newsletter.domain.aftercare import Plan
from newsletter.domain.limits import Limits
from newsletter.domain.quiet import QuietHours
from newsletter.domain.studio import Studio
from newsletter.domain.tracking import Tracking
from newsletter.packs.loading import Shelf
from newsletter.providers.accounts.base import Account, EventLog
from newsletter.providers.base import Provider
from newsletter.providers.hooks.base import Hook
from newsletter.rendering.links import Links
from newsletter.rendering.messages import MessageFactory
from newsletter.rendering.templates import Templates, current_templates
from newsletter.store.database import Database

PLANS = "plans"  # the folder of a home with the studio's own plans
Clock = Callable[[], datetime]  # gives an aware moment; only the command line, the pages and the worker read a real one


@dataclass(frozen=True, kw_only=True)
class App:
    """Made by newsletter.app. `worker` names this process in the ledger; `key` signs links and hashes addresses.

    `fallback` is the mail service for what `provider` has refused for too long (domain/failover.py). `hooks` are the
    webhooks that may be believed, by their service's name. `accounts` open our accounts at the services that are set
    up, `logs` those that tell what became of single mails. `booking_sources` are the booking programs that may call us.
    """

    settings: Settings
    database: Database
    provider: Provider
    studio: Studio
    key: bytes
    store_id: str
    worker: str
    quiet: QuietHours
    limits: Limits
    fallback: Provider | None = None
    hooks: Mapping[str, Hook] = field(default_factory=dict)
    accounts: Mapping[str, Callable[[], Account]] = field(default_factory=dict)
    booking_sources: Mapping[str, BookingSource] = field(default_factory=dict)
    logs: Mapping[str, Callable[[], EventLog]] = field(default_factory=dict)

    @property
    def undo_window(self) -> timedelta:
        """How long a campaign waits after its launch before its first mail may leave."""
        return timedelta(minutes=self.settings.undo_window)

    @property
    def tracking(self) -> Tracking:
        """What is put into newsletters, and noted of them."""
        return Tracking(clicks=self.settings.track_clicks, opens=self.settings.track_opens)

    @property
    def services(self) -> tuple[Provider, ...]:
        """The mail services that are set up, the first choice first."""
        return (self.provider,) if self.fallback is None else (self.provider, self.fallback)

    def service(self, name: str) -> Provider | None:
        """The mail service of that name; None where it is not set up."""
        return next((each for each in self.services if each.name == name), None)

    @property
    def templates(self) -> Templates:
        """As they are now: a template changed while a worker runs counts from the next mail on."""
        return current_templates(self.settings.templates)

    @cached_property
    def links(self) -> Links:
        return Links(self.settings.public_url, self.key)

    @cached_property
    def messages(self) -> MessageFactory:
        return MessageFactory(self.studio, self.links, self.store_id)

    @cached_property
    def shelf(self) -> Shelf:
        """The care plans: ours, and the studio's own in the folder `plans` of the home."""
        return Shelf(self.studio.language, self.settings.home / PLANS)

    def plans_for(self, language: str) -> Mapping[str, Plan]:
        """The care plans by name, in a client's language, as they are now; the studio's where nobody knows hers."""
        return self.shelf.in_language(language)
