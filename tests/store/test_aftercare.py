"""Rules on sessions in the store, and on the deliveries planned for them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from newsletter.domain.aftercare import CareNote, Offset, Session, SessionState, Step
from newsletter.domain.delivery import Delivery, DeliveryState
from newsletter.domain.planning import PlannedStep
from newsletter.errors import NotFoundError
from newsletter.store import aftercare, deliveries, tables
from newsletter.store.database import Database
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber

AddClient = Callable[..., Subscriber]
HOUR = timedelta(hours=1)
NOTE = CareNote(subject="After your visit", preheader="", title="", blocks=())


@pytest.fixture
def session(database: Database, add_client: AddClient, now: datetime) -> Session:
    """A session of Anna's that has just ended."""
    return add_session(database, add_client().id, now)


def add_session(
    database: Database,
    subscriber_id: int,
    ended_at: datetime,
    *,
    reference: str | None = None,
    state: SessionState = SessionState.COMPLETED,
) -> Session:
    session = Session(
        id=0,
        subscriber_id=subscriber_id,
        services=("reiki", "cupping"),
        practitioner="Mara",
        ended_at=ended_at,
        flags=frozenset({"tender"}),
        state=state,
    )
    with database.write() as connection:
        return replace(session, id=aftercare.add(connection, session, reference, ended_at))


def at(due_at: datetime, *names: str) -> list[PlannedStep]:
    """Steps due an hour after each other, from that moment on."""
    steps = [Step(name=name, offset=Offset(), note=NOTE) for name in names]
    moments = [due_at + number * HOUR for number in range(len(names))]
    return [
        PlannedStep(step=step, due_at=due, expires_at=due + 20 * HOUR) for step, due in zip(steps, moments, strict=True)
    ]


def plan(database: Database, session: Session, steps: list[PlannedStep], now: datetime) -> None:
    with database.write() as connection:
        aftercare.plan(connection, session, steps, now)


def ledger(database: Database, session: Session) -> list[Delivery]:
    with database.read() as connection:
        return list(deliveries.ledger(connection, session_id=session.id))


def set_step(database: Database, name: str, state: DeliveryState) -> None:
    with database.write() as connection:
        connection.execute(update(tables.delivery).where(tables.delivery.c.step == name).values(state=state.value))


def test_a_session_comes_out_as_it_went_in(database: Database, session: Session) -> None:
    """In the order its services were entered."""
    with database.read() as connection:
        assert aftercare.get(connection, session.id) == session


def test_a_session_that_is_not_there_is_named(database: Database) -> None:
    """With the way to find the others."""
    with pytest.raises(NotFoundError, match=r"no session 17\. List them"), database.read() as connection:
        aftercare.get(connection, 17)


def test_a_session_is_found_by_what_its_source_calls_it(
    database: Database, add_client: AddClient, now: datetime
) -> None:
    """So that an import done twice records it once."""
    added = add_session(database, add_client().id, now, reference="booking-9")
    with database.read() as connection:
        assert aftercare.find(connection, "booking-9") == added
        assert aftercare.find(connection, "booking-8") is None


def test_a_session_entered_twice_is_found_by_client_and_end(
    database: Database, session: Session, add_client: AddClient, now: datetime
) -> None:
    """Not by the end alone; and a cancelled one stands in nobody's way."""
    bob = add_client("bob@example.com")
    with database.write() as connection:
        assert aftercare.same_time(connection, session.subscriber_id, now) == session
        assert aftercare.same_time(connection, bob.id, now) is None
        aftercare.change(connection, session.id, now, state=SessionState.CANCELLED.value)
        assert aftercare.same_time(connection, session.subscriber_id, now) is None


def test_sessions_are_listed_latest_first_and_without_the_erased_ones_name(
    database: Database, session: Session, add_client: AddClient, now: datetime
) -> None:
    """What took place stays on record."""
    early = add_session(database, add_client("bob@example.com", name="Bob").id, now - HOUR)
    with database.write() as connection:
        store.erase(connection, session.subscriber_id, source="her wish", at=now)
        lines = aftercare.all_sessions(connection)
    assert [(line.session, line.email, line.name) for line in lines] == [
        (session, "", ""),
        (early, "bob@example.com", "Bob"),
    ]


@pytest.mark.parametrize(
    ("state", "visits"),
    [
        (SessionState.COMPLETED, 1),
        (SessionState.PRESUMED, 1),
        (SessionState.BOOKED, 1),
        (SessionState.NO_SHOW, 0),
        (SessionState.CANCELLED, 0),
    ],
)
def test_an_earlier_visit_is_one_that_stands(
    database: Database, session: Session, now: datetime, state: SessionState, visits: int
) -> None:
    """Neither the session itself nor a later one is earlier."""
    add_session(database, session.subscriber_id, now - HOUR, state=state)
    add_session(database, session.subscriber_id, now + HOUR)
    with database.read() as connection:
        assert aftercare.earlier_visits(connection, session.subscriber_id, session.ended_at) == visits


