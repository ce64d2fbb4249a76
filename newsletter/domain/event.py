"""An event: what a mail service told us of one mail, in our words, and how far it moves a delivery on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from newsletter.domain.delivery import DeliveryState


class Kind(StrEnum):
    """What every service's vocabulary becomes."""

    ACCEPTED = "accepted"  # the service has the mail
    DELIVERED = "delivered"  # the reader's mail server has it
    DEFERRED = "deferred"  # not yet; the service tries again
    BOUNCED = "bounced"  # refused by the reader's mail server, hard (for good) or soft
    COMPLAINED = "complained"  # she called it spam
    OPENED = "opened"
    CLICKED = "clicked"
    UNSUBSCRIBED = "unsubscribed"  # she left through the service
    REJECTED = "rejected"  # the service took the mail and then did not send it
    UNKNOWN = "unknown"  # kept, and changes nothing


class Source(StrEnum):
    HOOK = "hook"  # the service told us by itself
    POLL = "poll"  # it was asked
    PAGE = "page"  # our own pages saw it: a link or the picture of a tracked mail


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`key` names it among all events of its service: the same event twice has the same one.

    `mid` is our message id as the service gave it back. Only where there is none, `address` and the service's own
    `provider_message_id` tell whose mail it was. `reason` is in the service's words, without addresses. `at` is aware.
    `link` is the number of the edition's link that was followed, where our own pages saw it.
    """

    key: str
    kind: Kind
    mid: str = ""
    provider_message_id: str = ""
    address: str = ""
    at: datetime | None = None
    reason: str = ""
    hard: bool = False  # of a bounce
    machine: bool = False  # of an open or a click: a machine did it, as far as anybody can tell
    link: int | None = None
    raw: str = ""


class Weight:
    """Of all that was told of a mail the weightiest stands, in whatever order it came."""

    ACCEPTED: Final = 1
    REJECTED: Final = 2
    SOFT_BOUNCE: Final = 3
    DELIVERED: Final = 4
    HARD_BOUNCE: Final = 5
    COMPLAINED: Final = 6


_WEIGHTS: Final[Mapping[Kind, int]] = {
    Kind.ACCEPTED: Weight.ACCEPTED,
    Kind.REJECTED: Weight.REJECTED,
    Kind.DELIVERED: Weight.DELIVERED,
    Kind.OPENED: Weight.DELIVERED,
    Kind.CLICKED: Weight.DELIVERED,
    Kind.COMPLAINED: Weight.COMPLAINED,
}
STATES: Final[Mapping[int, DeliveryState]] = {
    Weight.ACCEPTED: DeliveryState.ACCEPTED,
    Weight.REJECTED: DeliveryState.FAILED,
    Weight.SOFT_BOUNCE: DeliveryState.BOUNCED,
    Weight.DELIVERED: DeliveryState.DELIVERED,
    Weight.HARD_BOUNCE: DeliveryState.BOUNCED,
    Weight.COMPLAINED: DeliveryState.COMPLAINED,
}
# Where a mail may still be found when news of it comes. Queued: it was tried, and is to be tried again; left as lost by
# hand: the service knows better. What was suppressed or cancelled never left.
_LEFT: Final = frozenset({DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.ACCEPTED})
_RETRIED: Final = frozenset({DeliveryState.QUEUED, DeliveryState.FAILED})
_EVERYWHERE: Final = _LEFT | _RETRIED | {DeliveryState.DELIVERED, DeliveryState.BOUNCED}
MOVES: Final[Mapping[int, frozenset[DeliveryState]]] = {
    Weight.ACCEPTED: (_LEFT - {DeliveryState.ACCEPTED}) | _RETRIED,
    Weight.REJECTED: _LEFT,
    Weight.SOFT_BOUNCE: _LEFT | _RETRIED,
    Weight.DELIVERED: _LEFT | _RETRIED | {DeliveryState.BOUNCED},
    Weight.HARD_BOUNCE: _EVERYWHERE,
    Weight.COMPLAINED: _EVERYWHERE,
}


def weight(event: Event) -> int:
    """How much an event says of what became of its mail; 0: nothing."""
    if event.kind is Kind.BOUNCED:
        return Weight.HARD_BOUNCE if event.hard else Weight.SOFT_BOUNCE
    return _WEIGHTS.get(event.kind, 0)
