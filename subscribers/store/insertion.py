"""Inserting rows that may be there already, in the words both databases share."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from subscribers.suppression import Reason, outweighed_by
from subscribers.tables import suppression


def upsert(conn: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that takes ON CONFLICT: both databases write it alike, SQLAlchemy keeps one for each."""
    return postgresql.insert(table) if conn.dialect.name == "postgresql" else sqlite.insert(table)


def insert_new(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows; one whose key is taken already stays as it is."""
    if rows:
        # Asking for something back makes SQLAlchemy put many rows into one statement; PostgreSQL is much faster so.
        conn.execute(upsert(conn, table).on_conflict_do_nothing().returning(*table.primary_key), rows)


def suppress_addresses(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows of the suppression table; where one is there already, the weightier reason stands."""
    for reason in Reason:
        if chosen := [row for row in rows if row["reason"] == reason]:
            statement = upsert(conn, suppression)
            new = statement.excluded
            replaced = {"reason": new.reason, "source": new.source, "at": new.at}
            conn.execute(
                statement.on_conflict_do_update(
                    index_elements=["address_hash", "stream"],
                    set_=replaced,
                    where=suppression.c.reason.in_(outweighed_by(reason)),
                ),
                chosen,
            )
