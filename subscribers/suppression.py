"""Suppression: why an address gets nothing, and which streams that blocks."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from subscribers.consent import Stream
from subscribers.errors import AudienceError

ALL: Final = "all"
_KEY_LENGTH = range(16, 65)  # blake2b takes up to 64 bytes; below 16 a list of addresses could be tried out


class Reason(StrEnum):
    """In the order of weight: of several reasons for one stream the later one stands, whichever came first.

    An unsubscribe outweighs what can be lifted by hand, so that lifting that never forgets her own word.
    """

    SOFT_BOUNCE = "soft_bounce"  # several in a row; ends by itself
    PAUSE = "pause"  # her own word too, and it ends by itself
    BY_HAND = "by_hand"
    HARD_BOUNCE = "hard_bounce"
    UNSUBSCRIBE = "unsubscribe"
    COMPLAINT = "complaint"
    ERASURE = "erasure"


WEIGHT: Final = {reason: weight for weight, reason in enumerate(Reason)}
LIFTED_BY_HAND: Final = frozenset({Reason.PAUSE, Reason.SOFT_BOUNCE, Reason.BY_HAND, Reason.HARD_BOUNCE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """One entry: `stream` is a stream's name or "all"; `at` is UTC, and so is `until`, where it ends by itself."""

    stream: str
    reason: Reason
    source: str
    at: datetime
    until: datetime | None = None

    def stops(self, stream: Stream) -> bool:
        """Whether it keeps mail of that stream from the address."""
        return self.stream in (ALL, stream.value)


def address_hash(email: str, key: bytes) -> str:
    """What is kept of an address after its erasure: 64 hexadecimal digits that nobody without the key can try out.

    `email` is in normal form, `key` has 16 to 64 bytes and never changes for a store.
    """
    if len(key) not in _KEY_LENGTH:
        raise AudienceError("The key for addresses must have 16 to 64 bytes.", "Restore the home folder's own key.")
    return hashlib.blake2b(email.encode(), key=key, digest_size=32).hexdigest()


def scope(reason: Reason, stream: Stream | None) -> str:
    """Which streams a reason blocks: an unsubscribe, a pause or a decision by hand its own, anything else all."""
    if stream is not None and reason in (Reason.UNSUBSCRIBE, Reason.BY_HAND, Reason.PAUSE):
        return stream.value
    return ALL


def outweighed_by(reason: Reason) -> tuple[Reason, ...]:
    """The reasons that `reason` replaces."""
    return tuple(Reason)[: WEIGHT[reason]]
