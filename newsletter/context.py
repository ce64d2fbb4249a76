"""What every flow works with: the store, the mail service, the studio and its words, as one value."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from newsletter.config import Settings
from newsletter.domain.aftercare import Plan
from newsletter.domain.limits import Limits
from newsletter.domain.quiet import QuietHours
from newsletter.domain.studio import Studio
from newsletter.packs.loading import load_plans
from newsletter.providers.base import Provider
from newsletter.rendering.links import Links
from newsletter.rendering.messages import MessageFactory
from newsletter.rendering.templates import Templates
from newsletter.store.database import Database

Clock = Callable[[], datetime]  # gives an aware moment; only the command line, the pages and the worker read a real one


@dataclass(frozen=True, kw_only=True)
class App:
    """Made by newsletter.app. `worker` names this process in the ledger; `key` signs links and hashes addresses."""

    settings: Settings
    database: Database
    provider: Provider
    studio: Studio
    key: bytes
    store_id: str
    worker: str
    quiet: QuietHours
    limits: Limits

    @cached_property
    def templates(self) -> Templates:
        return Templates(self.settings.templates)

    @cached_property
    def links(self) -> Links:
        return Links(self.settings.public_url, self.key)

    @cached_property
    def messages(self) -> MessageFactory:
        return MessageFactory(self.studio, self.links, self.store_id)

    @cached_property
    def plans(self) -> dict[str, Plan]:
        """The care plans by name, in the studio's language."""
        return load_plans(self.studio.language)
