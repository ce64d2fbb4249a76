"""Bookings in the store, on both databases: notices once, their families, tasks, questions and calendars."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from newsletter.domain.booking import BY_HAND, Notice, Standing
from newsletter.errors import NotFoundError
from newsletter.store import calendars, lookups, notices, tasks
from newsletter.store.database import Database

HOUR = timedelta(hours=1)


def told(reference: str, ends: datetime, version: int = 1, *, replaces: str = "", email: str = "") -> Notice:
    return Notice(
        source="calcom",
        reference=reference,
        version=version,
        replaces=replaces,
        standing=Standing.BOOKED,
        addresses=(email,) if email else (),
        service="Reiki",
        ended_at=ends,
    )


def keep(database: Database, now: datetime, *kept: Notice) -> None:
    with database.write() as connection:
        notices.keep(connection, kept, now)


def references(found: Sequence[notices.Kept]) -> list[str]:
    return [each.notice.reference for each in found]


def test_a_notice_is_kept_and_followed_once(database: Database, now: datetime) -> None:
    """It comes back as it was."""
    notice = told("a", now + HOUR, email="anna@example.com")
    keep(database, now, notice, notice)
    keep(database, now, notice)
    with database.write() as connection:
        assert notices.are_waiting(connection)
        assert list(notices.take(connection, 10, now).values()) == ["a"]
        assert (notices.take(connection, 10, now), notices.are_waiting(connection)) == ({}, False)
        (kept,) = notices.lineage(connection, "a")
    assert (kept.notice, kept.followed) == (notice, True)


def test_one_worker_follows_at_a_time(database: Database) -> None:
    """Two notices of one booking must not meet; on SQLite a writing transaction is alone anyway."""
    with database.write() as connection:
        assert notices.may_follow(connection)
        if not database.is_sqlite:
            with database.write() as other:
                assert not notices.may_follow(other)
    with database.write() as connection:
        assert notices.may_follow(connection)


def test_a_family_is_found_by_any_of_its_names(database: Database, now: datetime) -> None:
    """Whoever replaced whom; others are left out."""
    keep(database, now, told("a", now), told("b", now, replaces="a"), told("c", now, replaces="b"), told("x", now))
    with database.read() as connection:
        for name in "abc":
            assert references(notices.lineage(connection, name)) == ["a", "b", "c"]
        assert references(notices.lineage(connection, "x")) == ["x"]


def test_what_a_source_told_last_counts(database: Database, now: datetime) -> None:
    """The therapist's own word is none of a source's, and what was moved into the past is no longer to come."""
    hers = Notice(source="calcom", reference="a", version=BY_HAND, addresses=("anna@example.com",))
    gone = told("b", now - HOUR, 2)
    keep(database, now, told("a", now + HOUR, 2), told("a", now + HOUR, 1), hers, told("b", now + HOUR), gone)
    with database.read() as connection:
        assert {name: each.version for name, each in notices.latest_of(connection, "calcom", now).items()} == {"a": 2}
        assert notices.known(connection, "calcom", ["a", "b", "c"]) == {"a", "b"}
        assert notices.known(connection, "square", ["a"]) == set()


def test_an_address_is_forgotten_with_all_that_was_told_of_it(database: Database, now: datetime) -> None:
    """Also the messages of that booking that did not name it; and what was to be done."""
    keep(
        database,
        now,
        told("a", now, email="anna@example.com"),
        told("a", now, 2),
        told("b", now, email="dora@example.com"),
    )
    open_task(database, "a", now)
    with database.write() as connection:
        lookups.ask(connection, "calcom", "a", now)
        assert len(notices.of_address(connection, "anna@example.com")) == 2
        notices.forget_address(connection, "anna@example.com")
        assert (notices.lineage(connection, "a"), tasks.all_open(connection)) == ([], [])
        assert not lookups.is_asked(connection, "a")
        assert len(notices.of_address(connection, "dora@example.com")) == 1


def test_old_notices_are_forgotten(database: Database, now: datetime) -> None:
    """Those of bookings to come are not, however long ago they were told."""
    keep(database, now, told("a", now - HOUR), told("b", now + 9 * HOUR), Notice(source="calcom", reference="c"))
    with database.write() as connection:
        notices.forget(connection, now + HOUR)
        assert [references(notices.lineage(connection, name)) for name in "abc"] == [[], ["b"], []]


def open_task(database: Database, reference: str, now: datetime, message: str = "Look at it.") -> None:
    with database.write() as connection:
        tasks.open_task(
            connection,
            reference=reference,
            source="calcom",
            service="Reiki",
            ended_at=now,
            message=message,
            now=now,
            retry_at=now + HOUR,
        )


def test_a_task_is_there_once_until_it_is_closed(database: Database, now: datetime) -> None:
    """With its latest words; one without words is not shown."""
    for message in ("Look.", "Look again."):
        open_task(database, "a", now, message)
    open_task(database, "b", now, "")
    with database.write() as connection:
        assert [each.message for each in tasks.all_open(connection)] == ["Look again."]
        assert tasks.counts(connection) == {"calcom": 1}
        assert (tasks.are_due(connection, now), tasks.are_due(connection, now + HOUR)) == (False, True)
        assert tasks.take_due(connection, now + HOUR, now + 2 * HOUR, 10) == ["a", "b"]
        tasks.close(connection, ["a", "b"])
        assert tasks.all_open(connection) == []


def test_a_dismissed_task_stays_away(database: Database, now: datetime) -> None:
    """Whatever is told of it later."""
    open_task(database, "ics:x#1", now)
    open_task(database, "ics:x#2", now)
    with database.write() as connection:
        first, second = tasks.of_series(connection, "ics:x")
        tasks.dismiss(connection, first.id, now)
        tasks.close(connection, [first.reference])
    open_task(database, "ics:x#1", now)
    with database.write() as connection:
        assert [each.id for each in tasks.all_open(connection)] == [second.id]
        tasks.make_due(connection, now)
        assert tasks.take_due(connection, now, now, 10) == ["ics:x#2"]
        with pytest.raises(NotFoundError):
            tasks.dismiss(connection, first.id, now)


def test_what_was_asked_for_meanwhile_is_asked_again(database: Database, now: datetime) -> None:
    """A program that calls while it is being asked has something newer to tell."""
    with database.write() as connection:
        lookups.ask(connection, "square", "square:1", now)
        claimed = lookups.claim(connection, now, now + HOUR)
        assert claimed is not None
        assert lookups.claim(connection, now, now + HOUR) is None
        lookups.ask(connection, "square", "square:1", now + timedelta(seconds=1))
        lookups.done(connection, claimed, now)
        again = lookups.claim(connection, now, now + HOUR)
        assert again is not None
        lookups.failed(connection, again, "It does not answer.", now + HOUR)
        assert lookups.faults(connection) == {"square": "It does not answer."}
        lookups.done(connection, again, now)
        assert not lookups.is_asked(connection, "square:1")


def test_a_calendar_is_read_by_one_worker_at_a_time(database: Database, now: datetime) -> None:
    """The same address is the same calendar; what is shown of it is its host."""
    with database.write() as connection:
        added = calendars.add(connection, "https://calendar.example/secret.ics", now)
        assert calendars.add(connection, added.url, now + HOUR) == added
        assert (added.host, added.source) == ("calendar.example", f"calendar:{added.id}")
        claimed = calendars.claim(connection, now, HOUR)
        assert claimed == replace(added, due_at=now + HOUR)
        assert calendars.claim(connection, now, HOUR) is None
        calendars.failed(connection, added.id, "It does not answer.", due_at=now, now=now)
        calendars.read(connection, added.id, due_at=now, now=now, etag='"1"', modified="", note="")
        assert (calendars.get(connection, added.id).fault, calendars.get(connection, added.id).failures) == ("", 0)
        calendars.remove(connection, added)
        assert calendars.all_calendars(connection) == []
