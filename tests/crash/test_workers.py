"""Several workers on one store, some of them killed and started anew: every mail leaves exactly once.

The gate sends 2,000 mails; AFTERGLOW_FULL=1 sends 20,000.
"""

import itertools
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess

from newsletter.context import App
from newsletter.domain.campaign import CampaignState
from newsletter.domain.delivery import DeliveryState
from newsletter.store import campaigns
from tests.crash.conftest import FULL, accepted_ids, add_readers, doubled, in_state, launch, ledger, settings_of
from tests.crash.kinds import Kind
from tests.crash.worker import Order, run, started
from tests.fault_server.server import FaultServer

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
MAILS = 20_000 if FULL else 2_000
BATCH = 100 if FULL else 20


def test_workers_killed_and_restarted_on_one_store_send_each_mail_exactly_once(app: App, server: FaultServer) -> None:
    """Four workers on PostgreSQL, or two on one SQLite file; one is killed after each third of the mails."""
    add_readers(app, MAILS, NOW)
    campaign_id = launch(app, NOW)
    assert _send_with_kills(app, server) == 2
    assert run(_order(app, server, "the last one", NOW + timedelta(hours=2))) == 0
    rows, accepted = ledger(app, campaign_id), accepted_ids(server)
    assert doubled(accepted) == []
    assert set(accepted) == in_state(rows, DeliveryState.ACCEPTED) == set(rows)
    assert len(rows) == MAILS
    with app.database.read() as connection:
        assert campaigns.get(connection, campaign_id).state is CampaignState.SENT


def _send_with_kills(app: App, server: FaultServer) -> int:
    """Starts the workers, kills one of them at a third and another at two thirds of the mails, and starts it anew."""
    names = (f"worker-{number}" for number in itertools.count())
    with ExitStack() as stack:

        def start() -> BaseProcess:
            return stack.enter_context(started(_order(app, server, next(names), NOW)))

        workers = [start() for _ in range(2 if app.database.is_sqlite else 4)]
        killed = 0
        for number, share in enumerate((MAILS // 3, 2 * MAILS // 3)):
            _wait(lambda share=share: len(server.journal.accepted) >= share, workers)  # type: ignore[misc]  # bound at once
            workers[number].kill()
            workers[number].join()
            killed += workers[number].exitcode == -9
            workers[number] = start()
        for worker in workers:
            worker.join()
        assert [worker.exitcode for worker in workers] == [0] * len(workers)
        return killed


def _order(app: App, server: FaultServer, worker: str, now: datetime) -> Order:
    return Order(
        settings=settings_of(app),
        kind=Kind.KEYS,
        server=server.url,
        worker=worker,
        now=now,
        batch=BATCH,
        until_drained=now == NOW,
    )


def _wait(condition: Callable[[], bool], workers: list[BaseProcess]) -> None:
    while not condition():
        assert any(worker.is_alive() for worker in workers)
        workers[0].join(0.001)
