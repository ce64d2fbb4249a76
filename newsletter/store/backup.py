"""A store's file: copied while others write, checked, and made ready to live on in another home."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, text

from newsletter.errors import StoreError
from newsletter.store import meta
from newsletter.store.database import Database, sqlite_url

# What a backup does not know of happened after it was made. Ids of those days must not be given again: mails, links and
# the keys of calls carry them, and a mail service would take a new mail for the one it had already.
_SKIPPED = {"subscriber": 1_000_000, "delivery": 10_000_000, "provider_call": 10_000_000}


def copy_file(database: Database, file: Path) -> None:
    """One moment of an SQLite store as a file of its own, by SQLite's online backup: writers are not kept waiting."""
    source = database.engine.raw_connection()
    try:
        with closing(sqlite3.connect(file, isolation_level=None)) as target:
            driver = source.driver_connection
            assert isinstance(driver, sqlite3.Connection)  # noqa: S101 -- the caller has looked
            driver.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    finally:
        source.close()


def check_file(file: Path) -> dict[str, int]:
    """How many rows each table has. Raises StoreError where the file is no whole SQLite store."""
    try:
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            faults = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
            faults += [f"{row[0]} refers to nothing" for row in connection.execute("PRAGMA foreign_key_check")]
            counts = _row_counts(connection)
    except sqlite3.DatabaseError as error:
        faults, counts = [str(error)], {}
    if faults:
        raise StoreError(f"The copy of the store is damaged: {faults[0]}.", "Use another backup; this one is no good.")
    return counts


def ready_for_another_home(file: Path, reason: str, now: datetime) -> None:
    """Brings a copied store up to date and makes it hold its mail. Raises StoreError where a newer program wrote it."""
    database = Database(sqlite_url(file))
    try:
        database.upgrade()
        with database.write() as connection:
            meta.hold(connection, reason, now)
            for table, skipped in _SKIPPED.items():
                _skip_ids(connection, table, skipped)
    finally:
        database.close()
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def _skip_ids(connection: Connection, table: str, number: int) -> None:
    """Lets the ids of a table go on higher. A table that never had a row is not known to SQLite's list yet."""
    values = {"name": table, "number": number}
    moved = connection.execute(text("UPDATE sqlite_sequence SET seq = seq + :number WHERE name = :name"), values)
    if not moved.rowcount:
        connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :number)"), values)


def _row_counts(connection: sqlite3.Connection) -> dict[str, int]:
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    names = sorted(row[0] for row in tables)
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608 - its own names
