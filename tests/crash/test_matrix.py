"""The crash matrix: a worker killed (SIGKILL) at every named step, on both databases, through every kind of service.

The gate kills at every step on SQLite with keys, and at the most telling ones everywhere else. AFTERGLOW_FULL=1 kills
at every step everywhere, at the first, second and third mail: `AFTERGLOW_FULL=1 pytest tests/crash/test_matrix.py`.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import text

from newsletter.context import App
from newsletter.domain.delivery import DeliveryState
from tests.crash.conftest import FULL, accepted_ids, add_readers, doubled, in_state, launch, ledger, settings_of
from tests.crash.kinds import GATE, Kind, provider_of
from tests.crash.steps import Step
from tests.crash.worker import Order, run, started
from tests.fault_server.faults import Fault
from tests.fault_server.server import FaultServer

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
READERS = 80 if FULL else 32
BATCH = 2
RESTART = timedelta(minutes=11)  # later than the first question after a doubt, and at least than the longest lease
MONTH = timedelta(days=32)  # between two campaigns: nobody gets more than two in one
KILLED = -9

SMOOTH = (  # nothing is in doubt at any of these, so that the campaign comes to its end
    Step.IN_START,
    Step.STARTED,
    Step.IN_FREEZE,
    Step.FREEZING,
    Step.IN_FINISH,
    Step.FINISHED,
)
ROUGH = (  # a claim shares its transaction with the record of the call before
    Step.BEFORE_CLAIM,
    Step.IN_CLAIM,
    Step.RECORDED,
    Step.CALL_ON_RECORD,
    Step.IN_TAKE_OVER,
    Step.TAKEN_OVER,
    Step.ASKED,
    Step.IN_SETTLEMENT,
    Step.SETTLED,
    Step.BYTES_LEFT,
    Step.TAKEN_OVER,
    Step.HALF_THE_BYTES,
    Step.ANSWER_IN,
    Step.ASKED,
    Step.IN_RECORD,
)
TELLING = (Step.BYTES_LEFT, Step.CALL_ON_RECORD, Step.IN_SETTLEMENT, Step.ASKED, Step.ANSWER_IN, Step.IN_RECORD)
REPEATED = {  # passed once a call; the others once a campaign, or once a doubt
    Step.BEFORE_CLAIM,
    Step.IN_CLAIM,
    Step.CALL_ON_RECORD,
    Step.HALF_THE_BYTES,
    Step.ANSWER_IN,
    Step.IN_RECORD,
    Step.RECORDED,
}


@dataclass(slots=True, kw_only=True)
class Desk:
    """A home whose workers die one after the other."""

    app: App
    server: FaultServer
    kind: Kind
    chance: Random = field(default_factory=lambda: Random(20260302))

    @property
    def longest_lease(self) -> timedelta:
        """Of a call to the service, after which it counts as left by a dead worker."""
        with closing(provider_of(self.kind, self.server.url)) as provider:
            return provider.capabilities.longest_call

    def order(self, moment: datetime, kill_at: Step | None = None, nth: int = 1) -> Order:
        """For a worker that bears a dead one's name, and so settles at once, or a name of its own."""
        return Order(
            settings=settings_of(self.app),
            kind=self.kind,
            server=self.server.url,
            worker=self.chance.choice(["left", "right"]),
            now=moment,
            batch=BATCH,
            kill_at=kill_at,
            nth=nth,
        )

    def kill(self, moment: datetime, step: Step, nth: int) -> None:
        """Runs a worker until it is killed at that step."""
        if step is Step.BYTES_LEFT:
            self._kill_from_outside(self.order(moment))
        else:
            assert run(self.order(moment, step, nth if step in REPEATED else 1)) == KILLED
        self._wait_for_postgresql()

    def _kill_from_outside(self, order: Order) -> None:
        """The service has mails, perhaps those of a call in doubt, and does not answer; then the worker is killed."""
        hung = self.server.hung
        self.server.faults.append(Fault(accepts=True, hangs=True))
        with started(order) as process:
            while self.server.hung == hung:
                assert process.is_alive()
                process.join(0.001)
            process.kill()

    def _wait_for_postgresql(self) -> None:
        """Its server notices a dead client a moment later, and holds its locks until then."""
        while not self.app.database.is_sqlite and self._others_at_work():
            pass

    def _others_at_work(self) -> bool:
        statement = (
            "SELECT 1 FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
        )
        with self.app.database.read() as connection:
            return connection.execute(text(statement)).first() is not None


def rounds(kind: Kind, *, on_sqlite: bool) -> Iterator[tuple[tuple[Step, ...], int]]:
    """The steps to be killed at in each campaign, and the how-manieth mail at those that every call passes."""
    at_every_step = FULL or (on_sqlite and kind.settled_by is Kind.KEYS)
    rough: tuple[Step, ...] = ROUGH if at_every_step else TELLING
    if kind.settled_by is Kind.NEITHER:
        rough = tuple(step for step in rough if step is not Step.ASKED)  # there is nobody to ask
    for nth in (1, 2, 3) if FULL else (1,):
        yield rough, nth
        if at_every_step:
            yield SMOOTH, nth


@pytest.mark.parametrize("kind", Kind if FULL else GATE)
def test_no_mail_is_lost_or_doubled_wherever_a_worker_is_killed(app: App, server: FaultServer, kind: Kind) -> None:
    """Through all kills: accepted at most once; whatever cannot be known is `unknown`, and says why."""
    desk = Desk(app=app, server=server, kind=kind)
    add_readers(app, READERS, NOW)
    for number, (steps, nth) in enumerate(rounds(kind, on_sqlite=app.database.is_sqlite)):
        morning = NOW + number * MONTH
        campaign_id = launch(app, morning)
        doubtful = _kill_at_each(desk, campaign_id, steps, nth, morning)
        _check(desk, campaign_id, doubtful)


def _kill_at_each(desk: Desk, campaign_id: int, steps: tuple[Step, ...], nth: int, moment: datetime) -> set[str]:
    """Kills at each step in turn, then lets a worker recover. The mails whose call was open at a death."""
    doubtful: set[str] = set()
    for step in steps:
        desk.kill(moment, step, nth)
        doubtful |= in_state(ledger(desk.app, campaign_id), DeliveryState.SENDING)
        moment += max(RESTART, desk.longest_lease + timedelta(minutes=1))
    for later in (moment, moment + timedelta(hours=1)):
        assert run(desk.order(later)) == 0
    return doubtful


def _check(desk: Desk, campaign_id: int, doubtful: set[str]) -> None:
    """The service's list against the ledger."""
    rows, everything = ledger(desk.app, campaign_id), accepted_ids(desk.server)
    accepted = set(everything) & set(rows)
    unknown = {Kind.KEYS: set[str](), Kind.LOOK_UP: doubtful - accepted, Kind.NEITHER: doubtful}[desk.kind.settled_by]
    assert len(rows) == READERS
    assert doubled(everything) == []
    assert in_state(rows, DeliveryState.UNKNOWN) == unknown
    assert in_state(rows, DeliveryState.ACCEPTED) == set(rows) - unknown == accepted - unknown
    assert all(rows[id].reason for id in unknown)
