"""The house: what stands where, and how big it may grow."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = {"newsletter", "templates", "subscribers", "tests", "docs", "bench", ".ci"}
FILES = {"run.py", "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", ".gitignore"} | {
    "requirements.txt",
    "requirements-test.txt",
}
MODULES = sorted([*(ROOT / "newsletter").rglob("*.py"), *(ROOT / "subscribers").rglob("*.py")])
TRANSITIONS = ROOT / "newsletter" / "store" / "migrations" / "versions"


def _functions(module: Path) -> Iterator[ast.FunctionDef]:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_the_top_level_is_what_the_layout_names() -> None:
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout: there is no list of what belongs to the project")
    assert {line.split("/")[0] for line in listing.stdout.splitlines()} <= FOLDERS | FILES


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_has_at_most_350_lines_and_says_what_it_is_for(module: Path) -> None:
    source = module.read_text(encoding="utf-8")
    assert source.count("\n") <= 350
    assert ast.get_docstring(ast.parse(source))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_function_has_more_than_40_lines(module: Path) -> None:
    if module.parent == TRANSITIONS:
        return  # a migration is a list, read once from top to bottom
    long = [each.name for each in _functions(module) if (each.end_lineno or 0) - each.lineno >= 40]
    assert long == []


def test_the_two_locks_name_the_same_versions() -> None:
    """What the tests ran with is what the program runs with."""
    assert _pins("requirements.txt").items() <= _pins("requirements-test.txt").items()


def _pins(lock: str) -> dict[str, str]:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    return dict(line.split(" ")[0].split("==", 1) for line in lines if "==" in line and not line.startswith((" ", "#")))
