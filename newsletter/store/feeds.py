"""Feeds in the store, each with the entries that were seen in it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from newsletter.domain.feed import Feed, Identity, KnownEntry
from newsletter.errors import NotFoundError
from newsletter.store import due
from newsletter.store.tables import feed, feed_entry, routine
from subscribers.store.insertion import upsert


def add(connection: Connection, url: str, title: str, now: datetime) -> int:
    """Keeps a feed that is due at once, and returns its id; the same address again is the same feed."""
    found = by_address(connection, url)
    if found is not None:
        return found.id
    values = {"url": url, "title": title, "added_at": now, "due_at": now}
    added: int = connection.execute(insert(feed).values(**values).returning(feed.c.id)).scalar_one()
    return added


def get(connection: Connection, feed_id: int) -> Feed:
    """Raises NotFoundError where there is none."""
    row = connection.execute(select(feed).where(feed.c.id == feed_id)).first()
    if row is None:
        raise NotFoundError(f"There is no feed {feed_id}.", "List them with: feed list")
    return _feed(row)


def by_address(connection: Connection, url: str) -> Feed | None:
    row = connection.execute(select(feed).where(feed.c.url == url)).first()
    return _feed(row) if row else None


def all_feeds(connection: Connection) -> Sequence[Feed]:
    """In the order they were added."""
    return [_feed(row) for row in connection.execute(select(feed).order_by(feed.c.id))]


def remove(connection: Connection, feed_id: int) -> None:
    """Forgets the feed, what was seen in it, and what was made of it by itself; its articles stay."""
    connection.execute(delete(routine).where(routine.c.feed_id == feed_id))
    connection.execute(delete(feed_entry).where(feed_entry.c.feed_id == feed_id))
    connection.execute(delete(feed).where(feed.c.id == feed_id))


def claim(connection: Connection, now: datetime, lease: timedelta, feed_id: int | None = None) -> Feed | None:
    """The feed to poll next, or the one named (newsletter.store.due)."""
    row = due.claim(connection, feed, now, lease, feed_id)
    return _feed(row) if row else None


def polled(
    connection: Connection, polled_feed: Feed, *, due_at: datetime, now: datetime, etag: str, modified: str, note: str
) -> None:
    """The feed was read, or is as it was: no fault any more."""
    values = {"etag": etag, "modified": modified, "note": note, "due_at": due_at, "polled_at": now}
    baselined = polled_feed.baselined_at or now
    connection.execute(
        update(feed)
        .where(feed.c.id == polled_feed.id)
        .values(**values, url=polled_feed.url, title=polled_feed.title, baselined_at=baselined, failures=0, fault="")
    )


def failed(connection: Connection, feed_id: int, fault: str, due_at: datetime, now: datetime) -> None:
    values = {"fault": fault, "due_at": due_at, "polled_at": now, "failures": feed.c.failures + 1}
    connection.execute(update(feed).where(feed.c.id == feed_id).values(**values))


def entries(connection: Connection, feed_id: int) -> Sequence[KnownEntry]:
    """Every entry that was ever seen in the feed, the oldest first: one that is gone may come back."""
    names = [feed_entry.c[name] for name in KnownEntry.__dataclass_fields__]
    rows = connection.execute(select(*names).where(feed_entry.c.feed_id == feed_id).order_by(feed_entry.c.id))
    return [KnownEntry(**row._mapping) for row in rows]


def see(
    connection: Connection, feed_id: int, entry: Identity, *, article_id: int | None, is_new: bool, now: datetime
) -> None:
    """Records an entry; one that another worker recorded meanwhile stays as that one did."""
    names = {"guid": entry.guid, "link": entry.link, "digest": entry.digest, "version": entry.version}
    values = names | {"feed_id": feed_id, "article_id": article_id, "is_new": is_new, "seen_at": now}
    connection.execute(upsert(connection, feed_entry).values(**values).on_conflict_do_nothing())


def renew(
    connection: Connection, entry_id: int, entry: Identity, *, article_id: int | None, edited_at: datetime | None
) -> None:
    """An entry seen again, perhaps under another name or edited; `edited_at` of None leaves an earlier mark."""
    values = {"guid": entry.guid, "link": entry.link, "digest": entry.digest, "version": entry.version}
    marks = {} if edited_at is None else {"edited_at": edited_at}
    changed = update(feed_entry).where(feed_entry.c.id == entry_id)
    connection.execute(changed.values(**values, article_id=article_id, **marks))


def counts(connection: Connection) -> dict[int, tuple[int, int]]:
    """How many entries each feed has had, and how many of them were new, by the feed's id."""
    rows = connection.execute(
        select(feed_entry.c.feed_id, func.count(), func.count().filter(feed_entry.c.is_new)).group_by(
            feed_entry.c.feed_id
        )
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _feed(row: Row[tuple[object, ...]]) -> Feed:
    return Feed(**row._mapping)
