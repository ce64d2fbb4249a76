"""Conditions: for which visits a step of a plan is meant."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a condition looks at. `number` is 1 for the client's first session; `tags` are the client's."""

    number: int
    services: frozenset[str]
    practitioner: str = ""
    flags: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """All that is given must hold; what is empty asks nothing. Visits are counted from 1, both ends included.

    `services`, `practitioners`, `flags`: one of them is enough. `without_...`: none of them may be there.
    """

    visit_from: int = 1
    visit_to: int | None = None
    services: frozenset[str] = frozenset()
    practitioners: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()
    without_flags: frozenset[str] = frozenset()
    without_tags: frozenset[str] = frozenset()


EVERY_VISIT = Condition()


def unmet(condition: Condition, visit: Visit) -> str | None:
    """Why a step with this condition is not for this visit, in words for the ledger; None where it is for it."""
    return next((f"is meant {clause.words}" for clause in _clauses(condition) if not clause.holds(visit)), None)


def in_words(condition: Condition) -> Iterator[str]:
    """What the condition asks, clause by clause."""
    return (clause.words for clause in _clauses(condition))


@dataclass(frozen=True, slots=True)
class _Clause:
    words: str
    holds: Callable[[Visit], bool]


def _clauses(asked: Condition) -> Iterator[_Clause]:
    if asked.visit_from > 1:
        yield _Clause(f"from visit {asked.visit_from} on", lambda visit: visit.number >= asked.visit_from)
    if (last := asked.visit_to) is not None:
        yield _Clause(f"up to visit {last}", lambda visit: visit.number <= last)
    if asked.services:
        yield _Clause(f"for {_listed(asked.services)}", lambda visit: bool(asked.services & visit.services))
    if asked.practitioners:
        names = _listed(asked.practitioners)
        yield _Clause(f"for visits to {names}", lambda visit: visit.practitioner in asked.practitioners)
    if asked.flags:
        yield _Clause(f"for visits marked {_listed(asked.flags)}", lambda visit: bool(asked.flags & visit.flags))
    if asked.without_flags:
        names = _listed(asked.without_flags)
        yield _Clause(f"for visits not marked {names}", lambda visit: not asked.without_flags & visit.flags)
    if asked.without_tags:
        names = _listed(asked.without_tags)
        yield _Clause(f"for clients not tagged {names}", lambda visit: not asked.without_tags & visit.tags)


def _listed(names: frozenset[str]) -> str:
    return " or ".join(sorted(names))