def test_a_booking_that_nobody_cancelled_took_place(database: Database, add_client: AddClient, now: datetime) -> None:
    """Once it has ended for long enough; a cancelled one stays so."""
    anna = add_client().id
    ended, under_way, cancelled = (
        add_session(database, anna, now - hours * HOUR, state=state)
        for hours, state in ((4, SessionState.BOOKED), (2, SessionState.BOOKED), (5, SessionState.CANCELLED))
    )
    with database.write() as connection:
        aftercare.presume_complete(connection, now - 3 * HOUR, now)
        states = [aftercare.get(connection, each.id).state for each in (ended, under_way, cancelled)]
    assert states == [SessionState.PRESUMED, SessionState.BOOKED, SessionState.CANCELLED]


def test_a_planned_step_is_a_queued_delivery(database: Database, session: Session, now: datetime) -> None:
    """In the step's stream, at its moment, without an edition yet."""
    plan(database, session, at(now + HOUR, "rest"), now)
    (delivery,) = ledger(database, session)
    assert (delivery.step, delivery.state, delivery.stream) == ("rest", DeliveryState.QUEUED, Stream.CARE)
    assert (delivery.subscriber_id, delivery.due_at, delivery.subject) == (session.subscriber_id, now + HOUR, "")


def test_planning_again_adds_only_what_is_new(database: Database, session: Session, now: datetime) -> None:
    """What is there, or was, stays as it is."""
    plan(database, session, at(now, "a", "b"), now)
    set_step(database, "a", DeliveryState.ACCEPTED)
    before = ledger(database, session)
    plan(database, session, at(now + 5 * HOUR, "a", "b", "c"), now)
    assert ledger(database, session)[:2] == before
    assert [each.step for each in ledger(database, session)] == ["a", "b", "c"]


def test_what_has_not_left_moves_with_its_session(database: Database, session: Session, now: datetime) -> None:
    """What has left does not, and a reason to wait is forgotten."""
    plan(database, session, at(now, "a", "b"), now)
    set_step(database, "a", DeliveryState.ACCEPTED)
    with database.write() as connection:
        aftercare.reschedule(connection, session.id, at(now + 9 * HOUR, "a", "b"))
    assert [(each.step, each.due_at, each.reason) for each in ledger(database, session)] == [
        ("a", now, ""),
        ("b", now + 10 * HOUR, ""),
    ]


def test_what_has_not_left_is_cancelled_but_for_what_is_to_be_kept(
    database: Database, session: Session, now: datetime
) -> None:
    """With the reason and the moment; other sessions go on."""
    other = add_session(database, session.subscriber_id, now - HOUR)
    for each in (session, other):
        plan(database, each, at(now, "a", "b", "c"), now)
    set_step(database, "a", DeliveryState.ACCEPTED)
    with database.write() as connection:
        connection.execute(
            update(tables.delivery).where(tables.delivery.c.session_id == other.id).values(state="queued")
        )
        assert aftercare.cancel_queued(connection, session.id, "it was moved", now, keep=["c"]) == 1
    assert [(each.state.value, each.reason, each.final_at) for each in ledger(database, session)] == [
        ("accepted", "", None),
        ("cancelled", "it was moved", now),
        ("queued", "", None),
    ]
    assert {each.state for each in ledger(database, other)} == {DeliveryState.QUEUED}


def test_everything_that_has_not_left_is_cancelled_where_nothing_is_to_be_kept(
    database: Database, session: Session, now: datetime
) -> None:
    """A second time there is nothing left to cancel."""
    plan(database, session, at(now, "a", "b"), now)
    with database.write() as connection:
        assert aftercare.cancel_queued(connection, session.id, "cancelled", now) == 2
        assert aftercare.cancel_queued(connection, session.id, "again", now) == 0
    assert {each.reason for each in ledger(database, session)} == {"cancelled"}


def test_a_care_mail_is_composed_when_it_is_due_and_once(
    database: Database, session: Session, edition_id: int, now: datetime
) -> None:
    """Longest due first, with its session; later ones and those that ended are not looked at."""
    plan(database, session, at(now - HOUR, "a", "b", "later", "much later"), now)
    plan(database, session, at(now - 9 * HOUR, "gone"), now)
    set_step(database, "gone", DeliveryState.CANCELLED)
    with database.write() as connection:
        due = aftercare.due_without_edition(connection, now, 10)
        assert [(each.step, each.session) for each in due] == [("a", session), ("b", session)]
        aftercare.set_edition(connection, [due[0].delivery_id], edition_id)
        assert [each.step for each in aftercare.due_without_edition(connection, now, 10)] == ["b"]


def test_what_was_cancelled_meanwhile_gets_no_edition(
    database: Database, session: Session, edition_id: int, now: datetime
) -> None:
    """Its record stays what it was."""
    plan(database, session, at(now, "a"), now)
    (delivery,) = ledger(database, session)
    set_step(database, "a", DeliveryState.CANCELLED)
    with database.write() as connection:
        aftercare.set_edition(connection, [delivery.id], edition_id)
        assert deliveries.edition_of(connection, delivery.id) is None
