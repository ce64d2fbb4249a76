"""Editions in the store: frozen, and each kept once."""

from datetime import datetime
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, select

from newsletter.domain.edition import Edition
from newsletter.store import tables
from subscribers.consent import Stream
from subscribers.store.insertion import insert_new

_READ: WeakKeyDictionary[Engine, dict[int, Edition]] = WeakKeyDictionary()  # by store and id
_MOST_KEPT = 8


def save(connection: Connection, edition: Edition, now: datetime) -> int:
    """The id of this edition; an equal one that is already kept is the same."""
    table = tables.edition
    values = {name: getattr(edition, name) for name in ("language", "subject", "preheader", "html", "text")}
    values |= {"digest": edition.digest, "stream": edition.stream.value, "created_at": now}
    insert_new(connection, table, [values])
    edition_id: int = connection.execute(select(table.c.id).where(table.c.digest == edition.digest)).scalar_one()
    return edition_id


def kept(connection: Connection, edition_id: int) -> Edition:
    """As `get`, for an id that was given before this transaction began: what is frozen is read once by a process."""
    read = _READ.setdefault(connection.engine, {})
    if edition_id not in read:
        if len(read) >= _MOST_KEPT:
            del read[next(iter(read))]
        read[edition_id] = get(connection, edition_id)
    return read[edition_id]


def get(connection: Connection, edition_id: int) -> Edition:
    """The edition with that id, which must exist: every reference to one is a foreign key."""
    row = connection.execute(select(tables.edition).where(tables.edition.c.id == edition_id)).one()
    return Edition(
        stream=Stream(row.stream),
        language=row.language,
        subject=row.subject,
        preheader=row.preheader,
        html=row.html,
        text=row.text,
    )
