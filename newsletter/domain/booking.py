"""What booking programs tell of a booking, message by message, and what stands when all of it is put together."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

_Told = TypeVar("_Told")
BY_HAND = 2**62  # a version that no program reaches: the therapist's own word


class Standing(StrEnum):
    BOOKED = "booked"
    DONE = "done"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


_RANK = {None: 0, Standing.BOOKED: 1, Standing.DONE: 2, Standing.NO_SHOW: 3, Standing.CANCELLED: 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message about one booking: all that is kept of it. What is empty or None was not told.

    `reference` is the program's own name of the booking, with the program before it; `replaces` the booking in whose
    place it came, where a new time is a new booking. `version` orders what was told of a booking: by its program's own
    count or clock, as it has one. `ended_at` is UTC.
    """

    source: str
    reference: str
    version: int = 0
    replaces: str = ""
    standing: Standing | None = None
    addresses: tuple[str, ...] = ()
    service: str = ""
    practitioner: str = ""
    ended_at: datetime | None = None

    @property
    def key(self) -> str:
        """The same message has the same name, however often it comes."""
        ended_at = self.ended_at.isoformat() if self.ended_at else ""
        names = [self.reference, self.replaces, str(self.version), self.standing or "", self.service]
        told = json.dumps([*names, self.practitioner, ended_at, *self.addresses])
        return hashlib.sha256(told.encode()).hexdigest()

    @property
    def content(self) -> tuple[object, ...]:
        """What it says, whenever it says so."""
        return self.standing, self.addresses, self.service, self.practitioner, self.ended_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What one call told. `ask`: references of bookings of which the program has more to tell when it is asked."""

    notices: tuple[Notice, ...]
    ask: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """What stands of one booking, in whatever order it was told; `reference` is its latest name of all `references`.

    `standing` of None: it is not certain that it takes place. `moved_away`: it was moved, and nobody told to when.
    """

    source: str
    reference: str
    references: frozenset[str]
    standing: Standing | None
    addresses: tuple[str, ...]
    service: str
    practitioner: str
    ended_at: datetime | None
    moved_away: bool

    @property
    def is_over(self) -> bool:
        return self.standing in (Standing.CANCELLED, Standing.NO_SHOW)


def put_together(notices: Collection[Notice]) -> Appointment | None:
    """What stands when all these notices of one booking, and of those that it replaced, are known; None of none.

    Of each thing counts what was told last; a pure function of the set, so that neither order nor repetition matters.
    """
    if not notices:
        return None
    before = _before(notices)
    places = {each.reference: _place(each.reference, before) for each in notices}
    ordered = sorted(notices, key=lambda each: (places[each.reference], *_turn(each)))
    head = _head(ordered, places)
    return Appointment(
        source=head.source,
        reference=head.reference,
        references=frozenset(before) | frozenset(before.values()) | frozenset(places),
        standing=_last(each.standing for each in ordered),
        addresses=_last(each.addresses for each in ordered if each.version == BY_HAND)
        or _last(each.addresses for each in ordered)
        or (),
        service=_last(each.service for each in ordered) or "",
        practitioner=_last(each.practitioner for each in ordered) or "",
        ended_at=_last(each.ended_at for each in ordered),
        moved_away=bool(before) and not any(_is_settled(each) for each in ordered if each.reference == head.reference),
    )


def _before(notices: Iterable[Notice]) -> dict[str, str]:
    """Which booking each one replaced."""
    told = sorted((each for each in notices if each.replaces not in ("", each.reference)), key=_turn)
    return {each.reference: each.replaces for each in told}


def _place(reference: str, before: Mapping[str, str]) -> int:
    """How many bookings came before it; a circle, which nobody honest tells of, is gone round once."""
    seen = {reference}
    while (reference := before.get(reference, "")) and reference not in seen:
        seen.add(reference)
    return len(seen)


def _turn(notice: Notice) -> tuple[int, int, str]:
    return notice.version, _RANK[notice.standing], notice.key


def _head(ordered: Iterable[Notice], places: Mapping[str, int]) -> Notice:
    """The latest notice by a program itself: the therapist's own word has a version beyond all of theirs."""
    return max(ordered, key=lambda each: (places[each.reference], each.version != BY_HAND, *_turn(each)))


def _is_settled(notice: Notice) -> bool:
    return notice.ended_at is not None or notice.standing is not None


def _last(values: Iterable[_Told]) -> _Told | None:
    return next((each for each in reversed(list(values)) if each), None)
