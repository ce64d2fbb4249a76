"""Start-up: what it costs until a command has something to say."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench.section import Action, Figures, Setting

_RUN = str(Path(__file__).parents[1] / "run.py")


@contextmanager
def help(setting: Setting) -> Iterator[Action]:
    yield partial(_start, setting.number, [_RUN, "--help"])


@contextmanager
def bare(setting: Setting) -> Iterator[Action]:
    yield partial(_start, setting.number, ["-c", "pass"])


def _start(times: int, arguments: list[str]) -> Figures:
    for _ in range(times):
        subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    return {}
