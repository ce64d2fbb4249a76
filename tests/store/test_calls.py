"""Rules on calls in the store: opened before a byte leaves, closed with the answer, taken over after a crash."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from newsletter.domain.delivery import Call, Delivery, DeliveryState, Members
from newsletter.domain.settling import Record
from newsletter.store import calls, deliveries, outbox, senders, tables
from newsletter.store.database import Database
from subscribers.subscriber import Subscriber

AddClient = Callable[..., Subscriber]
Queue = Callable[..., int]
LONDON = "Europe/London"
MINUTE = timedelta(minutes=1)


def members(database: Database, delivery_ids: Sequence[int], now: datetime) -> Members:
    with database.write() as connection:
        claim = outbox.claim(connection, now, 100)
        return claim.where(each in delivery_ids for each in claim.id).members()


def delivery_of(database: Database, delivery_id: int) -> Delivery:
    with database.read() as connection:
        found = deliveries.get(connection, delivery_id)
    assert found is not None
    return found


def set_delivery(database: Database, delivery_id: int, **values: Any) -> None:
    with database.write() as connection:
        connection.execute(update(tables.delivery).where(tables.delivery.c.id == delivery_id).values(**values))


def call_row(database: Database, call: Call) -> Any:
    with database.read() as connection:
        return connection.execute(select(tables.provider_call).where(tables.provider_call.c.id == call.id)).one()


@pytest.fixture
def open_call(database: Database, edition_id: int, now: datetime) -> Callable[..., Call]:
    """Opens a call for deliveries, as a worker whose lease lasts two minutes."""

    def open_call(*delivery_ids: int, worker: str = "one") -> Call:
        readers = members(database, delivery_ids, now)
        call = Call(id=0, provider="file", edition_id=edition_id, payload_hash="hash", members=readers, prepared_at=now)
        with database.write() as connection:
            return calls.open_call(connection, call, worker=worker, lease_until=now + 2 * MINUTE)

    return open_call


OpenCall = Callable[..., Call]


def close(
    database: Database,
    call: Call,
    states: Sequence[DeliveryState],
    now: datetime,
    *,
    ask_again_at: datetime | None = None,
    worker: str = "one",
    **values: Any,
) -> None:
    records = [
        Record(delivery_id=member.delivery_id, state=state, **values)
        for member, state in zip(call.members, states, strict=True)
    ]
    with database.write() as connection:
        calls.close_call(connection, call, records, worker=worker, reason="", ask_again_at=ask_again_at, now=now)


def take_over(database: Database, now: datetime, worker: str = "two") -> Call | None:
    with database.write() as connection:
        return calls.take_over(connection, worker=worker, lease_until=now + 2 * MINUTE, now=now)


def test_an_open_call_is_on_record_with_its_members(
    database: Database, add_client: AddClient, queue: Queue, open_call: OpenCall, now: datetime
) -> None:
    """Before a byte leaves, its deliveries are on their way, and whoever finds the call can build it again."""
    delivery = queue(add_client(name="Anna").id, reason="quiet hours")
    call = open_call(delivery)
    found = delivery_of(database, delivery)
    assert (found.state, found.reason, found.provider) == (DeliveryState.SENDING, "", "file")
    assert take_over(database, now + 3 * MINUTE) == call


def test_an_accepted_mail_is_recorded_with_the_services_id(
    database: Database, add_client: AddClient, queue: Queue, open_call: OpenCall, now: datetime
) -> None:
    """When it was accepted, and that it took one attempt."""
    delivery = queue(add_client().id)
    close(database, open_call(delivery), [DeliveryState.ACCEPTED], now, provider_message_id="m-1")
    found = delivery_of(database, delivery)
    assert (found.state, found.provider_message_id, found.attempts) == (DeliveryState.ACCEPTED, "m-1", 1)
    assert (found.accepted_at, found.final_at, found.due_at) == (now, now, now)


def test_a_mail_that_is_to_be_tried_again_waits_for_its_moment(
    database: Database, add_client: AddClient, queue: Queue, open_call: OpenCall, now: datetime
) -> None:
    """It is queued, neither accepted nor final."""
    delivery = queue(add_client().id)
    close(database, open_call(delivery), [DeliveryState.QUEUED], now, due_at=now + MINUTE, reason="busy")
    found = delivery_of(database, delivery)
    assert (found.state, found.due_at, found.reason) == (DeliveryState.QUEUED, now + MINUTE, "busy")
    assert (found.accepted_at, found.final_at) == (None, None)
    with database.write() as connection:
        assert outbox.claim(connection, now + MINUTE, 1).id == (delivery,)


def test_a_call_that_was_put_off_does_not_count_as_an_attempt(
    database: Database, add_client: AddClient, queue: Queue, open_call: OpenCall, now: datetime
) -> None:
    """The mail itself was not tried."""
    delivery = queue(add_client().id)
    close(database, open_call(delivery), [DeliveryState.QUEUED], now, due_at=now, untried=True)
    assert delivery_of(database, delivery).attempts == 0


@pytest.mark.parametrize("state", [DeliveryState.DELIVERED, DeliveryState.BOUNCED, DeliveryState.ACCEPTED])
def test_a_late_answer_does_not_undo_what_is_known_already(
    database: Database, add_client: AddClient, queue: Queue, open_call: OpenCall, now: datetime, state: DeliveryState
) -> None:
    """A webhook may be faster than the answer."""
    delivery = queue(add_client().id)
    call = open_call(delivery)
    set_delivery(database, delivery, state=state.value)
    close(database, call, [DeliveryState.UNKNOWN], now)
    assert delivery_of(database, delivery).state is state


def test_a_late_answer_does_not_touch_a_later_call(
    database: Database, add_client: AddClient, queue: Queue, open_call: OpenCall, now: datetime
) -> None:
    """The mail was called for again meanwhile: only that call's answer counts."""
    delivery = queue(add_client().id)
    stale = open_call(delivery)
    close(database, stale, [DeliveryState.QUEUED], now, due_at=now)
    open_call(delivery)
    close(database, stale, [DeliveryState.FAILED], now)
    assert delivery_of(database, delivery).state is DeliveryState.SENDING


