"""The clockwork: `schedule` beats the rhythm, rows in the store decide what is done."""

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import FrameType

import schedule

from newsletter import (
    aftercare,
    appointments,
    calendars,
    campaigns,
    doubts,
    feedback,
    feeds,
    lookups,
    notices,
    outbox,
    polling,
    retention,
    routines,
    watching,
)
from newsletter.context import App, Clock
from newsletter.domain.clock import SLACK
from newsletter.errors import AfterglowError, SettingsError, TemplateError
from newsletter.store import clock as store_clock
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
    _give_sign_of_life(app, clock())
    feedback.follow(app, clock())
    doubts.settle_doubts(app, clock)
    routines.run_due(app, clock())
    campaigns.start_due(app, clock())
    fault = None
    try:
        appointments.follow(app, clock())
        aftercare.compose_due(app, clock())
    except (TemplateError, SettingsError) as error:  # what is composed goes out all the same
        fault = error
    outbox.send_due(app, clock, progress=progress, stopping=stopping)
    campaigns.finish(app, clock())
    if fault is not None:
        raise fault


def run(app: App, clock: Clock, *, stop: threading.Event) -> None:
    """Ticks until `stop` is set; the call that is under way then is finished first."""
    rhythm, said = schedule.Scheduler(), set[str]()
    rhythm.every(BEAT).seconds.do(_tick_safely, app, clock, stop, said)
    rhythm.every(BEAT).seconds.do(_poll_safely, app, clock)
    rhythm.every(6).hours.do(_prune_safely, app, clock)
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


def poll_calendar(app: App, clock: Clock) -> bool:
    """Reads the calendar that has been due longest; returns whether there was one. A new fault is logged, once."""
    polled = calendars.poll_due(app, clock)
    if polled is not None and polled.fault and polled.fault != polled.calendar.fault:
        log.warning("%s", polled.fault)
    return polled is not None


def poll_feed(app: App, clock: Clock) -> bool:
    """Polls the feed that has been due longest; returns whether there was one. A new fault of it is logged, once.

    No part of a tick: a forecast ticks too, and asks nobody.
    """
    polled = feeds.poll_due(app, clock)
    if polled is None:
        return False
    if polled.fault and polled.fault != polled.feed.fault:
        log.warning("%s", polled.fault)
    for _, happened, title in polled.articles:
        log.info("“%s” is %s in the feed %s.", title, happened, polled.feed.title or polled.feed.url)
    return True


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
    """Also forgets workers that have been silent for a day, and sees whether the clock was put back."""
    with app.database.write() as connection:
        if behind := store_clock.put_back(connection, now):
            store_clock.bring_back(connection, now)
        workers.beat(connection, app.worker, now)
        workers.forget(connection, before=now - timedelta(days=1), after=now + SLACK)
    if behind:
        log.warning("The computer's clock was put back by %s: what waited for a far future goes on now.", behind)


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
        tick(app, clock, stopping=stop.is_set)
        _name_what_is_stuck(app, clock(), said)
    except AfterglowError as error:
        log.error("%s", error)
    except Exception:
        log.exception("This tick failed; the next one follows in %d seconds.", BEAT)


def _prune_safely(app: App, clock: Clock) -> None:
    try:
        retention.prune(app, clock())
        feedback.forget(app, clock())
        notices.forget(app, clock())
    except Exception:
        log.exception("What is to be forgotten could not be; it is tried again in six hours.")


def _poll_safely(app: App, clock: Clock) -> None:
    """As above, for feeds and for what the mail service tells: whatever goes wrong with one, the others are polled."""
    for poll in (poll_feed, polling.poll, poll_calendar, lookups.look_up_due):
        try:
            poll(app, clock)
        except AfterglowError as error:
            log.error("%s", error)
        except Exception:
            log.exception("This poll failed; it is tried again in a few minutes.")
