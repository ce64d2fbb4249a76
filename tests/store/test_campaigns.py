"""Rules on campaigns in the store, and on the freezing of their audience."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from newsletter.context import App
from newsletter.domain.campaign import Campaign, CampaignState
from newsletter.domain.delivery import Delivery, DeliveryState
from newsletter.errors import NotFoundError
from newsletter.store import campaigns, deliveries, tables
from newsletter.store.database import Database
from subscribers import store
from subscribers.consent import Basis, Stream, offer
from subscribers.segment import EVERYONE, Segment, parse
from subscribers.subscriber import Subscriber
from subscribers.suppression import Reason

AddClient = Callable[..., Subscriber]
StartCampaign = Callable[..., Campaign]


def freeze_one_chunk(
    database: Database, campaign: Campaign, now: datetime, segment: Segment = EVERYONE, *, size: int = 100
) -> bool:
    with database.write() as connection:
        return campaigns.freeze_chunk(connection, campaign, segment, {"": now}, size=size, now=now)


def freeze(database: Database, campaign: Campaign, now: datetime, *, size: int = 100) -> None:
    while freeze_one_chunk(database, campaign, now, size=size):
        pass


def crash_in_a_chunk(database: Database, campaign: Campaign, now: datetime) -> None:
    with database.write() as connection:
        campaigns.freeze_chunk(connection, campaign, EVERYONE, {"": now}, size=2, now=now)
        raise KeyboardInterrupt


def ledger(database: Database, campaign: Campaign) -> list[Delivery]:
    with database.read() as connection:
        return list(deliveries.ledger(connection, campaign_id=campaign.id))


def test_who_may_get_it_is_queued(
    database: Database, add_client: AddClient, start_campaign: StartCampaign, now: datetime
) -> None:
    """With the campaign's edition and stream, due at its moment."""
    anna, campaign = add_client(), start_campaign()
    freeze(database, campaign, now)
    (delivery,) = ledger(database, campaign)
    assert (delivery.subscriber_id, delivery.subject, delivery.stream) == (anna.id, "Spring", Stream.MARKETING)
    assert (delivery.state, delivery.reason, delivery.due_at) == (DeliveryState.QUEUED, "", now)
    assert delivery.final_at is None


@pytest.mark.parametrize("consents", [(), (Stream.CARE,)])
def test_who_has_not_agreed_is_in_the_ledger_with_that_reason(
    database: Database,
    add_client: AddClient,
    start_campaign: StartCampaign,
    now: datetime,
    consents: tuple[Stream, ...],
) -> None:
    """To have agreed to care is not to have agreed to newsletters; and it is final at once."""
    add_client(consents=consents)
    campaign = start_campaign()
    freeze(database, campaign, now)
    (delivery,) = ledger(database, campaign)
    assert (delivery.state, delivery.reason) == (DeliveryState.SUPPRESSED, "has not agreed to newsletters")
    assert delivery.final_at == now


def test_a_consent_that_has_ended_is_none(
    database: Database, add_client: AddClient, start_campaign: StartCampaign, now: datetime
) -> None:
    """In Canada a purchase allows newsletters for two years."""
    anna, campaign = add_client(consents=(), country="CA"), start_campaign()
    bought = offer(Stream.MARKETING, Basis.IMPLIED_PURCHASE, country="CA", source="till", at=now - timedelta(days=800))
    with database.write() as connection:
        store.grant(connection, anna.id, bought)
    freeze(database, campaign, now)
    assert ledger(database, campaign)[0].reason == "has not agreed to newsletters"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason.UNSUBSCRIBE, "has unsubscribed"),
        (Reason.BY_HAND, "was taken off by hand"),
        (Reason.HARD_BOUNCE, "the address refuses mail"),
        (Reason.COMPLAINT, "reported a mail as spam"),
    ],
)
def test_who_is_suppressed_is_in_the_ledger_with_her_reason(
    database: Database,
    add_client: AddClient,
    start_campaign: StartCampaign,
    now: datetime,
    reason: Reason,
    words: str,
) -> None:
    """A suppression outweighs a consent."""
    anna, campaign = add_client(), start_campaign()
    with database.write() as connection:
        hashed = store.hash_of(connection, anna.id)
        store.suppress(connection, hashed, Stream.MARKETING, reason=reason, source="test", at=now)
    freeze(database, campaign, now)
    assert [(each.state, each.reason) for each in ledger(database, campaign)] == [(DeliveryState.SUPPRESSED, words)]


