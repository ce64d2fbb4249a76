"""`subscriber export` leaves a whole file, or the one that was there."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal

ROOT = Path(__file__).parents[2]
ON_A_FULL_DISK = """\
import resource, sys
from newsletter.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (40, resource.RLIM_INFINITY))
sys.exit(main(sys.argv[1:]))
"""


def test_an_export_holds_everybody(practice: Terminal, tmp_path: Path) -> None:
    """And says how many."""
    document = practice.json("subscriber", "export", tmp_path / "all.csv")
    with (tmp_path / "all.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert document == {"file": str(tmp_path / "all.csv"), "written": len(rows)} == document | {"written": 3}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_an_export_that_does_not_fit_spares_the_last_one(practice: Terminal, tmp_path: Path) -> None:
    """Yesterday's list is better than half of today's."""
    file = tmp_path / "all.csv"
    file.write_text("yesterday's", encoding="utf-8")
    words = ["subscriber", "export", str(file), "--home", str(practice.home)]
    ended = subprocess.run(
        [sys.executable, "-c", ON_A_FULL_DISK, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert file.read_text(encoding="utf-8") == "yesterday's"
    assert not list(tmp_path.glob(".unfinished-*"))


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="this system has no such file")
def test_an_export_may_go_into_a_pipe(practice: Terminal) -> None:
    """As `subscriber export /dev/stdout | ...`."""
    command = [sys.executable, "-m", "newsletter", "subscriber", "export", "/dev/stdout", "--home", str(practice.home)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "anna@example.com" in ended.stdout
