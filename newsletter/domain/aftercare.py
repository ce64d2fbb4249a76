"""Aftercare: what a session is, which plan it starts, and when each step of it is due."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from newsletter.domain.article import Block
from subscribers.consent import Stream


class SessionState(StrEnum):
    BOOKED = "booked"
    PRESUMED = "presumed"  # its end plus the grace has passed and nobody said otherwise
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """When a step is due, from the session's end: after `hours`; or, with `at`, on the `days`-th local day after it."""

    hours: float = 0.0
    days: int = 0
    at: time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CareNote:
    """The words of one care mail, in one language. `subject`, `preheader` and the blocks may hold slots."""

    subject: str
    preheader: str
    title: str
    blocks: tuple[Block, ...]
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyBlock:
    """What to look out for and whom to call, below the words of a care mail. `urgent` ones are set apart."""

    name: str
    title: str
    blocks: tuple[Block, ...]
    urgent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One mail of a plan. `first_visit_only`: for the client's first session. `grace`: later than this, it is held.

    `safety` names the safety blocks (see packs) that its mail carries below the words.
    """

    name: str
    offset: Offset
    note: CareNote
    stream: Stream = Stream.CARE
    first_visit_only: bool = False
    grace: timedelta = timedelta(hours=20)
    safety: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The aftercare of a service, or of a flag (`tender`) that takes the place of the service's plan."""

    name: str
    title: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One appointment that took place. `ended_at` is aware, UTC; `services` are plan names; `flags` may hold tender."""

    id: int
    subscriber_id: int
    services: tuple[str, ...]
    practitioner: str
    ended_at: datetime
    flags: frozenset[str] = frozenset()
    state: SessionState = SessionState.BOOKED
