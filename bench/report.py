"""The figures of a run, as tables and as JSON, each goal beside what was reached."""

import os
import platform
import re
import sqlite3
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.rounds import Results
from bench.section import Goal

_FIGURES = ("cpu", "wall", "rate", "rss")


def machine() -> dict[str, str | int]:
    """What the figures were measured on; no name of it."""
    return {
        "cores": os.cpu_count() or 1,
        "cpu": _cpu_model(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": f"{platform.system()} {platform.machine()}",
    }


def as_json(results: Results) -> dict[str, object]:
    section = results.section
    return {
        "section": section.name,
        "title": section.title,
        "piece": section.piece,
        "candidates": {name: _medians(rounds) for name, rounds in results.rounds.items()},
        "rounds": results.rounds,
        "goals": [
            {
                "goal": goal.words,
                "most": goal.most,
                "least": goal.least,
                "value": value_of(goal, results),
                "reached": goal.reached(value_of(goal, results)),
            }
            for goal in section.goals
        ],
    }


def show(results: Results, console: Console) -> None:
    section = results.section
    table = Table(title=section.title, title_justify="left")
    table.add_column("candidate")
    for heading in (f"us CPU a {section.piece}", "us wall", f"{section.piece}s/s", "RSS MB", "more"):
        table.add_column(heading, justify="right")
    for name, rounds in results.rounds.items():
        figures = _medians(rounds)
        own = [f"{figure} {value:.3g}" for figure, value in figures.items() if figure not in _FIGURES]
        usual = (_number(figures[figure]) for figure in _FIGURES)
        table.add_row(name, *usual, ", ".join(own))
    console.print(table)
    for goal in section.goals:
        value = value_of(goal, results)
        verdict = "[green]reached[/]" if goal.reached(value) else "[red]not reached[/]"
        console.print(f"  {goal.words}: {_number(value)} ({_limit(goal)}) {verdict}", highlight=False)
    console.print()


def value_of(goal: Goal, results: Results) -> float:
    """The median over the rounds: of the figure, or of its ratio to what the other candidate took in the same round."""
    values = [figures[goal.figure] for figures in results.rounds[goal.of]]
    if goal.against is None:
        return median(values)
    others = [figures[goal.figure] for figures in results.rounds[goal.against]]
    return median(value / other for value, other in zip(values, others, strict=True))


def _medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {figure: median(figures[figure] for figures in rounds) for figure in rounds[0]}


def _limit(goal: Goal) -> str:
    return f"at most {goal.most:,g}" if goal.most is not None else f"at least {goal.least:,g}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _cpu_model() -> str:
    """Linux's own words, where they are to be had."""
    information = Path("/proc/cpuinfo")
    words = information.read_text(encoding="utf-8") if information.exists() else ""
    found = re.search(r"^model name\s*:\s*(.+)$", words, re.MULTILINE)
    return found[1] if found else platform.machine()
