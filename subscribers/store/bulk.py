"""Many people at once: what an import asks of the store, a batch at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from sqlalchemy import (
    Connection,
    Text,
    bindparam,
    func,
    literal,
    select,
    true,
    update,
)

from subscribers.consent import ConsentRecord, Stream
from subscribers.store import ledger, rowset
from subscribers.store.insertion import suppress_addresses, upsert
from subscribers.store.people import KNOWN_FIELDS
from subscribers.subscriber import Details
from subscribers.suppression import Reason, Suppression, scope
from subscribers.tables import consent, import_batch, import_change, subscriber, subscriber_tag, suppression

_OWN = attrgetter("email", *KNOWN_FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A person of the store whose address is in the batch; `missing` are the fields where nothing is known."""

    id: int
    batch_id: int | None
    missing: frozenset[str]
    tags: frozenset[str]


def open_batch(conn: Connection, file_name: str, at: datetime) -> int:
    """A new import, counted when it is closed."""
    values = {"file_name": file_name, "at": at, "added": 0, "updated": 0, "skipped": 0}
    return int(conn.execute(import_batch.insert().values(values).returning(import_batch.c.id)).scalar_one())


def close_batch(conn: Connection, batch_id: int, *, added: int, updated: int, skipped: int) -> None:
    counts = {"added": added, "updated": updated, "skipped": skipped}
    conn.execute(update(import_batch).where(import_batch.c.id == batch_id).values(counts))


def source_of(file_name: str) -> str:
    """What the ledger gives as the source of what came with a file."""
    return f"import {file_name}"


def known(conn: Connection, hashes: Sequence[str]) -> dict[str, Known]:
    """Those of the hashes whose people are in the store, erased ones too."""
    of = subscriber.c
    columns = (of.id, of.address_hash, of.import_batch_id, *(of[field] for field in KNOWN_FIELDS))
    rows = conn.execute(
        select(*columns).where(of.address_hash.in_(rowset.values(conn, Text()))), rowset.as_parameter(hashes)
    ).all()
    tags = _tags(conn, [row.id for row in rows])
    return {
        row.address_hash: Known(
            id=row.id,
            batch_id=row.import_batch_id,
            missing=frozenset(field for field in KNOWN_FIELDS if not getattr(row, field)),
            tags=frozenset(tags.get(row.id, ())),
        )
        for row in rows
    }


def blocked(conn: Connection, hashes: Sequence[str]) -> dict[str, tuple[Suppression, ...]]:
    """What blocks those of the hashes that anything blocks."""
    found: dict[str, tuple[Suppression, ...]] = {}
    chosen = select(suppression).where(suppression.c.address_hash.in_(rowset.values(conn, Text())))
    for row in conn.execute(chosen, rowset.as_parameter(hashes)):
        entry = Suppression(stream=row.stream, reason=Reason(row.reason), source=row.source, at=row.at, until=row.until)
        found[row.address_hash] = (*found.get(row.address_hash, ()), entry)
    return found


def insert_new_people(
    conn: Connection, people: Mapping[str, Details], *, batch_id: int, source: str, at: datetime
) -> dict[str, int]:
    """Adds, by the hash of their address, those people who are not there yet; returns their ids by it."""
    own = ("address_hash", "email", *KNOWN_FIELDS)
    common = {"source": source, "import_batch_id": batch_id, "created_at": at}
    same = [literal(value, subscriber.c[name].type) for name, value in common.items()]
    chosen = select(*rowset.columns(conn, *(subscriber.c[name].type for name in own)), *same).where(true())
    insertion = upsert(conn, subscriber).from_select([*own, *common], chosen)
    new = insertion.on_conflict_do_nothing(index_elements=["address_hash"])
    rows = ((hashed, *_OWN(person)) for hashed, person in people.items())
    returned = conn.execute(new.returning(subscriber.c.address_hash, subscriber.c.id), rowset.as_parameter(rows))
    return {row.address_hash: row.id for row in returned}


def complete(conn: Connection, changes: Mapping[int, Mapping[str, str]]) -> None:
    """Fills in fields by a person's id."""
    for field in KNOWN_FIELDS:
        rows = [{"key": key, "value": values[field]} for key, values in changes.items() if field in values]
        if rows:
            statement = update(subscriber).where(subscriber.c.id == bindparam("key"))
            conn.execute(statement.values({field: bindparam("value")}), rows)


