"""A store, its workers, two mail services and a clock, played in any order; and what must be true at every moment."""

import contextlib
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from newsletter import campaigns, doubts, hearing
from newsletter.app import open_app
from newsletter.config import Settings
from newsletter.domain.campaign import CampaignState, first_mail_at
from newsletter.domain.delivery import FINAL, Delivery, DeliveryState
from newsletter.domain.event import Event, Kind, Source
from newsletter.errors import RefusedError
from newsletter.store import campaigns as stored
from newsletter.store import deliveries
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import details
from tests.conftest import STUDIO
from tests.crash.conftest import launch
from tests.crash.memory_service import CAPABILITIES, MemoryService, Trouble
from tests.crash.steps import Step, Watch, watched

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
BATCH = 2
MOST_CAMPAIGNS = 3
UNDO = timedelta(minutes=5)
NEVER_LEFT = {DeliveryState.QUEUED, DeliveryState.SUPPRESSED, DeliveryState.CANCELLED, DeliveryState.FAILED}
IN_DOUBT = {DeliveryState.SENDING, DeliveryState.UNKNOWN}
STEPS = sorted(set(Step) - {Step.HALF_THE_BYTES, Step.BYTES_LEFT})  # those that need no network
WORKERS = st.sampled_from(["left", "right"])


class _Death(BaseException):
    """The worker's end: like SIGKILL, it passes everything that catches errors."""


def _die() -> None:
    raise _Death


