"""The demo, its process killed at random places: run again, it ends as if nothing had happened."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
HOMES = 4
KILLS_A_HOME = 5
MAILS = 91  # of the whole week


def test_a_demo_killed_at_twenty_places_ends_like_one_left_alone(tmp_path: Path) -> None:
    """Each home is killed while it is set up and at places spread over its mails, then played to its end."""
    undisturbed = _told(tmp_path / "undisturbed")
    chance = random.Random(20260302)
    kills = 0
    for number in range(HOMES):
        home = tmp_path / f"home-{number}"
        kills += _kill(home, 0, chance.random() * 0.4)
        for mails in sorted(chance.sample(range(1, MAILS - 5), KILLS_A_HOME - 1)):
            kills += _kill(home, mails, chance.random() * 0.02)
        assert _told(home) == undisturbed
    assert kills == HOMES * KILLS_A_HOME


def _kill(home: Path, mails: int, pause: float) -> bool:
    """Starts the demo, waits for its store and for so many mails, and a moment more; then SIGKILL."""
    with _start(home, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None and not ((home / "afterglow.db").exists() and _count(home) >= mails):
            time.sleep(0.001)
        time.sleep(pause)
        process.kill()
        return process.wait() != 0


def _told(home: Path) -> list[tuple[Any, ...]]:
    """The demo's table, played to the end: what differs from home to home left out, what must be true checked."""
    with _start(home, stdout=subprocess.PIPE) as process:
        output, _ = process.communicate()
    assert process.returncode == 0
    document = json.loads(output)
    accepted = [each for each in document["deliveries"] if each["state"] == "accepted"]
    assert len(accepted) == _count(home) == MAILS
    assert {each["state"] for each in document["deliveries"]} == {"accepted", "suppressed", "cancelled"}
    keys = ("state", "reason", "stream", "subject", "due_at", "accepted_at", "final_at", "attempts")
    return [
        (each["subscriber"]["email"], each.get("step"), *(each[key] for key in keys)) for each in document["deliveries"]
    ]


def _start(home: Path, stdout: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, str(ROOT / "run.py"), "demo", "--json", "--home", str(home)]
    return subprocess.Popen(command, stdout=stdout, stderr=subprocess.DEVNULL)


def _count(home: Path) -> int:
    outbox = home / "outbox" / "new"
    return len(list(outbox.iterdir())) if outbox.exists() else 0
