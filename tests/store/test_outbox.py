"""Rules on claiming what is due, on what is known of it then, and on recording what was decided."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from newsletter.domain.aftercare import Session, SessionState
from newsletter.domain.campaign import Campaign, CampaignState
from newsletter.domain.delivery import Call, Delivery, DeliveryState, Member
from newsletter.domain.sending import Candidate
from newsletter.store import aftercare, calls, deciding, deliveries, outbox
from newsletter.store.database import Database
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber
from subscribers.suppression import Reason

AddClient = Callable[..., Subscriber]
Queue = Callable[..., int]
LONDON = "Europe/London"
MINUTE = timedelta(minutes=1)


def claim(database: Database, now: datetime, limit: int = 100) -> list[int]:
    with database.write() as connection:
        return list(outbox.claim(connection, now, limit).id)


def candidate(database: Database, delivery_id: int, now: datetime) -> Candidate:
    with database.read() as connection:
        (found,) = deciding.candidates(connection, [delivery_id], LONDON, now)
    return found


def delivery_of(database: Database, delivery_id: int) -> Delivery:
    with database.read() as connection:
        found = deliveries.get(connection, delivery_id)
    assert found is not None
    return found


def call_next(database: Database, edition_id: int, now: datetime, *, worker: str) -> list[int]:
    with database.write() as connection:
        members = outbox.claim(connection, now, 3).members()
        if members:
            call = Call(id=0, provider="file", edition_id=edition_id, payload_hash="", members=members, prepared_at=now)
            calls.open_call(connection, call, worker=worker, lease_until=now)
        return list(members.delivery_id)


def test_what_is_due_comes_service_first_then_care_then_newsletters(
    database: Database, add_client: AddClient, queue: Queue, now: datetime
) -> None:
    """Among equals, what has waited longest."""
    client = add_client().id
    marketing = queue(client, Stream.MARKETING, due_at=now - 9 * MINUTE)
    late, early = queue(client, due_at=now - MINUTE), queue(client, due_at=now - 2 * MINUTE)
    service = queue(client, Stream.SERVICE)
    assert claim(database, now) == [service, early, late, marketing]


@pytest.mark.parametrize(
    "columns", [{"edition_id": None}, *({"state": s.value} for s in DeliveryState if s != "queued")]
)
def test_only_what_waits_and_is_composed_is_claimed(
    database: Database, add_client: AddClient, queue: Queue, now: datetime, columns: dict[str, Any]
) -> None:
    """A state that is not queued is somebody else's business."""
    queue(add_client().id, **columns)
    assert claim(database, now) == []


def test_nothing_is_claimed_before_it_is_due(
    database: Database, add_client: AddClient, queue: Queue, now: datetime
) -> None:
    """At its very moment it is."""
    delivery = queue(add_client().id, due_at=now)
    assert claim(database, now - timedelta(microseconds=1)) == []
    assert claim(database, now) == [delivery]


def test_no_more_is_claimed_than_asked_for(
    database: Database, add_client: AddClient, queue: Queue, now: datetime
) -> None:
    """A call has a size."""
    first, *_ = [queue(add_client().id) for _ in range(3)]
    assert claim(database, now, limit=1) == [first]


@pytest.mark.parametrize(
    ("state", "frozen", "claimed"),
    [
        (CampaignState.SENDING, True, True),
        (CampaignState.SENDING, False, False),
        (CampaignState.PAUSED, True, False),
        (CampaignState.SCHEDULED, False, False),
        (CampaignState.SENT, True, False),
    ],
)
def test_a_campaigns_mail_leaves_only_while_it_is_being_sent_to_a_frozen_audience(
    database: Database,
    add_client: AddClient,
    queue: Queue,
    start_campaign: Callable[..., Campaign],
    now: datetime,
    state: CampaignState,
    frozen: bool,
    claimed: bool,
) -> None:
    """Pausing holds what is queued, and nobody gets it before everybody is accounted for."""
    campaign = start_campaign(state, frozen_at=now if frozen else None)
    delivery = queue(add_client().id, Stream.MARKETING, campaign_id=campaign.id)
    assert claim(database, now) == ([delivery] if claimed else [])


@pytest.mark.parametrize(
    ("state", "stands"), [(CampaignState.SENDING, True), (CampaignState.PAUSED, True), (CampaignState.CANCELLED, False)]
)
def test_a_newsletter_stands_and_falls_with_its_campaign(
    database: Database,
    add_client: AddClient,
    queue: Queue,
    start_campaign: Callable[..., Campaign],
    now: datetime,
    state: CampaignState,
    stands: bool,
) -> None:
    """Paused is not cancelled."""
    delivery = queue(add_client().id, Stream.MARKETING, campaign_id=start_campaign(state).id)
    assert candidate(database, delivery, now).campaign_stands is stands