def test_who_left_care_mails_alone_still_gets_newsletters(
    database: Database, add_client: AddClient, start_campaign: StartCampaign, now: datetime
) -> None:
    """A suppression blocks its own stream."""
    anna, campaign = add_client(), start_campaign()
    with database.write() as connection:
        store.withdraw(connection, anna.id, Stream.CARE, source="link", at=now)
    freeze(database, campaign, now)
    assert [each.state for each in ledger(database, campaign)] == [DeliveryState.QUEUED]


def test_who_was_erased_is_no_candidate(
    database: Database, add_client: AddClient, start_campaign: StartCampaign, now: datetime
) -> None:
    """Nothing is written about her any more."""
    anna, campaign = add_client(), start_campaign()
    with database.write() as connection:
        store.erase(connection, anna.id, source="her wish", at=now)
    freeze(database, campaign, now)
    assert ledger(database, campaign) == []


def test_who_is_not_of_the_segment_is_no_candidate(
    database: Database, add_client: AddClient, start_campaign: StartCampaign, now: datetime
) -> None:
    """The audience is the segment's, agreed or not."""
    add_client("anna@example.com", tags=("regulars",))
    add_client("bob@example.com", tags=("regulars",), consents=())
    add_client("carla@example.com")
    campaign = start_campaign()
    assert freeze_one_chunk(database, campaign, now, parse("tag:regulars"))
    assert [each.email for each in ledger(database, campaign)] == ["anna@example.com", "bob@example.com"]


def test_each_gets_it_at_the_time_of_her_zone(
    database: Database, add_client: AddClient, start_campaign: StartCampaign, now: datetime
) -> None:
    """Who has no zone, or one that nobody thought of, gets it at the usual time."""
    for name, zone in (("anna", "Europe/Paris"), ("bob", "Asia/Tokyo"), ("carla", ""), ("dora", "Asia/Seoul")):
        add_client(f"{name}@example.com", timezone=zone)
    campaign, hour = start_campaign(), timedelta(hours=1)
    due: Mapping[str, datetime] = {"": now, "Europe/Paris": now + hour, "Asia/Tokyo": now + 2 * hour}
    with database.write() as connection:
        campaigns.freeze_chunk(connection, campaign, EVERYONE, due, size=100, now=now)
    hers = {each.email.partition("@")[0]: (each.due_at - now) / hour for each in ledger(database, campaign)}
    assert hers == {"anna": 1, "bob": 2, "carla": 0, "dora": 0}


def test_the_time_zones_of_the_audience_are_known(database: Database, add_client: AddClient) -> None:
    """Each once, and the missing one as nothing."""
    for number, zone in enumerate(["Europe/Paris", "", "Europe/Paris"]):
        add_client(f"p{number}@example.com", timezone=zone)
    with database.read() as connection:
        assert sorted(campaigns.timezones(connection)) == ["", "Europe/Paris"]


def test_freezing_goes_on_where_a_crash_left_it(
    database: Database, add_client: AddClient, start_campaign: StartCampaign, now: datetime
) -> None:
    """A chunk that was under way is done again, whole; those before it are not."""
    for number in range(5):
        add_client(f"p{number}@example.com")
    campaign = start_campaign()
    freeze_one_chunk(database, campaign, now, size=2)
    with pytest.raises(KeyboardInterrupt):
        crash_in_a_chunk(database, campaign, now)
    assert len(ledger(database, campaign)) == 2
    freeze(database, campaign, now, size=2)
    assert [each.email for each in ledger(database, campaign)] == [f"p{number}@example.com" for number in range(5)]


