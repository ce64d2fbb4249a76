"""`serve` as a process of its own: it starts, answers, and ends when it is told to."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

Serve = Callable[[], subprocess.Popen[str]]
_READY = "The public pages are at"


@pytest.fixture
def serve(tmp_path: Path, free_port: int) -> Iterator[Serve]:
    """Starts `serve` and returns once it says that the pages are there."""
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "run.py", "serve", "--home", str(tmp_path / "home"), "--port", str(free_port)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stderr is not None
        assert any(_READY in line for line in process.stderr)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_it_answers(serve: Serve, mail_program: requests.Session, free_port: int) -> None:
    serve()
    answer = mail_program.get(f"http://127.0.0.1:{free_port}/style.css", timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/css; charset=utf-8")


@pytest.mark.parametrize("word", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_when_told_to(serve: Serve, word: signal.Signals) -> None:
    """Status 0, no trace, and the clockwork says that nothing is under way."""
    process = serve()
    process.send_signal(word)
    said, complaints = process.communicate(timeout=60)
    assert process.returncode == 0
    assert said == ""
    assert "nothing is under way" in complaints
    assert "Traceback" not in complaints


def test_a_second_one_on_the_same_port_says_what_to_do(serve: Serve, tmp_path: Path, free_port: int) -> None:
    serve()
    command = [sys.executable, "run.py", "serve", "--home", str(tmp_path / "other"), "--port", str(free_port)]
    second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 1
    assert f"127.0.0.1:{free_port} cannot be used" in second.stderr
    assert "Traceback" not in second.stderr
