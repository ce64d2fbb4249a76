"""Rules on the ledger as it is read."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, insert, select

from newsletter.domain.campaign import Campaign, CampaignState
from newsletter.domain.delivery import DeliveryState
from newsletter.store import deliveries, tables
from newsletter.store.database import Database
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber

AddClient = Callable[..., Subscriber]
StartCampaign = Callable[..., Campaign]
Queue = Callable[..., int]
MINUTE = timedelta(minutes=1)
OPEN = {DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.UNKNOWN}


def test_the_candidates_are_the_sum_of_all_states(
    database: Database, add_client: AddClient, start_campaign: StartCampaign, queue: Queue
) -> None:
    """Each state is named, also where nobody is in it; of a campaign, only its own count."""
    campaign = start_campaign()
    for number, state in enumerate(["accepted", "accepted", "failed"]):
        queue(add_client(f"p{number}@example.com").id, Stream.MARKETING, campaign_id=campaign.id, state=state)
    queue(add_client().id)
    with database.read() as connection:
        hers, everything = deliveries.counts(connection, campaign.id), deliveries.counts(connection)
    nobody = dict.fromkeys(DeliveryState, 0)
    assert hers == {"candidates": 3} | nobody | {"accepted": 2, "failed": 1}
    assert everything == {"candidates": 4} | nobody | {"accepted": 2, "failed": 1, "queued": 1}


def test_a_store_without_mail_counts_nothing(database: Database) -> None:
    """Which is not the same as an error."""
    with database.read() as connection:
        assert set(deliveries.counts(connection).values()) == {0}


def test_the_ledger_is_read_by_state_person_and_campaign(
    database: Database, add_client: AddClient, start_campaign: StartCampaign, queue: Queue, now: datetime
) -> None:
    """In the order of due times; several conditions must all hold."""
    campaign, anna, bob = start_campaign(), add_client().id, add_client("bob@example.com").id
    late = queue(anna, due_at=now + MINUTE)
    early = queue(anna, state="accepted")
    bobs = queue(bob, Stream.MARKETING, campaign_id=campaign.id, due_at=now + 2 * MINUTE)
    with database.read() as connection:
        assert [each.id for each in deliveries.ledger(connection)] == [early, late, bobs]
        assert [each.id for each in deliveries.ledger(connection, subscriber_id=anna)] == [early, late]
        assert [each.id for each in deliveries.ledger(connection, campaign_id=campaign.id)] == [bobs]
        queued = deliveries.ledger(connection, state=DeliveryState.QUEUED, subscriber_id=anna)
        assert [each.id for each in queued] == [late]


def test_who_was_erased_stays_in_the_ledger_without_her_address(
    database: Database, add_client: AddClient, queue: Queue, now: datetime
) -> None:
    """Every mail is accounted for, and nobody is named who wished not to be."""
    anna = add_client().id
    delivery = queue(anna, state="accepted")
    with database.write() as connection:
        store.erase(connection, anna, source="her wish", at=now)
        (found,) = deliveries.ledger(connection)
    assert (found.id, found.email, found.subscriber_id) == (delivery, "", anna)


def test_a_transaction_goes_on_as_before_after_the_ledger_was_read(
    database: Database, add_client: AddClient, queue: Queue
) -> None:
    """Reading a page at a time is the ledger's own business."""
    delivery = queue(add_client().id)
    with database.write() as connection:
        assert [each.id for each in deliveries.ledger(connection)] == [delivery]
        assert "yield_per" not in connection.get_execution_options()
        added = insert(tables.meta).values(key="a", value="b").returning(tables.meta.c.key)
        assert connection.execute(added).scalar_one() == "a"
        assert connection.execute(select(func.count()).select_from(tables.delivery)).scalar_one() == 1


def test_a_delivery_that_is_not_there_is_none(database: Database) -> None:
    """And so is its edition."""
    with database.read() as connection:
        assert (deliveries.get(connection, 17), deliveries.edition_of(connection, 17)) == (None, None)


def test_the_reasons_of_a_campaign_come_most_frequent_first(
    database: Database, add_client: AddClient, start_campaign: StartCampaign, queue: Queue
) -> None:
    """With the state they led to; without one nothing is to be told."""
    campaign = start_campaign()
    told = [("failed", "refused"), ("suppressed", "left"), ("suppressed", "left"), ("accepted", "")]
    for number, (state, reason) in enumerate(told):
        client = add_client(f"p{number}@example.com")
        queue(client.id, Stream.MARKETING, campaign_id=campaign.id, state=state, reason=reason)
    with database.read() as connection:
        found = deliveries.reasons(connection, campaign.id)
    assert found == [("suppressed", "left", 2), ("failed", "refused", 1)]


@pytest.mark.parametrize("state", DeliveryState)
def test_a_campaign_is_unfinished_while_a_mail_waits_or_is_in_doubt(
    database: Database, add_client: AddClient, start_campaign: StartCampaign, queue: Queue, state: DeliveryState
) -> None:
    """Doubt is no end."""
    campaign = start_campaign()
    queue(add_client().id, Stream.MARKETING, campaign_id=campaign.id, state=state.value)
    with database.read() as connection:
        assert deliveries.unfinished(connection, campaign.id) is (state in OPEN)


def test_a_campaign_of_nobody_is_finished(database: Database, start_campaign: StartCampaign) -> None:
    """There is nothing to wait for."""
    campaign = start_campaign()
    with database.read() as connection:
        assert not deliveries.unfinished(connection, campaign.id)


def test_the_next_moment_is_that_of_a_mail_or_of_a_campaign(
    database: Database, add_client: AddClient, start_campaign: StartCampaign, queue: Queue, now: datetime
) -> None:
    """Strictly after the one that is given, and of nothing that has ended."""
    start_campaign(CampaignState.SCHEDULED, due_at=now + 2 * MINUTE)
    start_campaign(CampaignState.CANCELLED, due_at=now + MINUTE)
    anna = add_client().id
    queue(anna, due_at=now)
    queue(anna, due_at=now + 3 * MINUTE)
    queue(anna, due_at=now + MINUTE, state="cancelled")
    with database.read() as connection:
        moments = [deliveries.next_due(connection, now + minutes * MINUTE) for minutes in range(4)]
    assert moments == [now + 2 * MINUTE, now + 2 * MINUTE, now + 3 * MINUTE, None]
