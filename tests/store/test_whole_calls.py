"""Rules on calls that were accepted as a whole: one row says so, and everybody reads it of each mail."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from newsletter.domain.delivery import Call, Delivery, DeliveryState, Members
from newsletter.domain.settling import Record
from newsletter.store import calls, deliveries, outbox, reports, tables
from newsletter.store.database import Database
from subscribers.subscriber import Subscriber

AddClient = Callable[..., Subscriber]
Queue = Callable[..., int]
OpenCall = Callable[..., Call]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def open_call(database: Database, add_client: AddClient, queue: Queue, edition_id: int, now: datetime) -> OpenCall:
    """Opens a call for as many new readers, as the worker `one`."""

    def open_call(count: int) -> Call:
        for number in range(count):
            queue(add_client(f"reader-{number}@example.com").id)
        with database.write() as connection:
            members = outbox.claim(connection, now, count).members()
            call = Call(id=0, provider="mem", edition_id=edition_id, payload_hash="", members=members, prepared_at=now)
            return calls.open_call(connection, call, worker="one", lease_until=now + 2 * MINUTE)

    return open_call


def accept(database: Database, call: Call, ids: Sequence[str | None], now: datetime) -> bool:
    with database.write() as connection:
        return calls.accept_call(connection, call, ids, worker="one", now=now)


def rows(database: Database) -> list[Delivery]:
    with database.read() as connection:
        return list(deliveries.ledger(connection))


@pytest.mark.parametrize("ids", [["a", "b", "c"], ["same", "same", "same"], [None, None, None]])
def test_each_mail_of_an_accepted_call_is_accepted(
    database: Database, open_call: OpenCall, now: datetime, ids: list[str | None]
) -> None:
    """With its time, and the service's own id."""
    assert accept(database, open_call(3), ids, now + MINUTE)
    found = rows(database)
    assert [each.provider_message_id for each in found] == ids
    assert {(each.state, each.accepted_at, each.final_at, each.attempts, each.provider) for each in found} == {
        (DeliveryState.ACCEPTED, now + MINUTE, now + MINUTE, 1, "mem")
    }


def test_lists_counts_and_reports_read_the_same_ledger(database: Database, open_call: OpenCall, now: datetime) -> None:
    """Nobody sees such a mail as still under way."""
    accept(database, open_call(2), ["a", "b"], now)
    with database.read() as connection:
        accepted = list(deliveries.ledger(connection, state=DeliveryState.ACCEPTED))
        assert list(deliveries.ledger(connection, state=DeliveryState.SENDING)) == []
        assert deliveries.counts(connection)["accepted"] == len(accepted) == 2
        total = reports.total(connection)
    assert (total.states, total.flaws.without_time, total.median_wait) == ({"accepted": 2}, 0, 0)


def test_what_becomes_of_a_mail_later_stands_in_its_own_row(
    database: Database, open_call: OpenCall, now: datetime
) -> None:
    """The others of its call stay as they are."""
    call = open_call(2)
    accept(database, call, ["a", "b"], now)
    with database.write() as connection:
        first = tables.delivery.c.id == call.members[0].delivery_id
        connection.execute(update(tables.delivery).where(first).values(state="delivered", final_at=now + MINUTE))
    assert [(each.state, each.accepted_at, each.final_at) for each in rows(database)] == [
        (DeliveryState.DELIVERED, now, now + MINUTE),
        (DeliveryState.ACCEPTED, now, now),
    ]


def test_a_call_that_another_worker_holds_is_not_accepted_as_a_whole(
    database: Database, open_call: OpenCall, now: datetime
) -> None:
    """The answer came too late for that: each mail is recorded by itself, and the rest is the other's to settle."""
    call = open_call(2)
    with database.write() as connection:
        calls.take_over(connection, worker="two", lease_until=now + 9 * MINUTE, now=now + 3 * MINUTE)
    assert not accept(database, call, ["a", "b"], now + 3 * MINUTE)
    assert {each.state for each in rows(database)} == {DeliveryState.SENDING}


def test_a_call_with_a_mail_in_doubt_is_not_accepted_as_a_whole(
    database: Database, open_call: OpenCall, now: datetime
) -> None:
    """What stands in a row of its own must be changed there."""
    call = open_call(2)
    doubts = [Record(delivery_id=each.delivery_id, state=DeliveryState.UNKNOWN) for each in call.members]
    with database.write() as connection:
        calls.close_call(connection, call, doubts, worker="one", reason="", ask_again_at=now, now=now)
        again = calls.take_over(connection, worker="one", lease_until=now + 2 * MINUTE, now=now + MINUTE)
    assert again == call
    assert not accept(database, call, ["a", "b"], now + MINUTE)


def test_an_accepted_call_forgets_its_readers_and_is_never_asked_about(
    database: Database, open_call: OpenCall, now: datetime
) -> None:
    """The ledger needs no second copy of their addresses."""
    accept(database, open_call(1), ["a"], now)
    with database.write() as connection:
        assert connection.execute(select(tables.provider_call.c.members)).scalar_one() == []
        assert calls.take_over(connection, worker="one", lease_until=now, now=now + timedelta(days=1)) is None


def test_readers_frozen_one_by_one_are_read_as_those_by_columns(
    database: Database, open_call: OpenCall, now: datetime
) -> None:
    """As calls of older versions did."""
    call = open_call(2)
    one_by_one = [asdict(member) for member in call.members]
    with database.write() as connection:
        connection.execute(update(tables.provider_call).values(members=one_by_one))
        found = calls.take_over(connection, worker="one", lease_until=now, now=now)
    assert found == call
    assert found is not None
    assert found.members == Members.of(call.members)
