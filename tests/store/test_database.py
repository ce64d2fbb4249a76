"""Rules on the database: transactions are whole, and what goes wrong is said in plain words."""

import sqlite3
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from newsletter.errors import StoreError
from newsletter.store import meta, tables
from newsletter.store.database import Database, sqlite_url
from subscribers.tables import subscriber

HER_ADDRESS = "anna" + "@example.com"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "afterglow.db"


@pytest.fixture
def on_sqlite(file: Path) -> Iterator[Database]:
    """A store in that file."""
    database = Database(sqlite_url(file))
    database.upgrade()
    yield database
    database.close()


def note(database: Database, key: str, value: str = "") -> None:
    with database.write() as connection:
        connection.execute(insert(tables.meta).values(key=key, value=value))


def noted(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(tables.meta)).scalar_one()


def test_a_transaction_that_breaks_off_changes_nothing(database: Database) -> None:
    """All of it, or nothing."""
    before = noted(database)

    def break_off() -> None:
        with database.write() as connection:
            connection.execute(insert(tables.meta).values(key="half", value=""))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert noted(database) == before


def test_a_reader_sees_one_moment_of_the_store(database: Database) -> None:
    """What others write meanwhile does not show before she has finished."""
    with database.read() as connection:
        counting = select(func.count()).select_from(tables.meta)
        before = connection.execute(counting).scalar_one()
        note(database, "meanwhile")
        assert connection.execute(counting).scalar_one() == before


def test_two_writers_at_once_both_succeed(database: Database) -> None:
    """Each through a connection of its own; neither loses a row, neither is turned away."""
    before, start = noted(database), threading.Barrier(2)

    def write(worker: int) -> None:
        other = Database(database.engine.url.render_as_string(hide_password=False))
        start.wait()
        for number in range(20):
            note(other, f"{worker}-{number}")
        other.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, range(2)))
    assert noted(database) == before + 40


def test_a_store_of_a_newer_program_is_left_alone(database: Database) -> None:
    """It says which schema it found, and what to do."""
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"newer Afterglow \(schema 9999.*Update Afterglow"):
        database.upgrade()


def test_an_error_never_quotes_an_address(database: Database, now: datetime) -> None:
    """Errors end up in logs, and PostgreSQL would name the row that is there already."""
    row = {"email": HER_ADDRESS, "address_hash": HER_ADDRESS[::-1], "created_at": now}
    with pytest.raises(IntegrityError) as caught, database.write() as connection:
        connection.execute(insert(subscriber), [row, row])
    logged = "".join(traceback.format_exception(caught.value))
    assert "subscriber" in logged
    assert HER_ADDRESS not in logged
    assert HER_ADDRESS[::-1] not in logged


def test_references_must_lead_somewhere(database: Database) -> None:
    """SQLite checks them too, which it does not by itself."""
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(text("INSERT INTO campaign_article VALUES (1, 1, 0)"))


def test_a_full_disk_is_said_and_nothing_is_recorded(on_sqlite: Database) -> None:
    """Half a step would be worse than none."""
    before = noted(on_sqlite)
    rows = [{"key": "first", "value": ""}, {"key": "second", "value": "x" * 1_000_000}]
    with on_sqlite.read() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1").close()  # no page more than there are
    with pytest.raises(StoreError, match=r"disk is full\. Nothing of this step"), on_sqlite.write() as connection:
        connection.execute(insert(tables.meta), rows)
    assert noted(on_sqlite) == before


def test_a_store_that_cannot_be_written_to_is_said(on_sqlite: Database, file: Path) -> None:
    """It can be read all the same."""
    read_only = Database(f"sqlite:///file:{file}?mode=ro&uri=true")
    assert noted(read_only) == noted(on_sqlite)
    with pytest.raises(StoreError, match="cannot be written to"):
        note(read_only, "key")
    read_only.close()


def test_a_file_that_is_no_store_is_said(file: Path) -> None:
    """And it is left as it is."""
    file.write_bytes(b"This is my shopping list.\n" * 100)
    before, database = file.read_bytes(), Database(sqlite_url(file))
    with pytest.raises(StoreError, match=r"damaged, or no store at all. Restore a backup"):
        database.upgrade()
    assert file.read_bytes() == before


def test_a_damaged_store_is_said(on_sqlite: Database, file: Path) -> None:
    """Pages of zeros where tables were."""
    on_sqlite.close()
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + bytes(len(whole) - 4096))
    with pytest.raises(StoreError, match="damaged"):
        noted(on_sqlite)


def test_a_home_that_is_gone_is_said(tmp_path: Path) -> None:
    """The folder is named in the settings, but is not there."""
    with pytest.raises(StoreError, match="cannot be opened"):
        Database(sqlite_url(tmp_path / "nowhere" / "afterglow.db")).upgrade()


def test_a_server_that_does_not_answer_is_said() -> None:
    """Nothing listens on the port that is asked."""
    with pytest.raises(StoreError, match=r"did not answer.*AFTERGLOW_DATABASE_URL"):
        Database("postgresql+psycopg://nobody@127.0.0.1:1/none").upgrade()


def test_a_store_that_is_held_too_long_is_said(on_sqlite: Database, file: Path) -> None:
    """The other process is named as the reason, not the file."""
    holder = sqlite3.connect(file)
    holder.execute("BEGIN IMMEDIATE")
    with on_sqlite.read() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 0").close()  # or the test would wait a minute
    with pytest.raises(StoreError, match="busy with another process"):
        note(on_sqlite, "key")
    holder.close()


def test_a_store_keeps_its_name(database: Database) -> None:
    """Also when it is upgraded or named again; another store has another."""
    with database.write() as connection:
        name = meta.store_id(connection)
        meta.name_store(connection)
        assert (meta.store_id(connection), len(name)) == (name, 12)


def test_two_stores_have_two_names(on_sqlite: Database, tmp_path: Path) -> None:
    """Their message ids never meet."""
    other = Database(sqlite_url(tmp_path / "other.db"))
    other.upgrade()
    with on_sqlite.read() as one, other.read() as two:
        assert meta.store_id(one) != meta.store_id(two)
    other.close()


def test_a_fault_of_ours_is_not_explained_away(database: Database) -> None:
    """A wrong statement stays what it is."""
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(update(tables.meta).values(value=None))
