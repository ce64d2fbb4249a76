"""What tests of the store share: an edition, a campaign that is being sent, and deliveries that wait."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import insert

from newsletter.context import App
from newsletter.domain.campaign import Campaign, CampaignState
from newsletter.domain.delivery import PRIORITY, DeliveryState
from newsletter.domain.edition import Edition
from newsletter.store import campaigns, editions, tables
from newsletter.store.database import Database
from subscribers.consent import Stream


@pytest.fixture
def database(app: App) -> Database:
    """An empty store of the current schema, on SQLite and on PostgreSQL."""
    return app.database


@pytest.fixture
def edition() -> Edition:
    return Edition(
        stream=Stream.MARKETING, language="en", subject="Spring", preheader="", html="<p>Hello</p>", text="Hello"
    )


@pytest.fixture
def edition_id(database: Database, edition: Edition, now: datetime) -> int:
    with database.write() as connection:
        return editions.save(connection, edition, now)


@pytest.fixture
def start_campaign(database: Database, edition_id: int, now: datetime) -> Callable[..., Campaign]:
    """A campaign in a state, started now, and due now unless it is said otherwise."""

    def start(
        state: CampaignState = CampaignState.SENDING, *, due_at: datetime = now, frozen_at: datetime | None = None
    ) -> Campaign:
        with database.write() as connection:
            campaign_id = campaigns.create(
                connection,
                name="Spring",
                stream=Stream.MARKETING,
                edition_id=edition_id,
                segment="",
                articles=[],
                now=now,
            )
            draft = campaigns.get(connection, campaign_id)
            campaigns.move(connection, draft, state, due_at=due_at, started_at=now, frozen_at=frozen_at)
            return campaigns.get(connection, campaign_id)

    return start


@pytest.fixture
def queue(database: Database, edition_id: int, now: datetime) -> Callable[..., int]:
    """A queued delivery for a subscriber, due now unless its further columns say otherwise; returns its id."""

    def queue(subscriber_id: int, stream: Stream = Stream.CARE, **columns: Any) -> int:
        moment = columns.get("due_at", now)
        usual = {
            "subscriber_id": subscriber_id,
            "edition_id": edition_id,
            "stream": stream.value,
            "priority": PRIORITY[stream],
            "state": DeliveryState.QUEUED.value,
            "planned_at": moment,
            "due_at": moment,
            "created_at": now,
        }
        with database.write() as connection:
            added = connection.execute(insert(tables.delivery).values(usual | columns).returning(tables.delivery.c.id))
            return int(added.scalar_one())

    return queue
