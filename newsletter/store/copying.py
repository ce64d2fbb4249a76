"""A copy of the whole store in a fresh one, whichever database each of them is."""

from typing import Any

from sqlalchemy import Select, Table, delete, insert, select

from newsletter.store.database import Database
from newsletter.store.tables import event, hook_token, meta, poll
from subscribers.tables import metadata

_BATCH = 1000  # rows in one statement
_TOLD = (event, hook_token, poll)


def copy_store(source: Database, target: Database) -> None:
    """Copies one moment of `source` into `target`, which is made here and must be empty.

    But for what mail services told: its consequences are drawn already, and it may be more than all the rest.
    """
    target.upgrade()
    with source.read() as reading, target.write() as writing:
        writing.execute(delete(meta))  # the name it was given a moment ago
        for table in (each for each in metadata.sorted_tables if each not in _TOLD):
            rows = reading.execution_options(yield_per=_BATCH).execute(_whole(table)).mappings()
            for batch in rows.partitions(_BATCH):
                writing.execute(insert(table), [dict(row) for row in batch])


def _whole(table: Table) -> Select[Any]:
    """Oldest rows first, so that a row which points to another of its table finds it there."""
    return select(table).order_by(*table.primary_key)
