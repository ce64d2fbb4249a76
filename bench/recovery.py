"""Recovery: a worker is killed in the middle of a campaign, and another one takes up what it left.

`python -m bench.recovery HOME URL` is the worker that is to be killed: it prints a line after each call.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import func, select

from bench import homes
from bench.ours import RESEND
from bench.readers import NOW
from bench.section import Action, Figures, Setting
from newsletter import worker
from newsletter.context import App
from newsletter.domain.delivery import CallState
from newsletter.store.tables import provider_call

_CALLS_BEFORE = 20


@contextmanager
def after_a_kill(setting: Setting) -> Iterator[Action]:
    """Measured until the campaign's next mail has left; the rest of it is sent afterwards, and counted."""
    _kill_a_worker(setting)
    with homes.opened(setting.home, RESEND | {"resend_url": setting.url}, worker="another") as app:
        yield partial(_recover, app)
        lease = app.provider.capabilities.longest_call
        worker.tick(app, lambda: NOW + lease + timedelta(seconds=worker.BEAT))
        homes.require_accepted(app, setting.number)


def _kill_a_worker(setting: Setting) -> None:
    """SIGKILL, some calls into the campaign, with one call's bytes on their way."""
    arguments = [sys.executable, "-m", "bench.recovery", str(setting.home), setting.url]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        for _ in range(_CALLS_BEFORE):
            victim.stdout.readline()
        with homes.opened(setting.home) as app:
            while not _open_calls(app):
                assert victim.poll() is None, "the worker had finished before it could be killed"
        victim.kill()


def _recover(app: App) -> Figures:
    """Beats as a worker makes them, from the moment of the crash, until a call is through."""
    in_doubt = _open_calls(app)
    left: list[float] = []
    start, now = time.perf_counter(), NOW
    while not left:
        now += timedelta(seconds=worker.BEAT)
        _tick(app, now, left)
    return {"in_doubt": in_doubt, "beats": (now - NOW).seconds / worker.BEAT, "seconds": left[0] - start}


def _tick(app: App, now: datetime, left: list[float]) -> None:
    """One beat, which ends with its first call; when that was through joins `left`."""
    worker.tick(app, lambda: now, progress=lambda _: left.append(time.perf_counter()), stopping=lambda: bool(left))


def _open_calls(app: App) -> int:
    """Calls that nobody knows the end of."""
    unsettled = provider_call.c.state.in_([CallState.OPEN.value, CallState.DOUBTFUL.value])
    with app.database.read() as connection:
        return connection.execute(select(func.count()).select_from(provider_call).where(unsettled)).scalar_one()


def _send(home: str, url: str) -> None:
    with homes.opened(Path(home), RESEND | {"resend_url": url}, worker="victim") as app:
        worker.tick(app, lambda: NOW, progress=lambda size: print(size, flush=True))


if __name__ == "__main__":
    _send(*sys.argv[1:])
