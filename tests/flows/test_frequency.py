"""How many newsletters a reader wishes for counts when an audience is frozen and when a mail leaves."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from newsletter import campaigns
from newsletter.context import App
from newsletter.domain.delivery import DeliveryState
from newsletter.worker import tick
from subscribers import store
from subscribers.subscriber import Frequency, Subscriber
from tests.flows.conftest import ledger, make_campaign

AddClient = Callable[..., Subscriber]
ONE_A_WEEK = "wishes for one newsletter a week at most"
ONE_A_MONTH = "wishes for one newsletter a month at most"


def wish(app: App, person: Subscriber, frequency: Frequency, now: datetime) -> None:
    with app.database.write() as connection:
        store.wish(connection, person.id, language="", frequency=frequency, at=now)


def send(app: App, now: datetime) -> tuple[DeliveryState, str]:
    """A newsletter to everybody, and what became of it for Anna."""
    campaign_id = make_campaign(app, now, name=f"{now:%d %B}")
    campaigns.launch(app, campaign_id, now)
    tick(app, lambda: now)
    (hers,) = (each for each in ledger(app) if each.campaign_id == campaign_id)
    return hers.state, hers.reason


@pytest.mark.parametrize(
    ("frequency", "days", "expected"),
    [
        (Frequency.EVERY, 2, (DeliveryState.ACCEPTED, "")),
        (Frequency.WEEKLY, 2, (DeliveryState.SUPPRESSED, ONE_A_WEEK)),
        (Frequency.WEEKLY, 7, (DeliveryState.ACCEPTED, "")),
        (Frequency.MONTHLY, 7, (DeliveryState.SUPPRESSED, ONE_A_MONTH)),
        (Frequency.MONTHLY, 28, (DeliveryState.ACCEPTED, "")),
    ],
)
def test_she_gets_no_more_than_she_wishes_for(
    app: App, add_client: AddClient, now: datetime, frequency: Frequency, days: int, expected: tuple[DeliveryState, str]
) -> None:
    """What comes on the same weekday every week, or every fourth week, is weekly and monthly."""
    wish(app, add_client(), frequency, now)
    assert send(app, now) == (DeliveryState.ACCEPTED, "")
    assert send(app, now + timedelta(days=days)) == expected


def test_of_two_that_were_frozen_together_the_second_is_left_out_as_it_would_leave(
    app: App, add_client: AddClient, now: datetime
) -> None:
    """When their audience was frozen, neither had left."""
    wish(app, add_client(), Frequency.WEEKLY, now)
    for name in ("first", "second"):
        campaigns.launch(app, make_campaign(app, now, name=name), now)
    tick(app, lambda: now)
    tick(app, lambda: now + timedelta(days=1))
    assert [each.state for each in ledger(app)] == [DeliveryState.ACCEPTED, DeliveryState.SUPPRESSED]
    assert [each.reason for each in ledger(app)] == ["", ONE_A_WEEK]


def test_a_wish_counts_from_the_moment_it_is_made(app: App, add_client: AddClient, now: datetime) -> None:
    """Also for a mail that waits already."""
    anna, later = add_client(), now + timedelta(days=3)
    send(app, now)
    campaigns.launch(app, make_campaign(app, now, name="later"), later)
    tick(app, lambda: later - timedelta(minutes=4))
    assert ledger(app)[1].state is DeliveryState.QUEUED
    wish(app, anna, Frequency.MONTHLY, later)
    tick(app, lambda: later)
    assert (ledger(app)[1].state, ledger(app)[1].reason) == (DeliveryState.SUPPRESSED, ONE_A_MONTH)
