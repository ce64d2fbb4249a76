"""A routine: what is mailed by itself, new articles of a feed in a rhythm."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter.domain.rhythm import Rhythm

TO_ANSWER = timedelta(hours=24)  # how long before it leaves the therapist is asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Routine:
    """One new article goes out whole, several as a digest; with `digest` a single one too. Nothing new: no mail.

    `asks`: it waits for the therapist's word. `due_at` is when the next one is to leave (UTC).
    """

    id: int
    feed_id: int
    rhythm: Rhythm
    digest: bool
    segment: str
    design: str
    asks: bool
    created_at: datetime
    due_at: datetime

    @property
    def prepared_at(self) -> datetime:
        """When its newsletter is made."""
        return self.due_at - TO_ANSWER if self.asks else self.due_at
