"""A copy of the whole store in a fresh one, whichever database each of them is."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, Table, delete, insert, select

from newsletter.store.booking_tables import (
    booking_address,
    booking_lookup,
    booking_notice,
    booking_source,
    calendar,
    task,
)
from newsletter.store.database import Database
from newsletter.store.tables import (
    article,
    delivery,
    edition,
    event,
    feed,
    hook_token,
    meta,
    poll,
    sender,
    sender_usage,
    worker,
)
from subscribers.tables import metadata

_BATCH = 1000  # rows in one statement
_TOLD = (event, hook_token, poll, booking_notice, booking_address, booking_lookup, booking_source, calendar, task)
_MAILED = (article, feed, edition, delivery, sender, sender_usage, worker)  # what points to them comes along


def copy_store(source: Database, target: Database) -> None:
    """Copies one moment of `source` into `target`, which is made here and must be empty.

    But for what mail services and booking programs told: its consequences are drawn already, and it may be more than
    all the rest.
    """
    _copy(source, target, without=frozenset(_TOLD))


def copy_audience(source: Database, target: Database) -> None:
    """As `copy_store`, but without anything that was ever written, mailed or sent: who may be mailed, and the
    sessions."""
    _copy(source, target, without=_with_what_needs(_TOLD + _MAILED))


def _with_what_needs(tables: Iterable[Table]) -> frozenset[Table]:
    """Those tables, and all whose rows point to rows of them."""
    found = set(tables)
    for table in metadata.sorted_tables:  # what is pointed to comes first
        if any(key.column.table in found for key in table.foreign_keys):
            found.add(table)
    return frozenset(found)


def _copy(source: Database, target: Database, without: frozenset[Table]) -> None:
    target.upgrade()
    with source.read() as reading, target.write() as writing:
        writing.execute(delete(meta))  # the name it was given a moment ago
        for table in (each for each in metadata.sorted_tables if each not in without):
            rows = reading.execution_options(yield_per=_BATCH).execute(_whole(table)).mappings()
            for batch in rows.partitions(_BATCH):
                writing.execute(insert(table), [dict(row) for row in batch])


def _whole(table: Table) -> Select[Any]:
    """Oldest rows first, so that a row which points to another of its table finds it there."""
    return select(table).order_by(*table.primary_key)
