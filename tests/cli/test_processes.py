"""Several processes on one home, signals, and a full disk: nothing is doubled, nothing is half-done."""

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal

ROOT = Path(__file__).parents[2]
READERS = 60
ON_A_FULL_DISK = """\
import resource, sys
from newsletter.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
sys.exit(main(sys.argv[2:]))
"""


def start(*words: object) -> subprocess.Popen[str]:
    """A command in a process of its own, every warning an error."""
    command = [sys.executable, "-W", "error", "-m", "newsletter", *map(str, words)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def launched(run: Terminal, sample: Path, tmp_path: Path) -> Terminal:
    """A campaign that is due, to sixty readers."""
    people = tmp_path / "people.csv"
    people.write_text("email\n" + "".join(f"reader{number}@example.com\n" for number in range(READERS)))
    run("article", "add", sample)
    run("subscriber", "import", people, "--consent", "marketing")
    run("campaign", "create", "--article", 1, "--at", "2026-03-04T12:00")
    return run


def mails(home: Path) -> Counter[str]:
    """How many files each reader has in the outbox."""
    files = (home / "outbox" / "new").glob("*.eml")
    to = [line for file in files for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("To:")]
    return Counter(to)


def test_two_workers_at_once_send_every_mail_once(launched: Terminal) -> None:
    """Both work on one home; every reader has one file and one line in the ledger."""
    words = ("worker", "--once", "--json", "--home", launched.home, "--now", "2026-03-04T12:05:00Z")
    both = [start(*words), start(*words)]
    for process in both:
        _, err = process.communicate()
        assert (process.returncode, err) == (0, "")
    found = mails(launched.home)
    assert len(found) == READERS
    assert set(found.values()) == {1}
    ledger = launched.json("delivery", "list")
    assert Counter(each["state"] for each in ledger) == {"accepted": READERS}
    assert {each["attempts"] for each in ledger} == {1}


def test_two_first_commands_at_once_make_one_store(tmp_path: Path) -> None:
    """A new home may be opened by two processes in the same moment."""
    both = [start("article", "list", "--json", "--home", tmp_path / "new") for _ in range(2)]
    for process in both:
        out, err = process.communicate()
        assert (process.returncode, out, err) == (0, "[]\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_asked_to_stop_ends_well(launched: Terminal, how: signal.Signals) -> None:
    """It finishes what is under way and ends with status 0; the ledger has nothing in doubt."""
    worker = start("worker", "--home", launched.home, "--now", "2026-03-04T12:05:00Z")
    assert worker.stderr is not None
    assert "looks every" in worker.stderr.readline()
    worker.send_signal(how)
    _, err = worker.communicate(timeout=60)
    assert worker.returncode == 0
    assert "has stopped; nothing is under way" in err
    assert "Traceback" not in err
    states = Counter(each["state"] for each in launched.json("delivery", "list"))
    assert states.keys() <= {"accepted", "queued"}
    assert mails(launched.home).total() == states["accepted"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_full_disk_leaves_nothing_half_recorded(launched: Terminal, tmp_path: Path) -> None:
    """An import that no longer fits is not there at all; with room it works."""
    people = tmp_path / "more.csv"
    people.write_text("email,name\n" + "".join(f"new{number}@example.com,{'N' * 60}\n" for number in range(3000)))
    before = launched.dump()
    command = ["subscriber", "import", str(people), "--home", str(launched.home), "--now", launched.now]
    room = (launched.home / "afterglow.db").stat().st_size + 100_000
    ended = subprocess.run(
        [sys.executable, "-c", ON_A_FULL_DISK, str(room), *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "disk" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert launched.dump() == before
    launched("subscriber", "import", people)


def test_the_module_is_the_command_line() -> None:
    """`python -m newsletter` does what run.py does."""
    process = start("--version")
    out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert out.startswith("afterglow, version")
