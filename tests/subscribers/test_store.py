"""The audience in the store: who is in it, and what is known of her."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import Connection, insert, select

from subscribers import store
from subscribers.consent import Stream
from subscribers.errors import AudienceError
from subscribers.segment import parse
from subscribers.subscriber import Subscriber, details
from subscribers.suppression import address_hash
from subscribers.tables import import_batch

Add = Callable[..., Subscriber]


def test_who_is_added_is_found_in_any_spelling(conn: Connection, add: Add, now: datetime) -> None:
    """Capitals do not hide her."""
    added = add("Anna@Example.com", name="Anna Smith", country="uk", tags=("regulars",))
    assert store.find(conn, "ANNA@example.com") == added
    assert (added.email, added.first_name, added.country, added.created_at) == ("anna@example.com", "Anna", "GB", now)


def test_adding_again_only_fills_what_was_empty(add: Add) -> None:
    """A second list does not overwrite what the first knew; tags are joined."""
    first = add(name="Anna", tags=("regulars",))
    again = add(name="Annie", timezone="Europe/London", tags=("friends",))
    assert again.id == first.id
    assert (again.name, again.timezone, again.tags) == ("Anna", "Europe/London", ("friends", "regulars"))


def test_details_are_replaced_on_purpose(conn: Connection, add: Add, now: datetime) -> None:
    """An update says all that is known, tags too."""
    anna = add(name="Annie", country="GB", tags=("old",))
    updated = store.update_details(conn, anna.id, details(anna.email, name="Anna", tags=("new",)), at=now)
    assert (updated.name, updated.country, updated.tags) == ("Anna", "", ("new",))


def test_an_address_is_not_changed_into_another(conn: Connection, add: Add, now: datetime) -> None:
    """Otherwise a suppressed person could be mailed under a new one."""
    anna = add()
    with pytest.raises(AudienceError, match="cannot become"):
        store.update_details(conn, anna.id, details("other@example.com"), at=now)


def test_tags_come_and_go(conn: Connection, add: Add) -> None:
    """Adding one twice or taking one she does not have is no fault."""
    anna = add(tags=("a",))
    store.add_tags(conn, anna.id, ("a", "b"))
    store.remove_tags(conn, anna.id, ("a", "z"))
    assert store.get(conn, anna.id).tags == ("b",)


def test_an_unknown_number_is_named(conn: Connection) -> None:
    """It says which, and what to do."""
    with pytest.raises(AudienceError, match="number 17"):
        store.get(conn, 17)


def test_who_is_not_there_is_not_found(conn: Connection) -> None:
    """Nobody is not a fault."""
    assert store.find(conn, "nobody@example.com") is None


def test_a_list_goes_on_after_its_last_page(conn: Connection, add: Add) -> None:
    """People come in the order they joined."""
    ids = [add(f"p{number}@example.com").id for number in range(5)]
    assert [person.id for person in store.page(conn, after=ids[1], limit=2)] == ids[2:4]
    assert [person.id for person in store.iterate(conn)] == ids
    assert store.count(conn) == 5


@pytest.mark.parametrize(
    ("segment", "members"),
    [
        ("", {"anna", "bob", "carla"}),
        ("tag:regulars", {"anna", "bob"}),
        ("tag:regulars,country:GB", {"anna"}),
        ("tag:friends|country:GB", {"anna", "carla"}),
        ("language:en", {"anna", "bob"}),
        ("language:en-GB", {"anna"}),
        ("joined_after:2026-03-02", {"anna", "bob", "carla"}),
        ("joined_before:2026-03-02", set()),
    ],
)
def test_a_segment_has_the_members_its_rules_name(conn: Connection, add: Add, segment: str, members: set[str]) -> None:
    """A comma is an and, a bar is an or, "en" takes en-GB in."""
    add("anna@example.com", tags=("regulars",), country="GB", language="en-GB")
    add("bob@example.com", tags=("regulars",), country="US", language="en")
    add("carla@example.com", tags=("friends",), country="DE", language="de")
    found = {person.email.split("@")[0] for person in store.iterate(conn, parse(segment))}
    assert (found, store.count(conn, parse(segment))) == (members, len(members))


def test_a_time_comes_back_in_utc(conn: Connection, now: datetime) -> None:
    """Whatever zone it was written in, and to the microsecond."""
    local = (now + timedelta(microseconds=1)).astimezone(timezone(timedelta(hours=5, minutes=30)))
    conn.execute(insert(import_batch).values(file_name="x", at=local, added=0, updated=0, skipped=0))
    found = conn.execute(select(import_batch.c.at)).scalar_one()
    assert (found, found.utcoffset()) == (local, timedelta(0))


def test_a_time_without_a_zone_is_refused(conn: Connection, now: datetime) -> None:
    """Nobody can say what it means."""
    row = {"file_name": "x", "at": now.replace(tzinfo=None), "added": 0, "updated": 0, "skipped": 0}
    with pytest.raises(Exception, match="no time zone"):
        conn.execute(insert(import_batch).values(row))


def test_times_sort_as_they_passed(conn: Connection, now: datetime) -> None:
    """With and without fractions, early and late years alike."""
    moments = [now.replace(year=987), now.replace(microsecond=5), now + timedelta(seconds=1), now]
    rows = [{"file_name": "x", "at": at, "added": 0, "updated": 0, "skipped": 0} for at in moments]
    conn.execute(insert(import_batch), rows)
    found = conn.execute(select(import_batch.c.at).order_by(import_batch.c.at)).scalars().all()
    assert list(found) == sorted(moments)


def test_a_hash_needs_its_key(key: bytes) -> None:
    """Without a real key the addresses behind the hashes could be tried out."""
    assert address_hash("anna@example.com", key) != address_hash("anna@example.com", key[::-1])
    with pytest.raises(AudienceError, match="16 to 64 bytes"):
        address_hash("anna@example.com", b"")


def test_adding_with_consent_notes_it_once(conn: Connection, add: Add) -> None:
    """The same command twice leaves one entry."""
    anna = add(consents=(Stream.MARKETING,))
    add(consents=(Stream.MARKETING,))
    (record,) = store.consents(conn, anna.id)
    assert (record.basis, record.source) == ("express", "by hand")
