"""The clockwork: `schedule` beats the rhythm, rows in the store decide what is done."""

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import FrameType

import schedule

from newsletter import aftercare, campaigns, doubts, outbox, watching
from newsletter.context import App, Clock
from newsletter.errors import AfterglowError, TemplateError
from newsletter.store import meta, workers

log = logging.getLogger(__name__)

BEAT = 5  # seconds between two looks at the store

Progress = Callable[[int], None]


def tick(
    app: App,
    clock: Clock,
    *,
    progress: Progress = lambda _: None,
    stopping: Callable[[], bool] = lambda: False,
) -> None:
    """Everything that is due, once. Any number of workers may do this at the same time."""
    doubts.settle_doubts(app, clock)
    campaigns.start_due(app, clock())
    fault = None
    try:
        aftercare.compose_due(app, clock())
    except TemplateError as error:  # what is composed goes out all the same
        fault = error
    outbox.send_due(app, clock, progress=progress, stopping=stopping)
    campaigns.finish(app, clock())
    if fault is not None:
        raise fault


def run(app: App, clock: Clock, *, stop: threading.Event) -> None:
    """Ticks until `stop` is set; the call that is under way then is finished first."""
    rhythm, said = schedule.Scheduler(), set[str]()
    rhythm.every(BEAT).seconds.do(_tick_safely, app, clock, stop, said)
    log.info("The worker %s looks every %d seconds.", app.worker, BEAT)
    with app.database.read() as connection:
        hold = meta.held(connection)
    if hold is not None:
        log.warning("All mail is held: %s. Go on with: resume", hold.reason)
    _tick_safely(app, clock, stop, said)
    while not stop.wait(max(rhythm.idle_seconds or 0.0, 0.0)):
        rhythm.run_pending()
    with app.database.write() as connection:
        workers.leave(connection, app.worker)
    log.info("The worker %s has stopped; nothing is under way.", app.worker)


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """An event that SIGTERM and Ctrl-C set, instead of ending the process in the middle of a call."""
    stop = threading.Event()

    def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {each: signal.signal(each, ask_to_stop) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _give_sign_of_life(app: App, now: datetime) -> None:
    """Also forgets workers that have been silent for a day."""
    with app.database.write() as connection:
        workers.beat(connection, app.worker, now)
        workers.forget_silent(connection, now - timedelta(days=1))


def _name_what_is_stuck(app: App, now: datetime, said: set[str]) -> None:
    """Each sentence once, until it is no longer true."""
    stuck = set(watching.stuck(app, now))
    for sentence in sorted(stuck - said):
        log.warning("%s", sentence)
    said.clear()
    said.update(stuck)


def _tick_safely(app: App, clock: Clock, stop: threading.Event, said: set[str]) -> None:
    """The outermost loop: whatever goes wrong in one tick, the next one comes."""
    try:
        _give_sign_of_life(app, clock())
        tick(app, clock, stopping=stop.is_set)
        _name_what_is_stuck(app, clock(), said)
    except AfterglowError as error:
        log.error("%s", error)
    except Exception:
        log.exception("This tick failed; the next one follows in %d seconds.", BEAT)
