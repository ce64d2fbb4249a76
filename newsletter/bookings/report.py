"""What became of a file of bookings, row by row."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    ADDED = "added"
    MOVED = "moved"
    CANCELLED = "cancelled"
    UNCHANGED = "unchanged"
    TO_DO = "to_do"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReport:
    """What became of a row. `message` says why, or what the therapist has to do; `ended_at` is UTC."""

    row: int
    outcome: Outcome
    client: str = ""
    ended_at: datetime | None = None
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingReport:
    """`columns` and `left_out` are headings of a CSV file, as they were read and not read."""

    file: str
    columns: Mapping[str, str]
    left_out: tuple[str, ...]
    rows: tuple[RowReport, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows had each outcome."""
        counted = Counter(each.outcome for each in self.rows)
        return {outcome.value: counted[outcome] for outcome in Outcome}
