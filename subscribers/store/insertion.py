"""Inserting rows that may be there already, in the words both databases share."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Table, bindparam, or_
from sqlalchemy.dialects import postgresql, sqlite

from subscribers.store.prepared import Prepared
from subscribers.suppression import Reason, outweighed_by
from subscribers.tables import suppression


def upsert(conn: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that takes ON CONFLICT: both databases write it alike, SQLAlchemy keeps one for each."""
    return postgresql.insert(table) if conn.dialect.name == "postgresql" else sqlite.insert(table)


def insert_new(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows; one whose key is taken already stays as it is."""
    if rows:
        if conn.dialect.name == "sqlite":
            _new_on_sqlite(table, tuple(rows[0])).many(conn, rows)
        else:
            conn.execute(_new_on_postgresql(table), rows)


@cache
def _new_on_sqlite(table: Table, columns: tuple[str, ...]) -> Prepared:
    return Prepared(sqlite.insert(table).values({name: bindparam(name) for name in columns}).on_conflict_do_nothing())


@cache
def _new_on_postgresql(table: Table) -> Insert:
    """Asking for something back makes SQLAlchemy put many rows into one statement; PostgreSQL is much faster so."""
    return postgresql.insert(table).on_conflict_do_nothing().returning(*table.primary_key)


def suppress_addresses(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows of the suppression table; where one is there already, the weightier reason stands.

    Of two that end by themselves, the one that ends later.
    """
    for reason in Reason:
        if chosen := [row for row in rows if row["reason"] == reason]:
            statement = upsert(conn, suppression)
            new = statement.excluded
            replaced = {"reason": new.reason, "source": new.source, "at": new.at, "until": new.until}
            conn.execute(
                statement.on_conflict_do_update(
                    index_elements=["address_hash", "stream"],
                    set_=replaced,
                    where=or_(  # no IN: for many rows at once
                        suppression.c.until < new.until,
                        *(suppression.c.reason == lighter for lighter in outweighed_by(reason)),
                    ),
                ),
                chosen,
            )
