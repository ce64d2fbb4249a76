"""Undoing an import: the store as it was before, but for those who have done anything since."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Row,
    Select,
    and_,
    case,
    delete,
    exists,
    func,
    not_,
    or_,
    select,
    union,
    update,
)

from subscribers.batch import Batch, Kept, Undone
from subscribers.errors import AudienceError
from subscribers.store.bulk import source_of
from subscribers.store.people import KNOWN_FIELDS
from subscribers.suppression import Suppression
from subscribers.tables import (
    consent,
    import_batch,
    import_change,
    subscriber,
    subscriber_tag,
    suppression,
)

TAG, SUPPRESSION = "tag", "suppression"  # what an import changes, beside the fields of a person
MOST_KEPT = 1000  # named in the report
Acts = Callable[[datetime], Mapping[str, ColumnElement[bool]]]  # in words, what may have happened to a person since


def imports(conn: Connection) -> tuple[Batch, ...]:
    """Every import, the latest first."""
    return tuple(_batch(row) for row in conn.execute(select(import_batch).order_by(import_batch.c.id.desc())))


def before_of(found: Suppression | None) -> str:
    """What stood in the place of a suppression before an import, as it is kept; empty for nothing."""
    if found is None:
        return ""
    until = found.until.isoformat() if found.until else None
    return json.dumps({"reason": found.reason, "source": found.source, "at": found.at.isoformat(), "until": until})


def undo_import(conn: Connection, batch_id: int, *, at: datetime, further: Acts = lambda _since: {}) -> Undone:
    """Takes back an import: whom it added, what it filled in and tagged, its consents and its suppressions.

    Who has acted since stays exactly as she is: she agreed, left, was changed, imported once more or erased, or, in the
    words of `further` (expressions over `subscriber`), had a session or a mail. Raises AudienceError for an import that
    never was, or was undone already.
    """
    batch = _open(conn, batch_id)
    acts = {**_acts(batch), **further(batch.at)}
    touched = subscriber.c.id.in_(_touched(batch_id))
    kept, kept_count = _kept(conn, touched, acts)
    back = select(subscriber.c.id).where(touched, not_(or_(*acts.values())))
    added = subscriber.c.import_batch_id == batch_id
    others = subscriber.c.import_batch_id.is_distinct_from(batch_id)
    restored = conn.execute(select(func.count()).select_from(back.where(others).subquery())).scalar_one()
    _restore(conn, batch, back)
    doomed = back.where(added)
    conn.execute(delete(subscriber_tag).where(subscriber_tag.c.subscriber_id.in_(doomed)))
    conn.execute(delete(import_change).where(import_change.c.import_batch_id == batch_id))
    removed = conn.execute(delete(subscriber).where(subscriber.c.id.in_(doomed))).rowcount
    conn.execute(update(import_batch).where(import_batch.c.id == batch_id).values(undone_at=at))
    return Undone(batch=batch, removed=removed, restored=restored, kept_count=kept_count, kept=kept)


def _open(conn: Connection, batch_id: int) -> Batch:
    row = conn.execute(select(import_batch).where(import_batch.c.id == batch_id)).first()
    if row is None:
        raise AudienceError(f"There is no import number {batch_id}.", "List the imports to find it.")
    if row.undone_at is not None:
        raise AudienceError(f"Import {batch_id} was undone on {row.undone_at:%d %B %Y}.", "There is nothing to do.")
    return _batch(row)


def _batch(row: Row[Any]) -> Batch:
    return Batch(**dict(row._mapping))


def _touched(batch_id: int) -> CompoundSelect[tuple[int]]:
    """Everybody of whom the import wrote anything."""
    return union(
        select(subscriber.c.id).where(subscriber.c.import_batch_id == batch_id),
        select(import_change.c.subscriber_id).where(import_change.c.import_batch_id == batch_id),
        select(consent.c.subscriber_id).where(consent.c.import_batch_id == batch_id),
    )


def _acts(batch: Batch) -> dict[str, ColumnElement[bool]]:
    """What may have happened to a person since an import, as far as the audience knows."""
    hers, blocking, change = consent.c.subscriber_id == subscriber.c.id, suppression.c, import_change.c
    own = and_(consent.c.import_batch_id.is_(None), consent.c.at >= batch.at)
    later = exists().where(change.subscriber_id == subscriber.c.id, change.import_batch_id > batch.id)
    return {
        "her data was erased": subscriber.c.erased_at.is_not(None),
        "she agreed to mail, or left, since": exists().where(hers, own).correlate(subscriber),
        "her address was suppressed since": exists()
        .where(blocking.address_hash == subscriber.c.address_hash, blocking.at >= batch.at, not_(_written_by(batch)))
        .correlate(subscriber),
        "her details were changed since": func.coalesce(subscriber.c.changed_at >= batch.at, False),
        "a later import added to her": or_(
            later.correlate(subscriber),
            exists().where(hers, consent.c.import_batch_id > batch.id).correlate(subscriber),
        ),
    }


def _written_by(batch: Batch) -> ColumnElement[bool]:
    return and_(suppression.c.source == source_of(batch.file_name), suppression.c.at == batch.at)


def _kept(
    conn: Connection, touched: ColumnElement[bool], acts: Mapping[str, ColumnElement[bool]]
) -> tuple[tuple[Kept, ...], int]:
    staying = touched, or_(*acts.values())
    reason = case(*((happened, words) for words, happened in acts.items())).label("reason")
    rows = conn.execute(
        select(subscriber.c.id, subscriber.c.email, reason).where(*staying).order_by(subscriber.c.id).limit(MOST_KEPT)
    )
    kept = tuple(Kept(id=row.id, email=row.email or "", reason=row.reason) for row in rows)
    return kept, conn.execute(select(func.count()).select_from(subscriber).where(*staying)).scalar_one()


def _restore(conn: Connection, batch: Batch, back: Select[tuple[int]]) -> None:
    """Whom it added lose what came with her; the others get back what they were."""
    change = import_change.c
    hers = change.import_batch_id == batch.id, change.subscriber_id.in_(back)
    _restore_suppressions(conn, batch, hers)
    tagged = change.subscriber_id == subscriber_tag.c.subscriber_id, change.value == subscriber_tag.c.tag
    conn.execute(delete(subscriber_tag).where(exists().where(*hers, change.what == TAG, *tagged)))
    for field in KNOWN_FIELDS:
        filled = select(change.subscriber_id).where(*hers, change.what == field)
        conn.execute(update(subscriber).where(subscriber.c.id.in_(filled)).values({field: ""}))
    # Last: to be among those that an import wrote of may rest on a consent alone.
    conn.execute(delete(consent).where(consent.c.import_batch_id == batch.id, consent.c.subscriber_id.in_(back)))


def _restore_suppressions(conn: Connection, batch: Batch, hers: tuple[ColumnElement[bool], ...]) -> None:
    change, of = import_change.c, suppression.c
    whose = subscriber.c.id == change.subscriber_id, subscriber.c.address_hash == of.address_hash
    written = (*hers, change.what == SUPPRESSION, change.value == of.stream)
    replaced = conn.execute(
        select(of.address_hash, of.stream, change.before)
        .select_from(import_change.join(subscriber, whose[0]).join(suppression, whose[1]))
        .where(*written, change.before != "", _written_by(batch))
    ).all()
    new = select(import_change).join(subscriber, whose[0]).where(whose[1], *written, change.before == "")
    conn.execute(delete(suppression).where(_written_by(batch), new.correlate(suppression).exists()))
    for row in replaced:
        known = json.loads(row.before)
        times = {name: known[name] and datetime.fromisoformat(known[name]) for name in ("at", "until")}
        entry = of.address_hash == row.address_hash, of.stream == row.stream
        conn.execute(update(suppression).where(*entry).values(known | times))
