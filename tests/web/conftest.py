"""The pages over an App of their own: as a test client, and as a real server on loopback."""

import re
import socket
from collections.abc import Callable, Iterator
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page

from newsletter import campaigns
from newsletter.context import App
from newsletter.domain.article import Article, Paragraph, inline
from newsletter.store import articles
from newsletter.web import create_app
from newsletter.web.server import serving
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber
from tests.conftest import OpenHome

Streams = Callable[[int], set[Stream]]
Outbox = Callable[[], list[EmailMessage]]
Open = Callable[..., Page]
PHONE, DESK = {"width": 375, "height": 740}, {"width": 1280, "height": 800}


@pytest.fixture
def database_url() -> None:
    """The pages only talk to flows, which are tested on both databases; here SQLite is enough."""


@pytest.fixture(scope="session")
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def app(open_home: OpenHome, free_port: int) -> Iterator[App]:
    """An App whose mails lead to the server that `site` starts."""
    with open_home(public_url=f"http://127.0.0.1:{free_port}") as opened:
        yield opened


@pytest.fixture
def pages(app: App, now: datetime) -> FlaskClient:
    return create_app(app, lambda: now).test_client()


@pytest.fixture
def site(app: App, now: datetime, free_port: int) -> Iterator[str]:
    """The address of the pages on a real server, which is where the links of the App lead."""
    with serving(create_app(app, lambda: now), "127.0.0.1", free_port) as address:
        yield address


@pytest.fixture
def mail_program() -> Iterator[requests.Session]:
    """It keeps no cookie of ours, has no login, and reaches loopback without the computer's proxy."""
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def suppressed(app: App) -> Streams:
    """Which streams are suppressed for a person."""

    def read(subscriber_id: int) -> set[Stream]:
        with app.database.read() as connection:
            hashed = store.hash_of(connection, subscriber_id)
            found = {entry.stream for entry in store.suppressions(connection, hashed)}
        return {stream for stream in Stream if found & {stream.value, "all"}}

    return read


@pytest.fixture
def launched(app: App, add_client: Callable[..., Subscriber], now: datetime) -> int:
    """A newsletter that has just left, to Anna: its campaign's id."""
    add_client(name="Anna Okafor")
    return send_newsletter(app, now, "Rest Is Part of the Work")


@pytest.fixture
def outbox(app: App) -> Outbox:
    """The mails that left so far, in the order they left."""
    folder = app.settings.home / "outbox" / "new"

    def read() -> list[EmailMessage]:
        files = sorted(folder.glob("*.eml"), key=lambda file: int(file.stem.rpartition("-")[2]))
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]

    return read


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Opens a page of a given size and colour scheme, in a browser that knows nobody."""
    contexts = []

    def open_page(url: str, **settings: Any) -> Page:
        context = browser.new_context(**{"viewport": PHONE} | settings)
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()


def send_newsletter(app: App, now: datetime, title: str) -> int:
    """A newsletter to everybody who may get one, out at `now`; returns its campaign's id."""
    article = Article(title=title, source=title, blocks=(Paragraph(spans=inline("Sit down for a while.")),))
    with app.database.write() as connection:
        article_id, _ = articles.save(connection, article, now)
    campaign_id = campaigns.create(app, article_ids=[article_id], now=now)
    campaigns.launch(app, campaign_id, now)
    tick(app, lambda: now)
    return campaign_id


def part_of(mail: EmailMessage, kind: Literal["html", "plain"]) -> str:
    """The text of that part of a mail."""
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def path_of(url: str) -> str:
    """What the test client asks for of an address in a mail."""
    return urlsplit(url).path


def words_of(html: str) -> str:
    """What can be read on a page, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def faults(page: Page, only: tuple[str, ...] = ()) -> list[str]:
    """What axe-core finds wrong with a page, in its words; by all of its rules, or by those with the tags `only`."""
    options = {"runOnly": only} if only else {}
    return [f"{each['id']}: {each['help']}" for each in Axe().run(page, options=options).response["violations"]]
