"""What is asked of a mail service beside sending: whether it knows us, and what became of mails, page by page."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from newsletter.domain.event import Event

LOOK_BACK = timedelta(days=7)  # how far the first poll reads


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How we stand with a service. `sender` is what it says of our domain, `sender_is_well` None where it says nothing;
    `quota` is empty where it does not say what is left."""

    sender: str = "the service does not tell"
    sender_is_well: bool | None = None
    quota: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some events, and where to go on reading; `more`: there is something to read there now."""

    events: tuple[Event, ...]
    cursor: str
    more: bool


class Account(Protocol):
    """Our account at one service. Asking sends nothing."""

    @property
    def name(self) -> str: ...

    def standing(self, domain: str) -> Standing:
        """Raises ProviderError where the service does not answer, or does not know the key."""
        ...

    def close(self) -> None:
        """Lets go of connections."""
        ...


class EventLog(Account, Protocol):
    """An account that also tells what became of single mails."""

    def page(self, cursor: str, now: datetime) -> Page:
        """The next events after `cursor`, which is empty at first. The same events may come again.

        Raises ProviderError, with `retry_after` where the service asked to wait.
        """
        ...


def read_cursor(cursor: str) -> dict[str, str]:
    """Where reading stands, by name; empty at the first time, and for what nobody can have written."""
    try:
        written = json.loads(cursor) if cursor else {}
    except ValueError:
        return {}
    return {name: str(value) for name, value in written.items()} if isinstance(written, dict) else {}


def write_cursor(**places: object) -> str:
    return json.dumps({name: str(value) for name, value in places.items()})


def number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else 0