class AnyOrder(RuleBasedStateMachine):
    """One store, two workers, services with lists of their own, and a clock that may jump, or run ahead for a while."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = contextlib.ExitStack()
        home = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        opened = self._stack.enter_context(open_app(Settings(home=home, studio=STUDIO)))
        self.now = self.latest = NOW
        self.ahead = timedelta(0)  # how far our clock runs before the true one, which is the services'
        self.watch = Watch(die=_die)
        self.service, self.second = (
            MemoryService(name=name, capabilities=CAPABILITIES["neither"], clock=lambda: self.now - self.ahead)
            for name in ("memory", "second")
        )
        self.app = watched(replace(opened, provider=self.service), self.watch, BATCH)
        self.readers: list[int] = []
        self.campaigns: list[int] = []
        self.audiences: dict[int, frozenset[int]] = {}
        self.not_before: dict[int, datetime] = {}  # until when a campaign can be undone
        self.forbidden: dict[str, int] = {}  # ids of mails that must not leave any more, and how often they had

    @initialize(
        kind=st.sampled_from(sorted(CAPABILITIES)),
        second=st.none() | st.sampled_from(sorted(CAPABILITIES)),
        readers=st.integers(1, 7),
    )
    def open(self, kind: str, readers: int, second: str | None = None) -> None:
        self.service.capabilities = CAPABILITIES[kind]
        if second is not None:
            self.second.capabilities = CAPABILITIES[second]
            self.app = replace(self.app, fallback=self.second)
        self.add_readers(readers)
        self.launch()

    @rule(count=st.integers(1, 3))
    def add_readers(self, count: int) -> None:
        with self.app.database.write() as connection:
            for _ in range(count):
                person = details(f"reader-{len(self.readers)}@example.com")
                added = store.add(connection, person, key=self.app.key, now=self.now, consents=[Stream.MARKETING])
                self.readers.append(added.id)

    @precondition(lambda self: len(self.campaigns) < MOST_CAMPAIGNS)
    @rule()
    def launch(self) -> None:
        self.campaigns.append(launch(self.app, self.now))

    @precondition(lambda self: len(self.campaigns) < MOST_CAMPAIGNS)
    @rule()
    def launch_with_time_to_undo(self) -> None:
        due_at = first_mail_at(None, self.now, UNDO)
        self.campaigns.append(launch(self.app, self.now, due_at))
        self.not_before[self.campaigns[-1]] = due_at

    @precondition(lambda self: self.campaigns)
    @rule(data=st.data())
    def launch_again_at_once(self, data: st.DataObject) -> None:
        self.end_the_time_to_undo(data.draw(st.sampled_from(self.campaigns)))

    def end_the_time_to_undo(self, campaign_id: int) -> None:
        with contextlib.suppress(RefusedError):
            campaigns.launch(self.app, campaign_id, self.now)
            self.not_before.pop(campaign_id, None)

    @precondition(lambda self: self.campaigns)
    @rule(data=st.data())
    def pause(self, data: st.DataObject) -> None:
        with contextlib.suppress(RefusedError):
            campaigns.pause(self.app, data.draw(st.sampled_from(self.campaigns)))

    @precondition(lambda self: self.campaigns)
    @rule(data=st.data())
    def resume(self, data: st.DataObject) -> None:
        with contextlib.suppress(RefusedError):
            campaigns.resume(self.app, data.draw(st.sampled_from(self.campaigns)), self.now)

    @precondition(lambda self: self.campaigns)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        self.cancel_campaign(data.draw(st.sampled_from(self.campaigns)))

    def cancel_campaign(self, campaign_id: int) -> None:
        with contextlib.suppress(RefusedError):
            campaigns.cancel(self.app, campaign_id, self.now)
            self._forbid(row for row in self._ledger() if row.campaign_id == campaign_id)

    @rule(data=st.data())
    def unsubscribe(self, data: st.DataObject) -> None:
        reader = data.draw(st.sampled_from(self.readers))
        with self.app.database.write() as connection:
            store.withdraw(connection, reader, Stream.MARKETING, source="her link", at=self.now)
        self._forbid(row for row in self._ledger() if row.subscriber_id == reader)

    @rule(minutes=st.sampled_from([1, 6, 20, 90, 24 * 60, 3 * 24 * 60, -20, -24 * 60]))
    def jump(self, minutes: int) -> None:
        """Mostly within the day, for at night nothing is sent."""
        self.now += timedelta(minutes=minutes)
        self.latest = max(self.latest, self.now - self.ahead)

    @precondition(lambda self: not self.ahead)
    @rule(by=st.sampled_from([timedelta(minutes=40), timedelta(hours=20), timedelta(days=365)]))
    def run_ahead(self, by: timedelta) -> None:
        """Only our own clock; while it does, the workers work."""
        self.ahead = by
        self.now += by
        self._tick("left")

    @precondition(lambda self: self.ahead)
    @rule()
    def be_put_right(self) -> None:
        """The worker beats before and after."""
        self._tick("left")
        self.now -= self.ahead
        self.ahead = timedelta(0)
        self._tick("left")

    @rule(worker=WORKERS)
    def be_refused_for_long(self, worker: str) -> None:
        """The first service takes nothing for twenty minutes; it is asked again and again."""
        self.service.shut = True
        for _ in range(5):
            self.jump(4)
            self._tick(worker)
        self.service.shut = False

    @rule(worker=WORKERS, troubles=st.lists(st.sampled_from(Trouble), max_size=3))
    def beat(self, worker: str, troubles: list[Trouble]) -> None:
        self.service.troubles.extend(troubles)
        self._tick(worker)

    @rule(worker=WORKERS, step=st.sampled_from(STEPS), nth=st.integers(1, 3))
    def crash(self, worker: str, step: Step, nth: int) -> None:
        self.watch.kill_at, self.watch.nth, self.watch.settling = step, nth, False
        with contextlib.suppress(_Death):
            self._tick(worker)
        self.watch.kill_at = None

    @rule(troubles=st.lists(st.sampled_from(Trouble), max_size=3))
    def beat_and_be_overtaken(self, troubles: list[Trouble]) -> None:
        """While a call of one worker is under way, its lease runs out and the other one settles it."""
        self.service.interruption = self._overtake
        self.beat("left", troubles)
        self.service.interruption = None

    def _overtake(self) -> None:
        self.jump(15)
        self._tick("right")

    @precondition(lambda self: any(row.state is DeliveryState.UNKNOWN for row in self._ledger()))
    @rule(resend=st.booleans())
    def take_the_word_of_the_therapist(self, resend: bool) -> None:
        """She has looked at the service's own list: what is not there is sent again, or left."""
        lost = [row for row in self._ledger() if row.state is DeliveryState.UNKNOWN and not self._taken(row)]
        doubts.decide_by_hand(self.app, [row.id for row in lost], self.now, resend=resend)
        if not resend:
            self._forbid(row for row in self._ledger() if row.id in {each.id for each in lost})

    @precondition(lambda self: any(self._taken(row) for row in self._ledger()))
    @rule(data=st.data(), told=st.sampled_from([Kind.ACCEPTED, Kind.DELIVERED, Kind.BOUNCED]), times=st.integers(1, 2))
    def be_told(self, data: st.DataObject, told: Kind, times: int) -> None:
        """By a webhook, in any order, once or twice, of a mail that was taken; the next beat follows it."""
        row = data.draw(st.sampled_from([row for row in self._ledger() if self._taken(row)]))
        moment = max(self.now, self.latest)
        event = Event(key=f"{told}-{row.id}", kind=told, mid=self._mail(row), reason="full", raw="{}")
        with self.app.database.write() as connection:
            for _ in range(times):
                hearing.keep(self.app, connection, Source.HOOK, [("memory", event)], moment)

    @rule()
    def reconcile(self) -> None:
        doubts.reconcile(self.app, lambda: self.now)

    @invariant()
    def nobody_gets_a_mail_twice(self) -> None:
        """By either service, or by both."""
        assert all(times == 1 for times in (self.service.accepted + self.second.accepted).values())

    @invariant()
    def nothing_leaves_while_it_can_be_undone(self) -> None:
        for row in self._ledger():
            earliest = self.not_before.get(row.campaign_id or 0)
            assert row.accepted_at is None or earliest is None or row.accepted_at >= earliest

    @invariant()
    def the_ledger_and_the_list_of_the_service_agree(self) -> None:
        for row in self._ledger():
            accepted = self._taken(row)
            assert not (accepted and row.state in NEVER_LEFT)
            assert accepted or row.state is not DeliveryState.ACCEPTED

    @invariant()
    def candidates_are_the_audience_and_the_sum_of_the_states(self) -> None:
        """From the moment an audience is complete, each of its readers has one delivery of the campaign for ever."""
        for campaign_id in self.campaigns:
            with self.app.database.read() as connection:
                counts = deliveries.counts(connection, campaign_id)
                frozen = stored.get(connection, campaign_id).frozen_at is not None
            have = sorted(row.subscriber_id for row in self._ledger() if row.campaign_id == campaign_id)
            audience = self.audiences.setdefault(campaign_id, frozenset(self.readers)) if frozen else frozenset(have)
            assert have == sorted(audience)
            assert counts["candidates"] == len(have) == sum(counts[state] for state in DeliveryState)

    @invariant()
    def whatever_did_not_arrive_says_why(self) -> None:
        silent = FINAL | {DeliveryState.UNKNOWN}
        silent -= {DeliveryState.ACCEPTED, DeliveryState.DELIVERED}
        assert all(row.reason for row in self._ledger() if row.state in silent)

    @invariant()
    def nothing_new_leaves_for_a_cancelled_campaign_or_somebody_who_unsubscribed(self) -> None:
        assert all(self._accepted(mail) == times for mail, times in self.forbidden.items())

    def _tick(self, worker: str) -> None:
        tick(replace(self.app, worker=worker), lambda: self.now)

    def check(self) -> None:
        """Everything that must be true at every moment."""
        self.nobody_gets_a_mail_twice()
        self.nothing_leaves_while_it_can_be_undone()
        self.the_ledger_and_the_list_of_the_service_agree()
        self.candidates_are_the_audience_and_the_sum_of_the_states()
        self.whatever_did_not_arrive_says_why()
        self.nothing_new_leaves_for_a_cancelled_campaign_or_somebody_who_unsubscribed()

    def states(self) -> Counter[DeliveryState]:
        return Counter(row.state for row in self._ledger())

    def teardown(self) -> None:
        try:
            self._come_to_the_end()
            self.check()
        finally:
            self._stack.close()

    def _come_to_the_end(self) -> None:
        """Once the troubles are over and everything has been resumed, nothing waits, and what is sent is final."""
        self.service.troubles.clear()
        if self.ahead:
            self.be_put_right()
        self.now = self.latest.replace(hour=10)
        for _ in range(len(self.campaigns) + 2):
            self.now += timedelta(days=1)
            for campaign_id in self.campaigns:
                with contextlib.suppress(RefusedError):
                    campaigns.resume(self.app, campaign_id, self.now)
                self.end_the_time_to_undo(campaign_id)
            for hour in range(2):
                moment = self.now + timedelta(hours=hour)
                tick(self.app, lambda moment=moment: moment)  # type: ignore[misc]  # bound at once
        left = {row.state for row in self._ledger()}
        assert left <= FINAL | {DeliveryState.UNKNOWN}
        self._every_campaign_is_over()

    def _every_campaign_is_over(self) -> None:
        for campaign_id in self.campaigns:
            with self.app.database.read() as connection:
                state = stored.get(connection, campaign_id).state
            unknown = any(
                row.state is DeliveryState.UNKNOWN for row in self._ledger() if row.campaign_id == campaign_id
            )
            assert state in {CampaignState.SENT, CampaignState.CANCELLED} or unknown

    def _forbid(self, rows: Iterable[Delivery]) -> None:
        """What is in doubt may be found to have left, or leave with the same call; nothing else may."""
        for row in rows:
            if row.state not in IN_DOUBT:
                self.forbidden[self._mail(row)] = self._taken(row)

    def _taken(self, row: Delivery) -> int:
        return self._accepted(self._mail(row))

    def _accepted(self, mail: str) -> int:
        return self.service.accepted[mail] + self.second.accepted[mail]

    def _mail(self, row: Delivery) -> str:
        return f"{self.app.store_id}-{row.id}"

    def _ledger(self) -> list[Delivery]:
        with self.app.database.read() as connection:
            return list(deliveries.ledger(connection))
