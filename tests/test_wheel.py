"""The wheel works outside the checkout: templates, packs, samples and migrations travel with it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DATA = {".mjml", ".txt", ".html", ".css", ".json", ".toml", ".md", ".svg", ".js", ".png", ".po", ".pot", ".typed"}
PACKAGES = ("newsletter", "subscribers", "templates")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel installed into it, built from a copy of the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, folder / "source", ignore=left_out)
    python("-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), cwd=folder / "source")
    (wheel,) = folder.glob("*.whl")
    python("-m", "pip", "install", "--no-deps", "--no-index", "--target", str(folder / "site"), str(wheel), cwd=folder)
    return folder / "site"


def left_out(path: str, names: list[str]) -> list[str]:
    """Of the checkout, all but what the wheel is built from."""
    if Path(path) != ROOT:
        return ["__pycache__"]
    return [name for name in names if name not in (*PACKAGES, "pyproject.toml", "README.md", "LICENSE")]


def python(*arguments: str, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """The environment's Python, which knows nothing of the checkout."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "AFTERGLOW_"))}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=kept | environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_every_file_of_the_packages_is_in_the_wheel(site: Path) -> None:
    """Modules and data alike; what is forgotten here is missed by whoever installs it."""
    for package in PACKAGES:
        there = {path.relative_to(site) for path in (site / package).rglob("*")}
        for path in (ROOT / package).rglob("*"):
            if path.suffix in {".py", *DATA}:
                assert path.relative_to(ROOT) in there


def test_nothing_else_is_in_the_wheel(site: Path) -> None:
    """No tests, no benchmarks: they would take names that are not ours."""
    found = {path.name for path in site.iterdir() if not path.name.endswith(".dist-info")}
    assert found <= {*PACKAGES, "bin", "Scripts", "__pycache__"}


def test_an_installed_afterglow_composes(site: Path, tmp_path: Path) -> None:
    """With its own templates and packs, from one of its own samples."""
    sample = site / "newsletter" / "samples" / "articles" / "why-pressure-is-not-the-same-as-effect.md"
    command = ("-W", "error", "-m", "newsletter", "compose", str(sample), "--out", "out", "--home", "home")
    done = python(*command, cwd=tmp_path, PYTHONPATH=str(site))
    assert done.stderr == ""
    assert (tmp_path / "out" / "issue.html").stat().st_size > 5000


def test_an_installed_afterglow_plays_its_demo(site: Path, tmp_path: Path) -> None:
    """Migrations, plans, safety blocks and the sample week are all there."""
    done = python("-m", "newsletter", "demo", "--home", "home", cwd=tmp_path, PYTHONPATH=str(site))
    assert "The mails are files you can open" in done.stdout
    assert list((tmp_path / "home" / "outbox" / "new").glob("*.eml"))