def test_a_mail_that_comes_back_after_its_campaign_was_cancelled_is_claimed_to_be_cancelled(
    database: Database, add_client: AddClient, queue: Queue, start_campaign: Callable[..., Campaign], now: datetime
) -> None:
    """It was on its way then, did not leave, and would wait for ever."""
    campaign = start_campaign(CampaignState.CANCELLED, frozen_at=now)
    delivery = queue(add_client().id, Stream.MARKETING, campaign_id=campaign.id)
    assert claim(database, now) == [delivery]


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True, ids=["postgresql"]
)
def test_two_workers_never_hold_one_person(
    database: Database, add_client: AddClient, queue: Queue, now: datetime
) -> None:
    """Neither the same delivery nor another one to the same reader."""
    anna, bob = add_client("anna@example.com").id, add_client("bob@example.com").id
    first, _second, bobs = queue(anna), queue(anna, Stream.MARKETING), queue(bob, Stream.MARKETING)
    with database.write() as one, database.write() as two:
        assert outbox.claim(one, now, 1).id == (first,)
        assert outbox.claim(two, now, 100).id == (bobs,)


def test_two_workers_share_out_everything_once(
    database: Database, add_client: AddClient, queue: Queue, edition_id: int, now: datetime
) -> None:
    """Whoever claims a delivery opens its call in the same transaction."""
    waiting = [queue(add_client(f"p{number}@example.com").id) for number in range(20)]
    start = threading.Barrier(2)

    def work(worker: int) -> list[int]:
        start.wait()
        called: list[int] = []
        while ids := call_next(database, edition_id, now, worker=str(worker)):
            called += ids
        return called

    with ThreadPoolExecutor(2) as pool:
        shares = list(pool.map(work, range(2)))
    assert sorted(shares[0] + shares[1]) == waiting


def test_nothing_stands_in_the_way_of_a_client_like_any_other(
    database: Database, add_client: AddClient, queue: Queue, now: datetime
) -> None:
    """Her own zone, or else the studio's."""
    anna = add_client(timezone="Asia/Tokyo")
    delivery = queue(anna.id, expires_at=now + MINUTE)
    assert candidate(database, delivery, now) == Candidate(
        delivery_id=delivery,
        subscriber_id=anna.id,
        stream=Stream.CARE,
        timezone="Asia/Tokyo",
        reachable=True,
        suppression=None,
        consent=True,
        session_stands=True,
        campaign_stands=True,
        expires_at=now + MINUTE,
        last_mail_at=None,
        care_due_at=None,
    )
    assert candidate(database, queue(add_client("bob@example.com").id), now).timezone == LONDON


def test_a_member_is_frozen_with_all_that_her_message_is_made_of(
    database: Database, add_client: AddClient, queue: Queue, now: datetime
) -> None:
    """The attempts of before are counted."""
    anna = add_client(name="Anna Smith")
    delivery = queue(anna.id, attempts=2)
    with database.write() as connection:
        (member,) = outbox.claim(connection, now, 1).members()
    assert member == Member(
        delivery_id=delivery,
        subscriber_id=anna.id,
        email="anna@example.com",
        name="Anna Smith",
        first_name="Anna",
        practitioner="",
        attempt=3,
    )


@pytest.mark.parametrize("state", SessionState)
def test_a_care_mail_stands_and_falls_with_its_session(
    database: Database, add_client: AddClient, queue: Queue, now: datetime, state: SessionState
) -> None:
    """Booked, presumed or completed it stands; the practitioner's name comes with it."""
    anna = add_client()
    session = Session(id=0, subscriber_id=anna.id, services=("reiki",), practitioner="Mara", ended_at=now, state=state)
    with database.write() as connection:
        session_id = aftercare.add(connection, session, None, now)
    delivery = queue(anna.id, session_id=session_id, step="a")
    stands = state in (SessionState.BOOKED, SessionState.PRESUMED, SessionState.COMPLETED)
    assert candidate(database, delivery, now).session_stands is stands
    with database.write() as connection:
        claimed = outbox.claim(connection, now, 1)
    assert (claimed.practitioner, bool(claimed.questionable[0])) == (("Mara",), not stands)


def test_consent_is_looked_up_for_the_stream_of_each_mail(
    database: Database, add_client: AddClient, queue: Queue, now: datetime
) -> None:
    """A service mail needs none."""
    anna = add_client(consents=(Stream.CARE,)).id
    allowed = {stream: candidate(database, queue(anna, stream), now).consent for stream in Stream}
    assert allowed == {Stream.CARE: True, Stream.MARKETING: False, Stream.SERVICE: True}


