"""The words of a forecast: what will become of a mail, when, and why."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from newsletter.domain.delivery import DeliveryState
from subscribers.consent import Stream


class Will(StrEnum):
    SEND = "send"
    SKIP = "skip"  # it will be suppressed or cancelled; the reason says why
    HOLD = "hold"  # its moment comes and it stays; the reason says what it waits for


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """One mail of a forecast. `at` is UTC; `subject` is empty where the mail will not be composed."""

    at: datetime
    will: Will
    reason: str
    subscriber_id: int
    email: str
    name: str
    stream: Stream
    campaign_id: int | None
    session_id: int | None
    step: str | None
    subject: str


def fate(state: DeliveryState, *, unreviewed: bool = False) -> Will:
    """What the state that a mail reached on the simulated clock says of it.

    `unreviewed`: it waited for the practitioner to the end. Whether she approves it nobody can foresee.
    """
    if unreviewed:
        return Will.HOLD
    match state:
        case DeliveryState.QUEUED:
            return Will.HOLD
        case DeliveryState.SUPPRESSED | DeliveryState.CANCELLED | DeliveryState.FAILED:
            return Will.SKIP
        case _:
            return Will.SEND
