"""The audience out: as a CSV file for a spreadsheet, and one person's own data for her."""

import csv
from collections.abc import Iterator
from datetime import datetime
from typing import TextIO

from sqlalchemy import Connection

from subscribers import store
from subscribers.consent import ConsentAction, ConsentRecord, Stream, in_force
from subscribers.segment import EVERYONE, Segment
from subscribers.store import bulk
from subscribers.store.eligibility import Further, unknown_here
from subscribers.subscriber import Subscriber
from subscribers.suppression import Reason, Suppression

HEADINGS = ("email", "name", "tags", "country", "language", "timezone", "joined", "marketing", "care", "status")
_ASKED = (Stream.MARKETING, Stream.CARE)
# What makes a cell a formula (OWASP, CSV injection); the wide forms do so in spreadsheets of East Asia.
_RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_STATUS = {
    Reason.SOFT_BOUNCE: "bounced softly",
    Reason.PAUSE: "paused",
    Reason.BY_HAND: "by hand",
    Reason.HARD_BOUNCE: "bounced",
    Reason.COMPLAINT: "complained",
    Reason.ERASURE: "erased",
}


def export_csv(
    conn: Connection,
    to: TextIO,
    *,
    now: datetime,
    segment: Segment = EVERYONE,
    further: Further = unknown_here,
) -> int:
    """Writes everyone of a segment and returns how many; opens in a spreadsheet, and `import_csv` reads it back.

    `to` is opened as UTF-8 with newline=""; a byte order mark goes first, without which Excel garbles accents. Streams
    say what the consent is at `now`; the status says what suppresses the address.
    """
    to.write("\ufeff")
    writer = csv.writer(to)
    writer.writerow(HEADINGS)
    written = 0
    for row in _rows(conn, segment, further, now):
        writer.writerow([harmless(cell) for cell in row])
        written += 1
    return written


def harmless(cell: str) -> str:
    """A cell that no spreadsheet runs: an apostrophe before what would be a formula."""
    return f"'{cell}" if cell.startswith(_RUN) else cell


def person(conn: Connection, subscriber_id: int) -> dict[str, object]:
    """Everything the audience holds of one person, ready for JSON. Raises AudienceError where there is nobody."""
    subscriber = store.get(conn, subscriber_id)
    return {
        "id": subscriber.id,
        "email": subscriber.email,
        "name": subscriber.name,
        "timezone": subscriber.timezone,
        "country": subscriber.country,
        "language": subscriber.language,
        "tags": list(subscriber.tags),
        "frequency": subscriber.frequency.value,
        "source": store.source_of(conn, subscriber_id),
        "created_at": subscriber.created_at.isoformat(),
        "consents": [_consent(record) for record in store.consents(conn, subscriber_id)],
        "suppressions": [_suppression(entry) for entry in store.suppressions(conn, store.hash_of(conn, subscriber_id))],
    }


def _rows(conn: Connection, segment: Segment, further: Further, now: datetime) -> Iterator[list[str]]:
    last = 0
    while people := store.page(conn, segment, after=last, further=further):
        ids = [subscriber.id for subscriber in people]
        hashes = bulk.hashes(conn, ids)
        blocks = bulk.blocked(conn, list(hashes.values()))
        latest = [bulk.latest_consents(conn, ids, stream) for stream in _ASKED]
        for subscriber in people:
            consents = [consent_words(of_stream.get(subscriber.id), now) for of_stream in latest]
            yield [*_details(subscriber), *consents, _status(blocks.get(hashes[subscriber.id], ()))]
        last = ids[-1]


def consent_words(record: ConsentRecord | None, now: datetime) -> str:
    """What the latest entry of a stream means at `now`: "yes, express, since 2026-01-31", "withdrawn", nothing."""
    if record is None:
        return ""
    if in_force(record, now):
        return f"yes, {record.basis.replace('_', ' ')}, since {record.at:%Y-%m-%d}"
    return "expired" if record.action is ConsentAction.GRANTED else record.action.value


def _details(subscriber: Subscriber) -> list[str]:
    return [
        subscriber.email,
        subscriber.name,
        "; ".join(subscriber.tags),
        subscriber.country,
        subscriber.language,
        subscriber.timezone,
        f"{subscriber.created_at:%Y-%m-%d}",
    ]


def _status(entries: tuple[Suppression, ...]) -> str:
    return "; ".join(sorted(_STATUS.get(entry.reason) or f"unsubscribed from {entry.stream}" for entry in entries))


def _consent(record: ConsentRecord) -> dict[str, object]:
    return {
        "stream": record.stream.value,
        "action": record.action.value,
        "basis": record.basis.value,
        "source": record.source,
        "wording": record.wording,
        "at": record.at.isoformat(),
        "expires_at": record.expires_at and record.expires_at.isoformat(),
    }


def _suppression(entry: Suppression) -> dict[str, object]:
    return {
        "stream": entry.stream,
        "reason": entry.reason.value,
        "source": entry.source,
        "at": entry.at.isoformat(),
        "until": entry.until.isoformat() if entry.until else None,
    }
