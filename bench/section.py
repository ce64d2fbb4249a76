"""A section of the benchmarks: its candidates, and the goals that their figures are held against."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

Figures = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a candidate finds: a folder of its own, the loopback server, how many pieces of work, a database."""

    home: Path
    url: str
    number: int
    database_url: str | None = None


Action = Callable[[], Figures]  # the work that is measured; what it returns joins the figures
Opening = Callable[[Setting], AbstractContextManager[Action]]
Preparation = Callable[[Setting], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One way to do the work of a section, `number` pieces of it, or `quick` of them in a short run.

    `prepare` fills a folder once, in a process of its own; every round opens a fresh copy of it. What `open` does
    before it yields the action, and after, is not measured. `missing` says why the candidate cannot run yet.
    """

    name: str
    open: Opening
    number: int
    quick: int
    prepare: Preparation | None = None
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What is to be reached: the median over the rounds of one figure, or of its ratio to another candidate's.

    `figure` is "cpu" or "wall" (microseconds a piece), "rate" (pieces a second), "rss" (MB), or a candidate's own.
    """

    words: str
    of: str
    figure: str = "cpu"
    against: str | None = None
    most: float | None = None
    least: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """`piece` is what one unit of the work is called; `rounds` is less where a round takes long."""

    name: str
    title: str
    piece: str
    candidates: tuple[Candidate, ...]
    goals: tuple[Goal, ...]
    rounds: int = 5
    batch: int = 100  # mails in a batch, as the server answers them
    notes: tuple[str, ...] = ()

    def candidate(self, name: str) -> Candidate:
        return next(each for each in self.candidates if each.name == name)
