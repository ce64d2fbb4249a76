"""A campaign for many readers, a mail service that keeps its own list, and what both lists must agree on."""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import insert

from newsletter import campaigns
from newsletter.context import App
from newsletter.domain.article import Article, Paragraph, inline
from newsletter.domain.delivery import Delivery, DeliveryState
from newsletter.store import articles, deliveries
from subscribers.consent import Basis, ConsentAction, Stream
from subscribers.suppression import address_hash
from subscribers.tables import consent, subscriber
from tests.fault_server.server import FaultServer

FULL = os.environ.get("AFTERGLOW_FULL") == "1"  # the long run; the gate has a short one

ARTICLE = Article(
    title="Resting well", source="resting.txt", blocks=(Paragraph(spans=inline("Sit down for a while.")),)
)


@pytest.fixture(autouse=True)
def direct_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is not reached through the proxy of the computer that runs the tests."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """The mail services; `server.journal` is the judge of what was accepted."""
    faulty = FaultServer()
    faulty.start()
    yield faulty
    faulty.stop()


def add_readers(app: App, count: int, now: datetime) -> None:
    """Adds reader-1@example.com and so on, who agreed to newsletters, to a store without people: all at once."""
    people: list[dict[str, Any]] = []
    consents: list[dict[str, Any]] = []
    for number in range(1, count + 1):
        email = f"reader-{number}@example.com"
        hashed = address_hash(email, app.key)
        people.append({"id": number, "email": email, "address_hash": hashed, "name": "", "created_at": now})
        consents.append(
            {
                "subscriber_id": number,
                "stream": Stream.MARKETING.value,
                "action": ConsentAction.GRANTED.value,
                "basis": Basis.EXPRESS.value,
                "at": now,
            }
        )
    with app.database.write() as connection:
        connection.execute(insert(subscriber), people)
        connection.execute(insert(consent), consents)


def launch(app: App, now: datetime, due_at: datetime | None = None) -> int:
    """A campaign with a small article for everybody, due at once unless it is said otherwise."""
    with app.database.write() as connection:
        article_id, _ = articles.save(connection, ARTICLE, now)
    campaign_id = campaigns.create(app, article_ids=[article_id], now=now)
    campaigns.launch(app, campaign_id, due_at or now)
    return campaign_id


def ledger(app: App, campaign_id: int) -> dict[str, Delivery]:
    """The deliveries of a campaign by the id that their mails carry."""
    with app.database.read() as connection:
        rows = list(deliveries.ledger(connection, campaign_id=campaign_id))
    return {f"{app.store_id}-{row.id}": row for row in rows}


def settings_of(app: App) -> dict[str, Any]:
    """With which another process opens the same home."""
    return {name: getattr(app.settings, name) for name in app.settings.model_fields_set}


def accepted_ids(server: FaultServer) -> list[str]:
    """Our ids of the mails that the services took, each as often as it was taken."""
    return [each.mid for each in list(server.journal.accepted)]


def in_state(rows: dict[str, Delivery], state: DeliveryState) -> set[str]:
    return {id for id, row in rows.items() if row.state is state}


def doubled(ids: list[str]) -> list[str]:
    """What the service accepted more than once."""
    return [id for id, times in Counter(ids).items() if times > 1]