def test_a_mail_in_doubt_is_settled_by_a_later_answer_to_its_call(
    database: Database, add_client: AddClient, queue: Queue, open_call: OpenCall, now: datetime
) -> None:
    """Unknown is no end."""
    delivery = queue(add_client().id)
    call = open_call(delivery)
    close(database, call, [DeliveryState.UNKNOWN], now, ask_again_at=now + MINUTE)
    assert delivery_of(database, delivery).final_at is None
    close(database, call, [DeliveryState.ACCEPTED], now + MINUTE)
    assert delivery_of(database, delivery).state is DeliveryState.ACCEPTED


@pytest.mark.parametrize(
    ("second", "kept"),
    [(DeliveryState.ACCEPTED, 0), (DeliveryState.FAILED, 0), (DeliveryState.QUEUED, 0), (DeliveryState.UNKNOWN, 2)],
)
def test_the_addresses_of_a_call_are_forgotten_once_nothing_is_in_doubt(
    database: Database,
    add_client: AddClient,
    queue: Queue,
    open_call: OpenCall,
    now: datetime,
    second: DeliveryState,
    kept: int,
) -> None:
    """As long as anything is, they are needed to ask."""
    call = open_call(queue(add_client("anna@example.com").id), queue(add_client("bob@example.com").id))
    close(database, call, [DeliveryState.ACCEPTED, second], now, due_at=now)
    row = call_row(database, call)
    assert (row.state, len(row.members and row.members["email"])) == ("done", kept)


