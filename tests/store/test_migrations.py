"""Rules on the schema: what the migrations make is what the program expects."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from newsletter.store import meta, tables
from newsletter.store.database import HEAD, Database, sqlite_url
from newsletter.store.migrations.run import scripts, upgrade


@pytest.fixture
def url(database_url: str | None, tmp_path: Path) -> str:
    """The URL of a database without any schema."""
    return database_url or sqlite_url(tmp_path / "afterglow.db")


@pytest.fixture
def empty(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.close()


def name_of(database: Database) -> str:
    with database.read() as connection:
        return meta.store_id(connection)


def test_the_migrations_make_the_tables_that_the_program_knows(empty: Database) -> None:
    """Every table, column, index and constraint, on both databases."""
    empty.upgrade()
    with empty.read() as connection:
        # Alembic reads an empty default on SQLite as another one than it wrote; one script makes both.
        context = MigrationContext.configure(connection, opts={"compare_server_default": not empty.is_sqlite})
        assert compare_metadata(context, tables.delivery.metadata) == []


def test_every_partial_index_has_its_condition(empty: Database) -> None:
    """The comparison above does not look at conditions, and the queue would be slow without."""
    empty.upgrade()
    with empty.read() as connection:
        inspector, dialect = inspect(connection), empty.engine.dialect.name
        for table in tables.delivery.metadata.tables.values():
            made = {index["name"]: index.get("dialect_options", {}) for index in inspector.get_indexes(table.name)}
            for index in table.indexes:
                expected = index.dialect_options[dialect]["where"]
                condition = made[index.name].get(f"{dialect}_where")
                assert (condition is None) == (expected is None), index.name


def test_the_newest_migration_is_the_one_the_program_knows() -> None:
    """The constant spares every start the import of Alembic."""
    assert scripts().get_heads() == [HEAD]


@pytest.mark.parametrize("revision", [script.revision for script in scripts().walk_revisions()])
def test_a_store_of_every_earlier_schema_is_brought_up_to_date(empty: Database, revision: str) -> None:
    """It ends up as a new one would."""
    with empty.write() as connection:
        upgrade(connection, None, revision)
    empty.upgrade()
    with empty.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.delivery.metadata) == []


def test_upgrading_twice_changes_nothing(empty: Database) -> None:
    """Not even the store's name."""
    empty.upgrade()
    name = name_of(empty)
    empty.upgrade()
    assert name_of(empty) == name


def test_a_new_store_may_be_made_by_two_at_once(url: str) -> None:
    """One of them makes it, and both can work with it."""
    start = threading.Barrier(2)

    def open_store(_: int) -> str:
        database = Database(url)
        start.wait()
        database.upgrade()
        name = name_of(database)
        database.close()
        return name

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(open_store, range(2))
    assert first == second
