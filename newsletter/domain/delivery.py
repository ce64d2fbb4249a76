"""A delivery: one mail to one person, the unit of accounting; and the call that carries it to a mail service."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import overload

from subscribers.consent import Stream


class DeliveryState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    SUPPRESSED = "suppressed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


WAITING = frozenset({DeliveryState.QUEUED, DeliveryState.SENDING})
LEFT = frozenset(  # the bytes left, or may have left: these count against the daily cap
    {
        DeliveryState.SENDING,
        DeliveryState.ACCEPTED,
        DeliveryState.DELIVERED,
        DeliveryState.BOUNCED,
        DeliveryState.COMPLAINED,
        DeliveryState.UNKNOWN,
    }
)
FINAL = frozenset(DeliveryState) - WAITING - {DeliveryState.UNKNOWN}


PRIORITY = {Stream.SERVICE: 0, Stream.CARE: 1, Stream.MARKETING: 2}  # the order of sending: care outranks newsletters


class CallState(StrEnum):
    OPEN = "open"  # committed before the bytes leave; an answer is awaited under a lease
    DOUBTFUL = "doubtful"  # no answer came; the service is asked again once the lease has run out
    DONE = "done"  # the answer is in, or nobody can give one any more


class Outcome(StrEnum):
    """What became of one message in a call."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"  # permanent: the same mail would be refused again
    NOT_SENT = "not_sent"  # no byte left: to be tried again
    UNKNOWN = "unknown"  # bytes left, no answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The outcome of one message, in the order of the call's messages."""

    outcome: Outcome
    provider_message_id: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One row of the ledger. Exactly one of `campaign_id` and `session_id` (with `step`) is set; times are UTC."""

    id: int
    campaign_id: int | None
    session_id: int | None
    step: str | None
    subscriber_id: int
    email: str
    stream: Stream
    subject: str
    state: DeliveryState
    reason: str
    due_at: datetime
    created_at: datetime
    accepted_at: datetime | None
    final_at: datetime | None
    provider: str | None
    provider_message_id: str | None
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What was frozen of a reader when her call was prepared: with the edition, all that her message is made of."""

    delivery_id: int
    subscriber_id: int
    email: str
    name: str
    first_name: str
    practitioner: str
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Members(Sequence[Member]):
    """The readers of a call by columns, in the order of its messages: there may be a thousand of them a hundred times a
    second, and a Member is made only of who is looked at."""

    delivery_id: Sequence[int] = ()
    subscriber_id: Sequence[int] = ()
    email: Sequence[str] = ()
    name: Sequence[str] = ()
    first_name: Sequence[str] = ()
    practitioner: Sequence[str] = ()
    attempt: Sequence[int] = ()

    @classmethod
    def of(cls, members: Iterable[Member]) -> "Members":
        if isinstance(members, Members):
            return members
        found = list(members)
        return cls(**{name: [getattr(member, name) for member in found] for name in cls.__dataclass_fields__})

    def __len__(self) -> int:
        return len(self.delivery_id)

    @overload
    def __getitem__(self, index: int) -> Member: ...

    @overload
    def __getitem__(self, index: slice) -> "Members": ...

    def __getitem__(self, index: int | slice) -> "Member | Members":
        chosen = {name: getattr(self, name)[index] for name in self.__dataclass_fields__}
        return Members(**chosen) if isinstance(index, slice) else Member(**chosen)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))


# Nobody: for a mail that is only looked at.
SAMPLE_READER = Member(
    delivery_id=0, subscriber_id=0, email="reader@example.net", name="", first_name="", practitioner=""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call to a mail service. `id` makes its idempotency key; `prepared_at` dates its messages. Times are UTC."""

    id: int
    provider: str
    edition_id: int
    payload_hash: str
    members: Sequence[Member]
    prepared_at: datetime
