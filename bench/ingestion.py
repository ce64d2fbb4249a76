"""The quality of reading web pages: ours, trafilatura's and readability-lxml's, on a corpus given by its folder."""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import mean, median

from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench import ingestion_readers
from bench.ingestion_corpus import Page, load
from bench.ingestion_reading import KINDS, Reading, Score, score

_READERS = {
    "Afterglow": ingestion_readers.ours,
    "trafilatura": ingestion_readers.trafilatura,
    "readability-lxml": ingestion_readers.readability,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One page by one reader; `score` is None where it found no article."""

    page: str
    reader: str
    score: Score


def main(arguments: Sequence[str]) -> int:
    """Figures go to stdout, progress to stderr."""
    parser = argparse.ArgumentParser(prog="run.py bench ingestion", description="Scores how web pages are read.")
    parser.add_argument("--corpus", type=Path, required=True, help="a folder of pages, each with what is expected")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument("--pages", action="store_true", help="also each page by itself")
    chosen = parser.parse_args(arguments)
    pages = load(chosen.corpus)
    if not pages:
        parser.error(f"{chosen.corpus} holds no page with what is expected of it beside it (docs/benchmarks.md)")
    results = run(pages)
    if chosen.json:
        print(json.dumps(as_json(results), indent=2))
    else:
        show(results, each_page=chosen.pages)
    return 0


def run(pages: Sequence[Page]) -> list[Result]:
    found = []
    for page in track(pages, "Reading", console=Console(stderr=True), transient=True):
        for name, read in _READERS.items():
            reading = read(page.html)
            found.append(Result(page=page.name, reader=name, score=score(reading or Reading(), page.expected)))
    return found


def summary(results: Sequence[Result]) -> Mapping[str, Mapping[str, float | None]]:
    """For each reader: the mean of F1, precision and recall over the pages, and the recall of each structure over
    everything expected of all pages, with their mean."""
    return {name: _of([each.score for each in results if each.reader == name]) for name in _READERS}


def _of(scores: Sequence[Score]) -> dict[str, float | None]:
    figures: dict[str, float | None] = {
        "f1": mean(each.f1 for each in scores),
        "median f1": median(each.f1 for each in scores),
        "precision": mean(each.precision for each in scores),
        "recall": mean(each.recall for each in scores),
    }
    recalls = {kind: _recall(scores, kind) for kind in KINDS}
    known = [recall for recall in recalls.values() if recall is not None]
    return figures | {"structure": mean(known) if known else None} | recalls


def _recall(scores: Sequence[Score], kind: str) -> float | None:
    expected = sum(each.structure[kind].expected for each in scores)
    return sum(each.structure[kind].found for each in scores) / expected if expected else None


def as_json(results: Sequence[Result]) -> dict[str, object]:
    pages: dict[str, dict[str, float]] = {}
    for each in results:
        pages.setdefault(each.page, {})[each.reader] = round(each.score.f1, 4)
    return {
        "versions": {name: version(name) for name in ("afterglow", "trafilatura", "readability-lxml")},
        "pages": len(pages),
        "readers": {name: {key: _rounded(value) for key, value in of.items()} for name, of in summary(results).items()},
        "f1": pages,
    }


def show(results: Sequence[Result], *, each_page: bool) -> None:
    console = Console()
    table = Table("", *_READERS, box=box.SIMPLE_HEAD, title=f"{len({each.page for each in results})} pages")
    figures = summary(results)
    for figure in next(iter(figures.values())):
        table.add_row(figure, *(_shown(of[figure]) for of in figures.values()))
    if each_page:
        table.add_section()
        for name in dict.fromkeys(each.page for each in results):
            table.add_row(name, *(_shown(each.score.f1) for each in results if each.page == name))
    console.print(table)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
