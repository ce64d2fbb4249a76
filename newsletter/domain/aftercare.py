"""Aftercare: what a session is, which plan it starts, and when each step of it is due."""

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum

from newsletter.domain.article import Block, Paragraph, inline
from newsletter.domain.conditions import EVERY_VISIT, Condition
from newsletter.domain.slots import protect
from subscribers.consent import Stream


class SessionState(StrEnum):
    BOOKED = "booked"
    PRESUMED = "presumed"  # its end plus the grace has passed and nobody said otherwise
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    HELD = "held"  # it took place, and the practitioner holds its mails back


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """When a step is due, from the session's end: after `hours`; or, with `at`, on the `days`-th local day after it."""

    hours: float = 0.0
    days: int = 0
    at: time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CareNote:
    """The words of one care mail, in one language. `subject`, `preheader` and the blocks may hold slots.

    `reply`, where there is one, is an answer that the client can send with one tap.
    """

    subject: str
    preheader: str
    title: str
    blocks: tuple[Block, ...]
    language: str = "en"
    reply: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyBlock:
    """What to look out for and whom to call, below the words of a care mail. `urgent` ones are set apart.

    `language` is its own: English where nobody wrote it in that of the mail.
    """

    name: str
    title: str
    blocks: tuple[Block, ...]
    urgent: bool = False
    language: str = "en"


class Purpose(StrEnum):
    CARE = "care"
    REBOOK = "rebook"  # would she like to come again?
    WIN_BACK = "win_back"  # it has been a while: once, then silence


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One mail of a plan. `first_visit_only`: for the client's first session. `grace`: later than this, it is held.

    `safety` names the safety blocks (see packs) that its mail carries below the words. `when` says for which visits it
    is meant. `by_hand`: the practitioner sends it, the clockwork never. `waits_for_review`: it leaves once she has
    approved it. `weekdays_only`: not on a Saturday or Sunday. `own_rhythm`: after the client's own median interval,
    where she has three sessions or more, in place of the offset's days.
    """

    name: str
    offset: Offset
    note: CareNote
    stream: Stream = Stream.CARE
    first_visit_only: bool = False
    grace: timedelta = timedelta(hours=20)
    safety: tuple[str, ...] = ()
    purpose: Purpose = Purpose.CARE
    when: Condition = EVERY_VISIT
    by_hand: bool = False
    waits_for_review: bool = False
    weekdays_only: bool = False
    own_rhythm: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The aftercare of a service, or of a flag (`tender`) that takes the place of the service's plan.

    `invitations` are its marketing mails, apart from the care steps. `version` changes with every edit of its file;
    `content` is that file, where it is the studio's own.
    """

    name: str
    title: str
    steps: tuple[Step, ...]
    invitations: tuple[Step, ...] = ()
    language: str = "en"
    version: str = ""
    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One appointment that took place. `ended_at` is aware, UTC; `services` are plan names; `flags` may hold tender.

    `reviewed_at` is when the practitioner approved its mails; `line` is what she adds to the next of them.
    """

    id: int
    subscriber_id: int
    services: tuple[str, ...]
    practitioner: str
    ended_at: datetime
    flags: frozenset[str] = frozenset()
    state: SessionState = SessionState.BOOKED
    reviewed_at: datetime | None = None
    line: str = ""


def with_line(note: CareNote, line: str) -> CareNote:
    """The note with the practitioner's own line above its last paragraph, the one that she signs."""
    if not line:
        return note
    return replace(note, blocks=(*note.blocks[:-1], Paragraph(spans=inline(protect(line))), *note.blocks[-1:]))
