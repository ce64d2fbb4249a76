"""An entry of a service's list of whom it no longer writes to, as an event: it is about no single mail."""

from collections.abc import Mapping
from typing import Final

from newsletter.domain.event import Event, Kind
from newsletter.providers.base import Suppressed
from newsletter.providers.hooks.fields import address, key, reason, written
from subscribers.suppression import Reason

# What somebody entered by hand at the service is not her word: it is kept, and changes nothing.
_KINDS: Final[Mapping[Reason, Kind]] = {
    Reason.HARD_BOUNCE: Kind.BOUNCED,
    Reason.COMPLAINT: Kind.COMPLAINED,
    Reason.UNSUBSCRIBE: Kind.UNSUBSCRIBED,
}


def event_of(entry: Suppressed) -> Event:
    """Two entries of one address are two events where they differ in reason or moment."""
    since = entry.at.isoformat() if entry.at else ""
    return Event(
        key=key(entry.reason.value, entry.address, since),
        kind=_KINDS.get(entry.reason, Kind.UNKNOWN),
        address=address(entry.address),
        at=entry.at,
        reason=reason(entry.detail),
        hard=entry.reason is Reason.HARD_BOUNCE,
        raw=written({"email": entry.address, "list": entry.reason.value, "created": since}),
    )