def test_freezing_from_the_start_again_adds_nobody_twice(
    database: Database, add_client: AddClient, start_campaign: StartCampaign, now: datetime
) -> None:
    """And nobody's state is set back."""
    add_client("anna@example.com")
    add_client("bob@example.com", consents=())
    campaign = start_campaign()
    freeze(database, campaign, now)
    before = ledger(database, campaign)
    with database.write() as connection:
        connection.execute(update(tables.campaign).values(frozen_through=0))
    freeze(database, campaign, now + timedelta(hours=1))
    assert ledger(database, campaign) == before


def test_two_workers_may_freeze_at_once(
    database: Database, add_client: AddClient, start_campaign: StartCampaign, now: datetime
) -> None:
    """Everybody is in it, and nobody twice."""
    for number in range(9):
        add_client(f"p{number}@example.com")
    campaign, start = start_campaign(), threading.Barrier(2)

    def work(_: int) -> None:
        start.wait()
        freeze(database, campaign, now, size=2)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))
    assert sorted(each.email for each in ledger(database, campaign)) == [f"p{n}@example.com" for n in range(9)]


@pytest.mark.parametrize(
    ("state", "frozen", "unfinished"),
    [
        (CampaignState.SENDING, False, True),
        (CampaignState.SCHEDULED, False, True),
        (CampaignState.SENDING, True, False),
        (CampaignState.PAUSED, False, False),
        (CampaignState.CANCELLED, False, False),
    ],
)
def test_an_audience_is_frozen_only_while_its_campaign_goes_out(
    database: Database,
    start_campaign: StartCampaign,
    now: datetime,
    state: CampaignState,
    frozen: bool,
    unfinished: bool,
) -> None:
    """Who was added to a cancelled campaign would wait for ever."""
    campaign = start_campaign(state, frozen_at=now if frozen else None)
    with database.write() as connection:
        assert campaigns.hold_for_freezing(connection, campaign) is unfinished


def test_of_two_moves_at_once_only_the_first_counts(
    database: Database, start_campaign: StartCampaign, now: datetime
) -> None:
    """The second is told that the campaign was not where it thought."""
    campaign = start_campaign()
    with database.write() as connection:
        assert campaigns.move(connection, campaign, CampaignState.PAUSED, "by hand")
        assert not campaigns.move(connection, campaign, CampaignState.SENT, finished_at=now)
        moved = campaigns.get(connection, campaign.id)
    assert (moved.state, moved.reason, moved.finished_at) == (CampaignState.PAUSED, "by hand", None)


def test_cancelling_ends_only_what_has_not_left(
    database: Database,
    add_client: AddClient,
    start_campaign: StartCampaign,
    queue: Callable[..., int],
    now: datetime,
) -> None:
    """What is on its way arrives; what was suppressed keeps its reason."""
    campaign, other = start_campaign(), start_campaign()
    states = ("queued", "sending", "accepted", "suppressed", "unknown")
    for state in states:
        queue(add_client(f"{state}@example.com").id, Stream.MARKETING, campaign_id=campaign.id, state=state)
    queue(add_client().id, Stream.MARKETING, campaign_id=other.id)
    with database.write() as connection:
        assert campaigns.cancel_queued(connection, campaign.id, "changed my mind", now) == 1
    found = {each.email.partition("@")[0]: (each.state.value, each.reason) for each in ledger(database, campaign)}
    assert found == {state: (state, "") for state in states} | {"queued": ("cancelled", "changed my mind")}


def test_campaigns_are_found_by_number_name_and_state(app: App, start_campaign: StartCampaign, now: datetime) -> None:
    """The latest of a name; by state, the first to be sent comes first."""
    late, early = start_campaign(due_at=now + timedelta(hours=1)), start_campaign(due_at=now)
    with app.database.read() as connection:
        assert campaigns.get(connection, late.id) == late
        assert campaigns.find(connection, "Spring") == early
        assert campaigns.find(connection, "Autumn") is None
        assert campaigns.all_campaigns(connection) == [early, late]
        assert campaigns.in_state(connection, CampaignState.SENDING, CampaignState.PAUSED) == [early, late]
        assert campaigns.in_state(connection, CampaignState.PAUSED) == []


def test_a_campaign_that_is_not_there_is_named(database: Database) -> None:
    """With the way to find the others."""
    with pytest.raises(NotFoundError, match=r"no campaign 17\. List them"), database.read() as connection:
        campaigns.get(connection, 17)
