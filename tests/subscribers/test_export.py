"""What goes out opens harmlessly in a spreadsheet, and comes back as it was."""

import csv
import io
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from subscribers import store
from subscribers.consent import Stream
from subscribers.segment import parse
from subscribers.subscriber import Subscriber
from subscribers.suppression import Reason, address_hash
from subscribers.transfer import export_csv, import_csv, person
from subscribers.transfer.export import harmless

Add = Callable[..., Subscriber]


def exported(conn: Connection, now: datetime, segment: str = "") -> list[dict[str, str]]:
    """The rows of an export by their headings."""
    out = io.StringIO(newline="")
    assert export_csv(conn, out, now=now, segment=parse(segment)) == out.getvalue().count("\r\n") - 1
    return list(csv.DictReader(io.StringIO(out.getvalue().removeprefix("\ufeff"), newline="")))


def test_an_export_says_who_agreed_to_what(conn: Connection, add: Add, key: bytes, now: datetime) -> None:
    """In words, a column a stream; and what suppresses the address."""
    anna = add(name="Anna", consents=(Stream.MARKETING, Stream.CARE), tags=("a", "b"))
    store.withdraw(conn, anna.id, Stream.CARE, source="link", at=now)
    store.suppress(conn, address_hash(anna.email, key), None, reason=Reason.HARD_BOUNCE, source="webhook", at=now)
    (row,) = exported(conn, now)
    assert (row["email"], row["tags"], row["joined"]) == ("anna@example.com", "a; b", "2026-03-02")
    assert (row["marketing"], row["care"]) == ("yes, express, since 2026-03-02", "withdrawn")
    assert row["status"] == "bounced; unsubscribed from care"


def test_an_export_can_be_of_a_segment(conn: Connection, add: Add, now: datetime) -> None:
    """And leaves out who was erased."""
    add("anna@example.com", tags=("a",))
    add("bob@example.com")
    store.erase(conn, add("carla@example.com", tags=("a",)).id, source="asked", at=now)
    assert [row["email"] for row in exported(conn, now, "tag:a")] == ["anna@example.com"]


@given(st.text())
def test_no_cell_is_a_formula(cell: str) -> None:
    """OWASP, CSV injection: =, +, -, @, tab and line breaks, and the wide forms."""
    for start in ("", *"=+-@\t\r\n＝＋－＠"):
        assert harmless(start + cell)[:1] not in set("=+-@\t\r\n＝＋－＠")


def test_an_export_comes_back_as_it_was(conn: Connection, add: Add, key: bytes, now: datetime, tmp_path: Path) -> None:
    """Apostrophes are taken off again, and suppressions hold in the next store."""
    anna = add(
        "+anna@example.com", name="=Anna", tags=("a", "b"), country="GB", language="en", timezone="Europe/London"
    )
    store.withdraw(conn, anna.id, None, source="link", at=now)
    path = tmp_path / "audience.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        export_csv(conn, file, now=now)
    for table in ("consent", "subscriber_tag", "suppression", "subscriber"):
        conn.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 -- the names are four lines up
    import_csv(conn, path, dry_run=False, now=now, key=key, consent_streams=frozenset(Stream))
    back = store.find(conn, "+anna@example.com")
    assert back is not None
    assert (back.name, back.tags, back.country, back.timezone) == ("=Anna", ("a", "b"), "GB", "Europe/London")
    assert [entry.stream for entry in store.suppressions(conn, store.hash_of(conn, back.id))] == ["all"]


def test_a_person_gets_all_that_is_held_of_her(conn: Connection, add: Add, now: datetime) -> None:
    """GDPR article 15 and 20: everything, ready for JSON."""
    anna = add(name="Anna", tags=("a",), consents=(Stream.CARE,))
    store.withdraw(conn, anna.id, Stream.CARE, source="link", at=now)
    held = json.loads(json.dumps(person(conn, anna.id)))
    assert (held["email"], held["tags"]) == ("anna@example.com", ["a"])
    assert [entry["action"] for entry in held["consents"]] == ["granted", "withdrawn"]
    assert held["suppressions"][0]["reason"] == "unsubscribe"
