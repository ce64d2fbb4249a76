"""A worker's process of its own, to be killed: at a named step by itself, or from outside."""

import multiprocessing
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from multiprocessing.process import BaseProcess
from typing import Any

from newsletter.app import open_app
from newsletter.config import Settings
from newsletter.context import App, Clock
from newsletter.domain.campaign import CampaignState
from newsletter.domain.delivery import DeliveryState
from newsletter.store import campaigns, deliveries
from newsletter.worker import tick
from tests.crash.kinds import Kind, provider_of
from tests.crash.steps import Step, Watch, watch_bytes_leave, watched

# Children are forked off a small server that has imported everything and opened nothing: 20 ms instead of a second.
_PROCESSES = multiprocessing.get_context("forkserver")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a worker is to do: with which `settings`, through which service, under which name, from which moment on.

    Its calls hold at most `batch` mails. It ends after one beat of the clockwork, whose time stands still; or, with
    `until_drained`, when nothing is queued any more, and then its clock goes on from `now`.
    """

    settings: Mapping[str, Any]
    kind: Kind
    server: str
    worker: str
    now: datetime
    batch: int
    kill_at: Step | None = None
    nth: int = 1
    until_drained: bool = False


@contextmanager
def started(order: Order) -> Iterator[BaseProcess]:
    """The worker's process; whatever happens, it does not outlive the block."""
    _PROCESSES.set_forkserver_preload([__name__, "psycopg", "pytest"])
    process = _PROCESSES.Process(target=work, args=(order,))
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()
        process.close()


def run(order: Order) -> int:
    """Runs a worker to its end; its exit status, negative for the signal that killed it."""
    with started(order) as process:
        process.join()
        assert process.exitcode is not None
        return process.exitcode


def work(order: Order) -> None:
    """What the process does."""
    os.environ["NO_PROXY"] = "127.0.0.1,localhost"
    with open_app(Settings.model_validate(order.settings), worker=order.worker) as opened:
        provider = provider_of(order.kind, order.server)
        watch = Watch(kill_at=order.kill_at, nth=order.nth)
        watch_bytes_leave(watch)
        app = watched(replace(opened, provider=provider), watch, order.batch)
        if order.until_drained:
            _drain(app, _running_clock(order.now))
        else:
            tick(app, lambda: order.now)
        provider.close()


def _drain(app: App, clock: Clock) -> None:
    """Beats without a pause: what other workers hold is passed over, so that one beat need not be enough."""
    while _is_awaited(app):
        tick(app, clock)


def _is_awaited(app: App) -> bool:
    """Whether a mail is to be sent, or a campaign to be frozen."""
    with app.database.read() as connection:
        open_campaigns = campaigns.in_state(connection, CampaignState.SCHEDULED, CampaignState.SENDING)
        unfrozen = any(campaign.frozen_at is None for campaign in open_campaigns)
        return unfrozen or deliveries.counts(connection)[DeliveryState.QUEUED] > 0


def _running_clock(start: datetime) -> Clock:
    begun = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - begun)
