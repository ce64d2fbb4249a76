"""A booking as a file tells of it: all that is read of it, whatever else stood there."""

from dataclasses import dataclass
from datetime import datetime

from newsletter.domain.booking import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """`row` as a spreadsheet counts, or the number of the event; `addresses` may be the client's; `ended_at` is UTC.

    `service` is in the words of the source. `reference` is its own name there, empty where it has none. `known_only`:
    tells of a booking that may be here already, and is no reason to record one.
    """

    row: int
    addresses: tuple[str, ...]
    service: str
    practitioner: str
    ended_at: datetime
    standing: Standing
    reference: str
    known_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """A row or an event that cannot be read: why, and what to do."""

    row: int
    message: str