def tag(conn: Connection, tags: Mapping[int, Sequence[str]]) -> None:
    """Adds tags by a person's id."""
    of = subscriber_tag.c
    rows = rowset.as_parameter((key, tag) for key, added in tags.items() for tag in added)
    chosen = select(*rowset.columns(conn, of.subscriber_id.type, of.tag.type)).where(true())
    conn.execute(
        upsert(conn, subscriber_tag).from_select([of.subscriber_id, of.tag], chosen).on_conflict_do_nothing(), rows
    )


def note_changes(conn: Connection, batch_id: int, changes: Sequence[tuple[int, str, str, str]]) -> None:
    """Keeps what an import changes, so that it can be undone: of whom, what, to which value, and what stood there.

    Of two changes to the same thing the first one is kept.
    """
    if not changes:
        return
    rows = rowset.as_parameter(changes)
    of = import_change.c
    own = (of.subscriber_id, of.what, of.value, of.before)
    chosen = select(literal(batch_id, of.import_batch_id.type), *rowset.columns(conn, *(each.type for each in own)))
    insertion = upsert(conn, import_change).from_select([of.import_batch_id, *own], chosen.where(true()))
    conn.execute(insertion.on_conflict_do_nothing(), rows)


def block(
    conn: Connection, blocks: Mapping[str, Sequence[tuple[Reason, Stream | None]]], *, source: str, at: datetime
) -> None:
    """Suppresses addresses by their hash."""
    suppress_addresses(
        conn,
        [
            {"address_hash": hashed, "stream": scope(reason, stream), "reason": reason, "source": source, "at": at}
            for hashed, why in blocks.items()
            for reason, stream in why
        ],
    )


def hashes(conn: Connection, subscriber_ids: Sequence[int]) -> dict[int, str]:
    """The keyed hashes of addresses by a person's id."""
    of = subscriber.c
    return {
        row.id: row.address_hash
        for row in conn.execute(select(of.id, of.address_hash).where(of.id.in_(subscriber_ids)))
    }


def latest_consents(conn: Connection, subscriber_ids: Sequence[int], stream: Stream) -> dict[int, ConsentRecord]:
    """The latest entry of a stream by a person's id, for those who have one."""
    if not subscriber_ids:
        return {}
    of = consent.c
    newest = select(func.max(of.id)).where(of.subscriber_id.in_(subscriber_ids), of.stream == stream)
    rows = conn.execute(select(consent).where(of.id.in_(newest.group_by(of.subscriber_id))))
    return {row.subscriber_id: ledger.record_of(row) for row in rows}


def append_proofs(
    conn: Connection, common: ConsentRecord, proofs: Sequence[tuple[int, datetime, str]], *, batch_id: int
) -> None:
    """Appends entries to the ledger that differ in whose they are, in their moment (UTC) and their words alone."""
    if not proofs:
        return
    of = consent.c
    own = (of.subscriber_id, of.at, of.wording)
    known = ledger.values_of(common) | {"import_batch_id": batch_id}
    same = {name: literal(value, of[name].type) for name, value in known.items() if name not in ("at", "wording")}
    chosen = select(*rowset.columns(conn, *(each.type for each in own)), *same.values()).where(true())
    rows = ((number, f"{at:%Y-%m-%dT%H:%M:%S.%f}Z", words) for number, at, words in proofs)
    conn.execute(consent.insert().from_select([*own, *same], chosen), rowset.as_parameter(rows))


def append_consents(conn: Connection, records: Mapping[ConsentRecord, Sequence[int]], *, batch_id: int) -> None:
    """Appends entries to the ledger, each for many people's ids: thousands agree in the very same words."""
    for record, subscriber_ids in records.items():
        known = ledger.values_of(record) | {"import_batch_id": batch_id}
        values = {name: literal(value, consent.c[name].type) for name, value in known.items()}
        people = rowset.values(conn, consent.c.subscriber_id.type).add_columns(*values.values())
        insertion = consent.insert().from_select(["subscriber_id", *values], people)
        conn.execute(insertion, rowset.as_parameter(subscriber_ids))


def _tags(conn: Connection, subscriber_ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    of = subscriber_tag.c
    for row in conn.execute(select(of.subscriber_id, of.tag).where(of.subscriber_id.in_(subscriber_ids))):
        found.setdefault(row.subscriber_id, []).append(row.tag)
    return found
