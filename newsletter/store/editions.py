"""Editions in the store: frozen, and each kept once."""

from datetime import datetime
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, select

from newsletter.domain.edition import Edition
from newsletter.domain.tracking import CLICK
from newsletter.store import tables
from newsletter.store.tracking_tables import edition_link
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
    links = [{"edition_id": edition_id, "number": number, "url": url} for number, url in enumerate(edition.links, 1)]
    insert_new(connection, edition_link, links)
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
        links=_links(connection, edition_id) if CLICK in row.html else (),
    )


def _links(connection: Connection, edition_id: int) -> tuple[str, ...]:
    table = edition_link
    found = select(table.c.url).where(table.c.edition_id == edition_id).order_by(table.c.number)
    return tuple(connection.execute(found).scalars())
