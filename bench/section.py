"""A section of the benchmarks: its candidates, and the goals that their figures are held against."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

Figures = Mapping[str, float]
Action = Callable[[], Figures]  # the work that is measured; what it returns joins the figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a candidate finds: a folder of its own, the loopback server, how many pieces of work, a database."""

    home: Path
    url: str
    number: int
    database_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One way to do the work of a section, `number` pieces of it, or `quick` of them in a short run.

    `open` and `prepare` are functions as "module:name", so that a child imports nothing but its own. `prepare` takes a
    Setting and fills its folder, once; every round opens a fresh copy of that. `open` takes a Setting and is a context
    manager that gives the Action: what it does before and after is not measured. `neighbour`: it is another project's,
    and needs the packages of bench/requirements.txt.
    """

    name: str
    open: str
    number: int
    quick: int
    prepare: str | None = None
    neighbour: bool = False


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

    def reached(self, value: float) -> bool:
        return (self.most is None or value <= self.most) and (self.least is None or value >= self.least)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """`piece` is what one unit of the work is called, `batch` how many mails a call carries."""

    name: str
    title: str
    piece: str
    candidates: tuple[Candidate, ...]
    goals: tuple[Goal, ...]
    rounds: int = 5
    batch: int = 100
    postgresql: bool = False

    @property
    def needs_neighbours(self) -> bool:
        return any(candidate.neighbour for candidate in self.candidates)

    def candidate(self, name: str) -> Candidate:
        return next(each for each in self.candidates if each.name == name)
