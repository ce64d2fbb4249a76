"""Rounds: candidates take turns (A B C A B C ...), each turn in a process of its own on a fresh copy of its folder."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import neighbours
from bench.section import Candidate, Section, Setting

_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """The figures of every candidate, round by round."""

    section: Section
    rounds: dict[str, list[dict[str, float]]] = field(default_factory=dict)


Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a run is made: briefly or not, on which further database, with a fixed number of rounds or the sections'."""

    quick: bool = False
    rounds: int | None = None
    database_url: str | None = None


def run(section: Section, plan: Plan, progress: Progress) -> Results:
    """Runs all rounds of a section. A candidate that fails ends the run: a figure of half the work is none."""
    results = Results(section=section)
    with TemporaryDirectory(prefix="afterglow-bench-") as scratch:
        folder = Path(scratch)
        for candidate in section.candidates:
            progress(f"{section.name}: preparing {candidate.name}")
            _prepare(section, candidate, plan, folder)
        for number in range(plan.rounds or (min(section.rounds, 3) if plan.quick else section.rounds)):
            for candidate in section.candidates:
                progress(f"{section.name}: round {number + 1}, {candidate.name}")
                results.rounds.setdefault(candidate.name, []).append(_turn(section, candidate, plan, folder))
    return results


def _prepare(section: Section, candidate: Candidate, plan: Plan, folder: Path) -> None:
    home = folder / candidate.name
    home.mkdir()
    if candidate.prepare is not None:
        _child("prepare", section, candidate, _setting(candidate, plan, home, "http://127.0.0.1:9"))


def _turn(section: Section, candidate: Candidate, plan: Plan, folder: Path) -> dict[str, float]:
    home = folder / "turn"
    shutil.copytree(folder / candidate.name, home)
    try:
        with _server(section.batch) as url:
            figures: dict[str, float] = json.loads(
                _child("measure", section, candidate, _setting(candidate, plan, home, url))
            )
    finally:
        shutil.rmtree(home)
    return figures


def _setting(candidate: Candidate, plan: Plan, home: Path, url: str) -> Setting:
    number = candidate.quick if plan.quick else candidate.number
    return Setting(home=home, url=url, number=number, database_url=plan.database_url)


def _child(task: str, section: Section, candidate: Candidate, setting: Setting) -> str:
    values = json.dumps(asdict(setting) | {"home": str(setting.home)})
    arguments = ["-m", "bench.child", task, section.name, candidate.name, values]
    child = subprocess.run(
        [sys.executable, *arguments], cwd=_ROOT, env=_environment(candidate), stdout=subprocess.PIPE, text=True
    )
    if child.returncode:
        raise SystemExit(f"{section.name}: {candidate.name} failed; what it said stands above.")
    return child.stdout


@contextmanager
def _server(batch: int) -> Iterator[str]:
    arguments = [sys.executable, "-m", "bench.server", str(batch)]
    with subprocess.Popen(arguments, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.terminate()


def _environment(candidate: Candidate) -> dict[str, str]:
    """Without the settings of an Afterglow that is in use here, and past any proxy."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AFTERGLOW_")}
    paths = {"PYTHONPATH": str(neighbours.packages())} if candidate.neighbour else {}
    return kept | {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"} | paths
