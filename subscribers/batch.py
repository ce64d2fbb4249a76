"""An import as it is remembered, and what taking it back did."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """An import as it is listed; `at` and `undone_at` are UTC."""

    id: int
    file_name: str
    at: datetime
    added: int
    updated: int
    skipped: int
    undone_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A person whom an undo left as she is, and why."""

    id: int
    email: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What an undo did: people removed, restored to what they were, and kept; of these the first thousand are named."""

    batch: Batch
    removed: int
    restored: int
    kept_count: int
    kept: tuple[Kept, ...]
