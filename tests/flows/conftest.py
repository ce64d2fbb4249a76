"""A campaign ready to be sent, through a mail service that can fail."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from newsletter import campaigns
from newsletter.context import App
from newsletter.domain.article import Article, Paragraph, inline
from newsletter.domain.delivery import Delivery
from newsletter.store import articles, deliveries
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import details
from tests.conftest import OpenHome
from tests.providers.resend_server import API_KEY, ResendServer

ARTICLE = Article(
    title="Resting well", source="resting.txt", blocks=(Paragraph(spans=inline("Sit down for a while.")),)
)


@pytest.fixture(autouse=True)
def direct_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is not reached through the proxy of the computer that runs the tests."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.fixture
def resend() -> Iterator[ResendServer]:
    server = ResendServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def resend_settings(resend: ResendServer) -> dict[str, object]:
    return {
        "provider": "resend",
        "resend_api_key": API_KEY,
        "resend_url": resend.url,
        "public_url": "https://juniper.example",
    }


@pytest.fixture
def resend_app(open_home: OpenHome, resend_settings: dict[str, object]) -> Iterator[App]:
    """An App that sends through Resend's API, as our server on loopback speaks it."""
    with open_home(**resend_settings) as opened:
        yield opened


def add_readers(app: App, count: int, now: datetime) -> None:
    """Adds reader-0@example.com and so on, who agreed to newsletters."""
    with app.database.write() as connection:
        for number in range(count):
            person = details(f"reader-{number}@example.com", name=f"Reader {number}", language="en")
            store.add(connection, person, key=app.key, now=now, consents=[Stream.MARKETING])


def make_campaign(app: App, now: datetime, name: str = "Letter", segment: str = "") -> int:
    """A draft with a small article for everybody."""
    with app.database.write() as connection:
        article_id, _ = articles.save(connection, ARTICLE, now)
    return campaigns.create(app, article_ids=[article_id], name=name, segment=segment, now=now)


def launch(app: App, now: datetime) -> int:
    """A campaign that is due at once, and one beat of the clockwork."""
    campaign_id = make_campaign(app, now)
    campaigns.launch(app, campaign_id, now)
    tick(app, lambda: now)
    return campaign_id


def ledger(app: App) -> list[Delivery]:
    with app.database.read() as connection:
        return list(deliveries.ledger(connection))


def states(app: App) -> dict[str, int]:
    """How many deliveries stand in each state, those with none left out."""
    with app.database.read() as connection:
        counts = deliveries.counts(connection)
    return {state: number for state, number in counts.items() if number and state != "candidates"}