def test_a_call_under_anothers_live_lease_is_left_alone(
    database: Database, add_client: AddClient, queue: Queue, open_call: OpenCall, now: datetime
) -> None:
    """Its answer may come any moment; only when the lease has run out was it left by a crash."""
    call = open_call(queue(add_client().id))
    assert take_over(database, now + 2 * MINUTE) is None
    assert take_over(database, now + 2 * MINUTE + timedelta(seconds=1)) == call


def test_a_call_that_this_very_worker_left_is_taken_over_at_once(
    database: Database, add_client: AddClient, queue: Queue, open_call: OpenCall, now: datetime
) -> None:
    """It is alive again, so its earlier life is not."""
    call = open_call(queue(add_client().id), worker="one")
    assert take_over(database, now, worker="one") == call


def test_a_call_that_was_taken_over_is_held_under_a_new_lease(
    database: Database, add_client: AddClient, queue: Queue, open_call: OpenCall, now: datetime
) -> None:
    """No third worker asks at the same time, and the first one's name is off it."""
    open_call(queue(add_client().id), worker="one")
    later = now + 3 * MINUTE
    assert take_over(database, later, worker="two") is not None
    assert take_over(database, later, worker="three") is None
    assert take_over(database, later, worker="one") is None


def test_a_call_in_doubt_waits_for_its_time(
    database: Database, add_client: AddClient, queue: Queue, open_call: OpenCall, now: datetime
) -> None:
    """Also for the worker that made it: the service's index may lag."""
    call = open_call(queue(add_client().id), worker="one")
    close(database, call, [DeliveryState.UNKNOWN], now, ask_again_at=now + 5 * MINUTE)
    assert take_over(database, now + 5 * MINUTE, worker="one") is None
    assert take_over(database, now + 6 * MINUTE, worker="one") == call


def test_a_call_in_doubt_is_asked_about_at_once_on_demand(
    database: Database, add_client: AddClient, queue: Queue, open_call: OpenCall, now: datetime
) -> None:
    """The therapist need not wait; what is under way is not hastened."""
    doubtful, _live = (open_call(queue(add_client(f"{name}@example.com").id)) for name in ("anna", "bob"))
    close(database, doubtful, [DeliveryState.UNKNOWN], now, ask_again_at=now + 5 * MINUTE)
    with database.write() as connection:
        calls.hasten_doubts(connection, now)
    assert take_over(database, now, worker="two") == doubtful
    assert take_over(database, now, worker="three") is None


def test_a_call_that_is_done_is_never_taken_over(
    database: Database, add_client: AddClient, queue: Queue, open_call: OpenCall, now: datetime
) -> None:
    """Even where nobody will ever know: asking is over."""
    call = open_call(queue(add_client().id))
    close(database, call, [DeliveryState.UNKNOWN], now)
    assert take_over(database, now + timedelta(days=9)) is None


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True, ids=["postgresql"]
)
def test_two_workers_never_take_over_one_call(
    database: Database, add_client: AddClient, queue: Queue, open_call: OpenCall, now: datetime
) -> None:
    """The second passes over what the first is just taking."""
    call, later = open_call(queue(add_client().id)), now + 3 * MINUTE
    with database.write() as one, database.write() as two:
        assert calls.take_over(one, worker="two", lease_until=later + MINUTE, now=later) == call
        assert calls.take_over(two, worker="three", lease_until=later + MINUTE, now=later) is None


def test_a_paused_service_is_called_again_at_its_time(database: Database, now: datetime) -> None:
    """Each by itself; of two pauses the longer one stands."""
    with database.write() as connection:
        senders.pause(connection, "resend", now + 9 * MINUTE, "too fast")
        senders.pause(connection, "resend", now + MINUTE, "too fast")
        assert senders.paused_until(connection, "resend", now) == now + 9 * MINUTE
        assert senders.paused_until(connection, "resend", now + 9 * MINUTE) is None
        assert senders.paused_until(connection, "smtp", now) is None
