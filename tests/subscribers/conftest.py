"""The databases that the audience is tested on: SQLite always, and a real PostgreSQL where one can be started."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, event

from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber, details
from subscribers.tables import metadata


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def key() -> bytes:
    return b"a key of thirty-two bytes, fixed"


@pytest.fixture
def database(database_url: str | None, tmp_path: Path) -> Iterator[Engine]:
    """An engine on the audience's empty tables."""
    engine = create_engine(database_url) if database_url else _sqlite(f"sqlite:///{tmp_path / 'audience.sqlite'}")
    metadata.create_all(engine, tables=_tables())
    yield engine
    engine.dispose()


@pytest.fixture
def conn(database: Engine) -> Iterator[Connection]:
    with database.begin() as connection:
        yield connection


@pytest.fixture
def scratch() -> Iterator[Engine]:
    """A quick database in memory for properties that are tried many times; each connection begins empty."""
    engine = _sqlite("sqlite://")
    metadata.create_all(engine, tables=_tables())
    yield engine
    engine.dispose()


@pytest.fixture
def add(conn: Connection, key: bytes, now: datetime) -> Callable[..., Subscriber]:
    """Adds a person by her address; further arguments are her details, `consents` the streams she agreed to."""

    def add(email: str = "anna@example.com", consents: tuple[Stream, ...] = (), **known: Any) -> Subscriber:
        return store.add(conn, details(email, **known), key=key, now=now, consents=consents)

    return add


def _tables() -> list[Any]:
    names = ("import_batch", "subscriber", "subscriber_tag", "consent", "suppression", "import_change")
    return [metadata.tables[name] for name in names]


def _sqlite(url: str) -> Engine:
    """As the program opens it: transactions begin where SQLAlchemy says so, and foreign keys hold."""
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _entry: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine
