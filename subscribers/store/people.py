"""The people of the audience: add, complete, find, list and count them."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, func, select, update

from subscribers.address import normalise
from subscribers.consent import Basis, Stream, offer
from subscribers.errors import AudienceError
from subscribers.segment import EVERYONE, Segment
from subscribers.store import ledger
from subscribers.store.eligibility import Further, in_segment, unknown_here
from subscribers.store.insertion import insert_new, upsert
from subscribers.store.prepared import Prepared
from subscribers.subscriber import Details, Frequency, Subscriber
from subscribers.suppression import address_hash
from subscribers.tables import subscriber, subscriber_tag

PAGE = 500
KNOWN_FIELDS = ("name", "timezone", "country", "language")

# What every session, and every page, asks for.
_PERSON = select(subscriber, subscriber_tag.c.tag).outerjoin_from(subscriber, subscriber_tag)  # a row for every tag
_BY_EMAIL = Prepared(_PERSON.where(subscriber.c.email == bindparam("email")).order_by(subscriber_tag.c.tag))
_BY_ID = Prepared(_PERSON.where(subscriber.c.id == bindparam("id")).order_by(subscriber_tag.c.tag))


def add(
    conn: Connection,
    person: Details,
    *,
    key: bytes,
    now: datetime,
    source: str = "by hand",
    consents: Iterable[Stream] = (),
) -> Subscriber:
    """The person of that address, added if she is new, completed where a field was empty; tags are added.

    `consents` are express consents given to the operator at `now`. Raises AudienceError where the person had her data
    erased, or unsubscribed from a stream of `consents`: adding never lifts a suppression.
    """
    hashed = address_hash(person.email, key)
    ledger.refuse_erased(conn, hashed)
    subscriber_id = _insert(conn, person, hashed, source, now) or _complete(conn, person, hashed, now)
    add_tags(conn, subscriber_id, person.tags)
    added = get(conn, subscriber_id)
    for stream in sorted(set(consents)):
        ledger.grant(conn, subscriber_id, offer(stream, Basis.EXPRESS, country=added.country, source=source, at=now))
    return added


def update_details(conn: Connection, subscriber_id: int, person: Details, *, at: datetime) -> Subscriber:
    """Replaces what is known of a person by `person`, her tags too; her address stays what it is.

    A new address is a new person: consent and suppression belong to the address that was written to.
    """
    known = get(conn, subscriber_id)
    if known.email != person.email:
        raise AudienceError(
            f"{known.email} cannot become {person.email}: consent belongs to the address it was given for.",
            "Add the new address, and erase or suppress the old one.",
        )
    values = {field: getattr(person, field) for field in KNOWN_FIELDS}
    conn.execute(update(subscriber).where(subscriber.c.id == subscriber_id).values(**values, changed_at=at))
    conn.execute(subscriber_tag.delete().where(subscriber_tag.c.subscriber_id == subscriber_id))
    add_tags(conn, subscriber_id, person.tags)
    return get(conn, subscriber_id)


def wish(conn: Connection, subscriber_id: int, *, language: str, frequency: Frequency, at: datetime) -> None:
    """What a person wishes herself: the language (in normal form; empty: the studio's), and how many newsletters.

    It also marks that her details were changed: no undone import touches her any more.
    """
    values = {"language": language, "frequency": frequency.value, "changed_at": at}
    conn.execute(update(subscriber).where(subscriber.c.id == subscriber_id).values(values))


def add_tags(conn: Connection, subscriber_id: int, tags: Sequence[str]) -> None:
    """Adds tags in normal form; those the person has already stay as they are."""
    insert_new(conn, subscriber_tag, [{"subscriber_id": subscriber_id, "tag": tag} for tag in tags])


def remove_tags(conn: Connection, subscriber_id: int, tags: Sequence[str]) -> None:
    """Takes tags away; those the person does not have are no fault."""
    chosen = subscriber_tag.c.subscriber_id == subscriber_id, subscriber_tag.c.tag.in_(tags)
    conn.execute(subscriber_tag.delete().where(*chosen))


def find(conn: Connection, email: str) -> Subscriber | None:
    """The person with that address in any spelling, or None. Raises AudienceError for what is no address."""
    rows = _BY_EMAIL.rows(conn, {"email": normalise(email)})
    return _person(rows[0], _tags_of(rows)) if rows else None


def get(conn: Connection, subscriber_id: int) -> Subscriber:
    """The person with that id, erased or not. Raises AudienceError where there never was one."""
    rows = _BY_ID.rows(conn, {"id": subscriber_id})
    if not rows:
        raise AudienceError(f"There is no subscriber number {subscriber_id}.", "List the subscribers to find hers.")
    return _person(rows[0], _tags_of(rows))


def source_of(conn: Connection, subscriber_id: int) -> str:
    """Where a person came from: a page, a file, by hand; empty for nobody."""
    found = conn.execute(select(subscriber.c.source).where(subscriber.c.id == subscriber_id))
    return str(found.scalar_one_or_none() or "")


def page(
    conn: Connection,
    segment: Segment = EVERYONE,
    *,
    after: int = 0,
    limit: int = PAGE,
    further: Further = unknown_here,
) -> tuple[Subscriber, ...]:
    """Up to `limit` people of a segment in the order they came, those with an id above `after`; no erased ones."""
    chosen = subscriber.c.id > after, subscriber.c.email.is_not(None), in_segment(segment, further)
    query = select(subscriber).where(*chosen)
    return _people(conn, conn.execute(query.order_by(subscriber.c.id).limit(limit)).all())


def iterate(conn: Connection, segment: Segment = EVERYONE, *, further: Further = unknown_here) -> Iterator[Subscriber]:
    """Everyone of a segment in the order they came, read a page at a time."""
    last = 0
    while people := page(conn, segment, after=last, further=further):
        yield from people
        last = people[-1].id


def count(conn: Connection, segment: Segment = EVERYONE, *, further: Further = unknown_here) -> int:
    """How many people a segment has, without erased ones."""
    chosen = subscriber.c.email.is_not(None), in_segment(segment, further)
    return conn.execute(select(func.count()).select_from(subscriber).where(*chosen)).scalar_one()


def readmit(conn: Connection, person: Details, *, key: bytes, now: datetime, source: str) -> Subscriber:
    """A person whose data was erased and who asks to come back herself: she is known again, and can be sent what she
    asks for. All else stays blocked, and whoever imports or adds her is refused, until she grants a consent herself."""
    hashed = address_hash(person.email, key)
    ledger.open_after_erasure(conn, hashed)
    revived = {"email": person.email, "erased_at": None, "created_at": now, "source": source}
    conn.execute(
        update(subscriber).where(subscriber.c.address_hash == hashed, subscriber.c.email.is_(None)).values(revived)
    )
    subscriber_id = _insert(conn, person, hashed, source, now) or _complete(conn, person, hashed, now)
    add_tags(conn, subscriber_id, person.tags)
    return get(conn, subscriber_id)


def _insert(conn: Connection, person: Details, hashed: str, source: str, now: datetime) -> int | None:
    """Her new number, or None where she is there already: added a moment ago by somebody else, perhaps."""
    known = {field: getattr(person, field) for field in KNOWN_FIELDS}
    values = {"email": person.email, "address_hash": hashed, "source": source, "created_at": now, **known}
    statement = upsert(conn, subscriber).values(values).on_conflict_do_nothing().returning(subscriber.c.id)
    number: int | None = conn.execute(statement).scalar_one_or_none()
    return number


def _complete(conn: Connection, person: Details, hashed: str, now: datetime) -> int:
    row = conn.execute(select(subscriber).where(subscriber.c.address_hash == hashed)).one()
    known = row._mapping
    missing = {field: getattr(person, field) for field in KNOWN_FIELDS if not known[field] and getattr(person, field)}
    if missing or person.tags:
        conn.execute(update(subscriber).where(subscriber.c.id == row.id).values(**missing, changed_at=now))
    return int(row.id)


def _people(conn: Connection, rows: Sequence[Row[tuple[object, ...]]]) -> tuple[Subscriber, ...]:
    tags = _tags(conn, [row.id for row in rows])
    return tuple(_person(row, tags.get(row.id, ())) for row in rows)


def _person(row: Row[tuple[object, ...]], tags: tuple[str, ...]) -> Subscriber:
    return Subscriber(
        id=row.id,
        email=row.email or "",
        name=row.name,
        timezone=row.timezone,
        country=row.country,
        language=row.language,
        tags=tags,
        frequency=Frequency(row.frequency),
        created_at=row.created_at,
    )


def _tags_of(rows: Sequence[Row[tuple[object, ...]]]) -> tuple[str, ...]:
    return tuple(row.tag for row in rows if row.tag is not None)


def _tags(conn: Connection, subscriber_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    of = subscriber_tag.c
    query = select(of.subscriber_id, of.tag).where(of.subscriber_id.in_(subscriber_ids))
    rows = conn.execute(query.order_by(of.subscriber_id, of.tag))
    return {
        subscriber_id: tuple(row.tag for row in group)
        for subscriber_id, group in itertools.groupby(rows, key=lambda row: row.subscriber_id)
    }
