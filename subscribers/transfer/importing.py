"""Importing a CSV file into the audience: all of it or nothing, with a report for every row that needs a look."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from pathlib import Path

from sqlalchemy import Connection

from subscribers import consent
from subscribers.consent import Basis, ConsentAction, ConsentRecord, Stream
from subscribers.errors import AudienceError
from subscribers.store import bulk
from subscribers.store.undoing import SUPPRESSION, TAG, before_of
from subscribers.subscriber import clean_name
from subscribers.suppression import ALL, Reason, Suppression, address_hash, scope
from subscribers.transfer import columns
from subscribers.transfer.evidence import Evidence
from subscribers.transfer.reading import Record, Sheet, open_sheet
from subscribers.transfer.report import ImportReport, Tally
from subscribers.transfer.rows import Block, Candidate, blocks_of_file, candidate

BATCH = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Import:
    """What stays the same from the first row of a file to the last."""

    conn: Connection
    key: bytes
    now: datetime
    source: str
    batch_id: int
    consent_streams: frozenset[Stream]
    basis: Basis
    country: str
    tally: Tally


_Chosen = dict[str, tuple[int, Candidate]]  # by the hash of the address: the row's number, and who stands there


def import_csv(
    conn: Connection,
    path: Path,
    *,
    dry_run: bool,
    now: datetime,
    key: bytes,
    consent_streams: frozenset[Stream] = frozenset(),
    basis: Basis = Basis.EXPRESS,
    country: str = "",
    on_progress: Callable[[int], None] = lambda _rows: None,
) -> ImportReport:
    """Adds the people of a CSV file and completes those who are there; never lifts a suppression.

    Who left, bounced or was blocked in the other program is suppressed. Consent comes with evidence in the file or with
    the operator's word (for `consent_streams`, on `basis`, in the person's country or else `country`); who is called
    subscribed without it is pending. A dry run takes it all back. `on_progress` hears the rows read. AudienceError.
    """
    file_name = clean_name(path.name)
    with open_sheet(path) as sheet, _kept_unless(conn, dry_run):
        layout = columns.read_headings(sheet.headings)
        task = _Import(
            conn=conn,
            key=key,
            now=now,
            source=bulk.source_of(file_name),
            batch_id=bulk.open_batch(conn, file_name, now),
            consent_streams=consent_streams,
            basis=basis,
            country=country,
            tally=Tally(),
        )
        _take_all(task, sheet, layout, path, on_progress)
    return task.tally.report(
        file_name=file_name,
        encoding=sheet.encoding,
        delimiter=sheet.delimiter,
        left_out=layout.left_out,
        batch_id=None if dry_run else task.batch_id,
    )


def _take_all(
    task: _Import, sheet: Sheet, layout: columns.Layout, path: Path, on_progress: Callable[[int], None]
) -> None:
    for records in _batches(sheet):
        _take(task, _candidates(task, records, layout, blocks_of_file(path)))
        on_progress(task.tally.rows)
    _close(task)


@contextmanager
def _kept_unless(conn: Connection, dry_run: bool) -> Iterator[None]:
    """A savepoint: what fails, or is only tried, leaves no trace even if the caller commits afterwards."""
    savepoint = conn.begin_nested()
    try:
        yield
    except BaseException:
        savepoint.rollback()
        raise
    if dry_run:
        savepoint.rollback()
    else:
        savepoint.commit()


def _close(task: _Import) -> None:
    tally = task.tally
    bulk.close_batch(task.conn, task.batch_id, added=tally.added, updated=tally.updated, skipped=tally.skipped)


def _batches(sheet: Sheet) -> Iterator[list[Record]]:
    while records := list(itertools.islice(sheet.records, BATCH)):
        yield records


def _candidates(task: _Import, records: list[Record], layout: columns.Layout, blocks: tuple[Block, ...]) -> _Chosen:
    """Who stands in these rows, each address once; what cannot be used is noted."""
    chosen: _Chosen = {}
    for record in records:
        task.tally.rows += 1
        try:
            found = candidate(record.cells, layout, blocks)
        except AudienceError as error:
            task.tally.note(record.number, _address(record, layout), str(error), skipped=True)
            continue
        for message in _remarks(record, found):
            task.tally.note(record.number, found.details.email, message)
        _choose(task, chosen, record.number, found)
    return chosen


def _choose(task: _Import, chosen: _Chosen, row: int, found: Candidate) -> None:
    hashed = address_hash(found.details.email, task.key)
    if hashed not in chosen:
        chosen[hashed] = row, found
        return
    first, earlier = chosen[hashed]
    chosen[hashed] = first, _strictest(earlier, found)
    message = f"The same address stands in row {first}; that row was taken."
    task.tally.note(row, found.details.email, message, skipped=True)


def _strictest(earlier: Candidate, later: Candidate) -> Candidate:
    """Of two rows for one address the first is taken, but a refusal in either of them counts."""
    return Candidate(
        details=earlier.details,
        blocks=earlier.blocks + later.blocks,
        willing=earlier.willing and later.willing,
        notes=earlier.notes,
        claimed=earlier.claimed,
        evidence=earlier.evidence,
    )


def _remarks(record: Record, found: Candidate) -> Iterator[str]:
    if record.damaged:
        yield "A quotation mark is not closed; the row was read without it. Please check the name."
    yield from found.notes


def _address(record: Record, layout: columns.Layout) -> str:
    position = layout.positions[columns.Column.EMAIL]
    return record.cells[position].strip() if position < len(record.cells) else ""


def _take(task: _Import, chosen: _Chosen) -> None:
    """Puts one batch into the store, a statement a table."""
    blocks = bulk.blocked(task.conn, list(chosen))
    _leave_out_erased(task, chosen, blocks)
    details = {hashed: found.details for hashed, (_, found) in chosen.items()}
    ids = bulk.insert_new_people(task.conn, details, batch_id=task.batch_id, source=task.source, at=task.now)
    task.tally.added += len(ids)
    bulk.tag(task.conn, {number: tags for hashed, number in ids.items() if (tags := details[hashed].tags)})
    people = bulk.known(task.conn, [hashed for hashed in chosen if hashed not in ids])
    _complete(task, chosen, people)
    ids |= {hashed: person.id for hashed, person in people.items()}
    _block(task, chosen, ids, blocks)
    for stream in sorted(task.consent_streams | {Stream.MARKETING}):
        willing = {ids[hashed]: found for hashed, found in _open_to(task, stream, chosen, blocks)}
        if willing:
            latest = bulk.latest_consents(task.conn, [person.id for person in people.values()], stream)
            _consent(task, stream, willing, latest)


def _leave_out_erased(task: _Import, chosen: _Chosen, blocks: Mapping[str, tuple[Suppression, ...]]) -> None:
    for hashed, entries in blocks.items():
        erased = [entry.at for entry in entries if entry.reason is Reason.ERASURE]
        if erased:
            row, found = chosen.pop(hashed)
            message = f"Her data was erased on {erased[0]:%d %B %Y}. Only she herself can come back, by signing up."
            task.tally.note(row, found.details.email, message, skipped=True)


def _complete(task: _Import, chosen: _Chosen, people: Mapping[str, bulk.Known]) -> None:
    """Fills in what was not known of people who are there already, and adds their tags."""
    changes: dict[int, dict[str, str]] = {}
    tags: dict[int, tuple[str, ...]] = {}
    journal: list[tuple[int, str, str, str]] = []
    for hashed, known in people.items():
        row, found = chosen[hashed]
        person = found.details
        change = {name: value for name in known.missing if (value := getattr(person, name))}
        added = tuple(tag for tag in person.tags if tag not in known.tags)
        changes[known.id], tags[known.id] = change, added
        if known.batch_id != task.batch_id:
            journal += [(known.id, field, "", "") for field in change]
            journal += [(known.id, TAG, tag, "") for tag in added]
        if known.batch_id == task.batch_id:
            task.tally.note(row, person.email, "The same address stands further up in this file; the rows were joined.")
        if change or added:
            task.tally.updated += 1
        else:
            task.tally.unchanged += 1
    bulk.complete(task.conn, changes)
    bulk.tag(task.conn, tags)
    bulk.note_changes(task.conn, task.batch_id, journal)


def _block(
    task: _Import, chosen: _Chosen, ids: Mapping[str, int], known: Mapping[str, tuple[Suppression, ...]]
) -> None:
    blocks = {hashed: found.blocks for hashed, (_, found) in chosen.items() if found.blocks}
    journal: list[tuple[int, str, str, str]] = []
    for hashed, why in blocks.items():
        stood = {entry.stream: entry for entry in known.get(hashed, ())}
        streams = {scope(reason, stream) for reason, stream in why}
        journal += [(ids[hashed], SUPPRESSION, each, before_of(stood.get(each))) for each in sorted(streams)]
    bulk.note_changes(task.conn, task.batch_id, journal)
    bulk.block(task.conn, blocks, source=task.source, at=task.now)
    task.tally.suppressed += len(blocks)


def _open_to(
    task: _Import, stream: Stream, chosen: _Chosen, blocks: Mapping[str, tuple[Suppression, ...]]
) -> Iterator[tuple[str, tuple[int, Candidate]]]:
    """Those of whom anything can be said to have agreed: nothing blocks them here, and the other program says nothing
    else."""
    stated = stream in task.consent_streams
    for hashed, (row, found) in chosen.items():
        if not (stated or found.evidence or found.claimed):
            continue
        barred = any(entry.stream in (stream, ALL) for entry in blocks.get(hashed, ()))
        if not barred and not found.blocks and found.willing:
            yield hashed, (row, found)


def _consent(
    task: _Import,
    stream: Stream,
    people: Mapping[int, tuple[int, Candidate]],
    latest: Mapping[int, ConsentRecord],
) -> None:
    stated = cache(partial(_offer, task, stream))
    proofs: list[tuple[int, datetime, str]] = []
    records: dict[ConsentRecord, list[int]] = {}
    for subscriber_id, (row, found) in people.items():
        known = latest.get(subscriber_id)
        if known is None and found.evidence and stream is Stream.MARKETING:  # most of a list that brings any
            proofs.append((subscriber_id, _moment(task, found.evidence), found.evidence.words))
            continue
        try:
            record = (
                None if _says_enough(known, task.now) else consent.grant(known, _offered(task, stream, found, stated))
            )
        except AudienceError as error:
            task.tally.note(row, found.details.email, str(error))
            continue
        if record:
            records.setdefault(record, []).append(subscriber_id)
            task.tally.consents += record.action is ConsentAction.GRANTED
            task.tally.pending += record.action is ConsentAction.PENDING
    task.tally.consents += len(proofs)
    bulk.append_proofs(task.conn, _proved(task), proofs, batch_id=task.batch_id)
    bulk.append_consents(task.conn, records, batch_id=task.batch_id)


def _says_enough(known: ConsentRecord | None, now: datetime) -> bool:
    """An import never upgrades: neither a consent in force, nor one that she was asked to confirm and did not."""
    if known is None:
        return False
    asked = known.action is ConsentAction.PENDING and known.source == consent.SIGN_UP
    return asked or consent.in_force(known, now)


def _offered(task: _Import, stream: Stream, found: Candidate, stated: Callable[[str], ConsentRecord]) -> ConsentRecord:
    """What the file proves, else what the operator states, else what the other program merely says."""
    if stream is Stream.MARKETING and found.evidence:
        return replace(_proved(task), at=_moment(task, found.evidence), wording=found.evidence.words)
    if stream in task.consent_streams:
        return stated(found.details.country or task.country)
    return ConsentRecord(
        stream=stream, action=ConsentAction.PENDING, basis=Basis.EXPRESS, source=task.source, at=task.now
    )


def _moment(task: _Import, evidence: Evidence) -> datetime:
    """When she agreed; what names no moment, or one to come, counts from now."""
    return evidence.at if evidence.at and evidence.at <= task.now else task.now


def _proved(task: _Import) -> ConsentRecord:
    return consent.offer(Stream.MARKETING, Basis.EXPRESS, country=task.country, source=task.source, at=task.now)


def _offer(task: _Import, stream: Stream, country: str) -> ConsentRecord:
    return consent.offer(stream, task.basis, country=country, source=task.source, at=task.now)