def test_suppression_is_looked_up_for_the_stream_of_each_mail(
    database: Database, add_client: AddClient, queue: Queue, now: datetime
) -> None:
    """Leaving newsletters is not leaving care."""
    anna = add_client().id
    with database.write() as connection:
        store.withdraw(connection, anna, Stream.MARKETING, source="link", at=now)
    reasons = {stream: candidate(database, queue(anna, stream), now).suppression for stream in Stream}
    assert reasons == {Stream.CARE: None, Stream.MARKETING: Reason.UNSUBSCRIBE, Stream.SERVICE: None}


def test_who_was_erased_cannot_be_reached(
    database: Database, add_client: AddClient, queue: Queue, now: datetime
) -> None:
    """Not even by what was queued before."""
    anna = add_client().id
    delivery = queue(anna)
    with database.write() as connection:
        store.erase(connection, anna, source="her wish", at=now)
    assert candidate(database, delivery, now).reachable is False


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        (DeliveryState.SENDING, True),
        (DeliveryState.ACCEPTED, True),
        (DeliveryState.UNKNOWN, True),
        (DeliveryState.BOUNCED, True),
        (DeliveryState.QUEUED, False),
        (DeliveryState.FAILED, False),
        (DeliveryState.SUPPRESSED, False),
    ],
)
def test_a_mail_that_left_or_may_have_left_counts_as_her_latest(
    database: Database, add_client: AddClient, queue: Queue, now: datetime, state: DeliveryState, counts: bool
) -> None:
    """What certainly did not leave does not."""
    anna = add_client().id
    queue(anna, state=state.value, called_at=now - MINUTE)
    assert candidate(database, queue(anna), now).last_mail_at == (now - MINUTE if counts else None)


def test_her_latest_mail_is_no_service_mail_and_no_one_elses(
    database: Database, add_client: AddClient, queue: Queue, now: datetime
) -> None:
    """Nor the very delivery that is looked at."""
    anna, bob = add_client("anna@example.com").id, add_client("bob@example.com").id
    queue(anna, Stream.SERVICE, state="accepted", called_at=now)
    queue(bob, state="accepted", called_at=now)
    assert candidate(database, queue(anna, called_at=now - MINUTE), now).last_mail_at is None


def test_a_newsletter_knows_of_the_care_mail_that_waits_for_her(
    database: Database, add_client: AddClient, queue: Queue, now: datetime
) -> None:
    """The next one that is still to leave, composed or not."""
    anna = add_client().id
    queue(anna, state="cancelled", due_at=now)
    for hours in (30, 3):
        queue(anna, due_at=now + timedelta(hours=hours), edition_id=None)
    newsletter = queue(anna, Stream.MARKETING)
    assert candidate(database, newsletter, now).care_due_at == now + timedelta(hours=3)


def test_a_postponed_mail_has_a_new_moment_and_its_reason(
    database: Database, add_client: AddClient, queue: Queue, now: datetime
) -> None:
    """It stays queued."""
    delivery = queue(add_client().id)
    with database.write() as connection:
        outbox.postpone(connection, [(delivery, now + MINUTE, "quiet hours")])
    found = delivery_of(database, delivery)
    assert (found.state, found.due_at, found.reason) == (DeliveryState.QUEUED, now + MINUTE, "quiet hours")


def test_a_suppressed_mail_has_come_to_its_end(
    database: Database, add_client: AddClient, queue: Queue, now: datetime
) -> None:
    """With the moment and the reason."""
    delivery = queue(add_client().id)
    with database.write() as connection:
        outbox.end(connection, [(delivery, DeliveryState.SUPPRESSED, "has unsubscribed")], now)
    found = delivery_of(database, delivery)
    assert (found.state, found.reason, found.final_at) == (DeliveryState.SUPPRESSED, "has unsubscribed", now)


def test_what_came_to_its_end_meanwhile_is_neither_moved_nor_ended_again(
    database: Database, add_client: AddClient, queue: Queue, now: datetime
) -> None:
    """Its first reason is the true one."""
    delivery = queue(add_client().id, state="cancelled", reason="the session was cancelled", final_at=now)
    before = delivery_of(database, delivery)
    with database.write() as connection:
        outbox.end(connection, [(delivery, DeliveryState.SUPPRESSED, "too late")], now + MINUTE)
        outbox.postpone(connection, [(delivery, now + MINUTE, "quiet hours")])
    assert delivery_of(database, delivery) == before


def test_nothing_decided_is_nothing_written(database: Database, now: datetime) -> None:
    """An empty list is no fault."""
    with database.write() as connection:
        outbox.postpone(connection, [])
        outbox.end(connection, [], now)
