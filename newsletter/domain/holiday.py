"""A holiday: while the practitioner is away invitations wait, and care mails name whom to turn to."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from newsletter.domain.quiet import at_local, local_day
from newsletter.errors import InputError

AWAY = "you are on holiday"  # how the reasons of what waits for its end begin
_LONGEST = 366  # days; a longer one is a slip of the finger
_LONGEST_COVER = 120  # characters
_PAGES = ("http://", "https://", "www.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """From the first day to the last, both included, on the studio's calendar.

    `cover` says who is there meanwhile: a name, and a telephone number or a mail address.
    """

    first_day: date
    last_day: date
    cover: str = ""

    @property
    def reason(self) -> str:
        """Why a mail waits, in the words of the ledger."""
        return f"{AWAY} until {self.last_day:%d %B %Y}"

    def lasts(self, moment: datetime, timezone: str) -> bool:
        """Whether it is under way at an aware moment; `timezone` is the studio's."""
        return self.first_day <= local_day(moment, timezone) <= self.last_day

    def is_over(self, moment: datetime, timezone: str) -> bool:
        return local_day(moment, timezone) > self.last_day

    def over_at(self, timezone: str) -> datetime:
        """The midnight that ends it, UTC."""
        return at_local(self.last_day + timedelta(days=1), time(), timezone)


def planned(first_day: date, last_day: date, cover: str, today: date) -> Holiday:
    """A holiday as it is typed. Raises InputError for days that cannot be, or a cover that cannot stand in a mail."""
    said = " ".join("".join(each if each.isprintable() else " " for each in cover).split())
    if last_day < first_day:
        raise InputError(
            f"The holiday would end on {last_day:%d %B %Y}, before it begins.", "Give its first day, then its last."
        )
    if last_day < today:
        raise InputError(f"The {last_day:%d %B %Y} is over.", "Give days that are still to come.")
    if (last_day - first_day).days >= _LONGEST:
        raise InputError("A holiday of more than a year is a slip of the finger.", "Look at the two days again.")
    if len(said) > _LONGEST_COVER:
        raise InputError(f"The cover has {len(said)} characters; there is room for {_LONGEST_COVER}.", "Shorten it.")
    if any(page in said.lower() for page in _PAGES):
        raise InputError(
            "The cover names the address of a page; a care mail carries none.",
            "Give a name, and a telephone number or a mail address.",
        )
    return Holiday(first_day=first_day, last_day=last_day, cover=said)
