"""The database: one engine, short transactions, and the schema brought up to date."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    ExceptionContext,
    Select,
    Table,
    create_engine,
    event,
    inspect,
    text,
)
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from newsletter.errors import StoreError
from newsletter.store.meta import name_store

HEAD = "0015"  # the newest migration; a test holds it against the folder
_WRITES = "afterglow_writes"


class Database:
    """The store behind a URL: `sqlite:///path` or `postgresql+psycopg://...`.

    A transaction is either a reading or a writing one, and never spans a network call.
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one moment of the store."""
        with _in_plain_words(), self.engine.connect() as connection:
            if not self.is_sqlite:  # which does so by itself
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that changes the store: all of it, or nothing. On SQLite writers queue up from its start."""
        with _in_plain_words(), self.engine.connect() as connection:
            connection.execution_options(**{_WRITES: True})
            with connection.begin():
                yield connection

    def upgrade(self) -> None:
        """Creates the schema, or brings an older one up to date. Safe with several processes at once.

        Raises StoreError where a newer program wrote the store.
        """
        with self.read() as connection:
            if _version(connection) == HEAD:
                return
        from newsletter.store.migrations.run import upgrade  # Alembic costs a fifth of a second to import

        with self.write() as connection:
            if not self.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(727102)"))
            upgrade(connection, _version(connection), HEAD)
            name_store(connection)

    def close(self) -> None:
        self.engine.dispose()


def skip_locked(connection: Connection, statement: Select[Any], *held: Table) -> Select[Any]:
    """Passes over what another worker holds. On SQLite a writing transaction is alone anyway."""
    if connection.dialect.name == "sqlite":
        return statement
    return statement.with_for_update(skip_locked=True, key_share=True, of=held)


def sqlite_url(path: Path) -> str:
    """With what a folder's name may hold and an address may not, such as a question mark, escaped."""
    return URL.create("sqlite", database=str(path)).render_as_string()


def _engine(url: str) -> Engine:
    engine = create_engine(url, hide_parameters=True)  # an error must not carry an address into a log
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "handle_error", _forget_values)
    return engine


def _forget_values(context: ExceptionContext) -> None:
    """PostgreSQL names the row, and so an address, in the lines below the first of its errors."""
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None:
            error.args = tuple(str(arg).partition("\n")[0] for arg in error.args)


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    """Durable (FULL), readable while written (WAL), patient with other processes.

    The driver's own transaction handling is switched off: it would commit before DDL and open writers too late.
    """
    connection.isolation_level = None
    for pragma in ("busy_timeout=60000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    driver: Any = connection.connection.driver_connection
    driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN")


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


@contextmanager
def _in_plain_words() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        if (explained := _explained(error)) is None:
            raise
        raise explained from error


_EXPLANATIONS = {
    "no space left": ("The disk is full.", "Nothing of this step was recorded. Free some space and run it again."),
    "full": ("The disk is full.", "Nothing of this step was recorded. Free some space and run the command again."),
    "locked": ("The store is busy with another process.", "Wait a moment and run the command again."),
    "readonly": ("The store cannot be written to.", "Give this user write permission on the home folder."),
    "unable to open": ("The store cannot be opened.", "Check that the home folder exists and may be written to."),
    "not a database": ("The store's file is damaged, or no store at all.", "Restore a backup into a new home."),
    "malformed": ("The store's file is damaged.", "Restore a backup into a new home."),
    "disk i/o": ("The disk did not store what was written.", "Check the disk, then run the command again."),
}


def _explained(error: DBAPIError | sqlite3.Error) -> StoreError | None:
    """A StoreError for what an operator can mend; anything else is a fault of ours and stays as it is."""
    words = str(error.orig if isinstance(error, DBAPIError) else error).lower()
    for mark, (message, remedy) in _EXPLANATIONS.items():
        if mark in words:
            return StoreError(message, remedy)
    if isinstance(error, OperationalError) and not isinstance(error.orig, sqlite3.Error):
        return StoreError(
            "The database did not answer.", "Check AFTERGLOW_DATABASE_URL and that the server runs, then try again."
        )
    return None
