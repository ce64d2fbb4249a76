"""An import that is undone leaves the store as it was, but for those who have done anything since."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

from subscribers import store
from subscribers.batch import Undone
from subscribers.consent import Basis, Stream, offer
from subscribers.errors import AudienceError
from subscribers.subscriber import Frequency, Subscriber, details
from subscribers.suppression import Reason, address_hash
from subscribers.tables import metadata, subscriber
from subscribers.transfer import ImportReport, import_csv

Add = Callable[..., Subscriber]
Import = Callable[..., ImportReport]
MARKETING = frozenset({Stream.MARKETING})
LATER = timedelta(minutes=1)
CLIENTS = """email,name,country,tags,status,opt-in time
anna@example.com,Anna,GB,"friends,regulars",subscribed,
bob@example.com,Bob,,,unsubscribed,
carla@example.com,Carla,DE,friends,subscribed,2024-05-01 09:00
dora@example.com,Dora,,,bounced,
emil@example.com,Emil,,,unsubscribed,
"""


@pytest.fixture
def imported(conn: Connection, tmp_path: Path, key: bytes, now: datetime) -> Import:
    """Imports a text as a file, a minute after everything else."""

    def imported(text: str = CLIENTS, at: datetime = now + LATER, **more: Any) -> ImportReport:
        path = tmp_path / "clients.csv"
        path.write_text(text, encoding="utf-8")
        return import_csv(conn, path, dry_run=False, now=at, key=key, consent_streams=MARKETING, **more)

    return imported


@pytest.fixture
def crowd(conn: Connection, add: Add, key: bytes, now: datetime) -> dict[str, Subscriber]:
    """People who are there before: one to be completed, one suppressed for less, one who left already."""
    people = {name: add(f"{name}@example.com", tags=("regulars",)) for name in ("anna", "bob", "emil")}
    by_hand = address_hash("bob@example.com", key)
    store.suppress(conn, by_hand, Stream.MARKETING, reason=Reason.BY_HAND, source="phone", at=now)
    store.withdraw(conn, people["emil"].id, Stream.MARKETING, source="link", at=now)
    return people


def contents(conn: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the audience, but for the list of imports."""
    names = ("subscriber", "subscriber_tag", "consent", "suppression", "import_change")
    return {
        name: sorted((tuple(row) for row in conn.execute(select(metadata.tables[name]))), key=repr) for name in names
    }


def undo(conn: Connection, report: ImportReport, now: datetime) -> Undone:
    assert report.batch_id is not None
    return store.undo_import(conn, report.batch_id, at=now + 2 * LATER)


def test_an_undone_import_leaves_every_table_as_it_was(
    conn: Connection, crowd: dict[str, Subscriber], imported: Import, now: datetime
) -> None:
    """Added people, filled fields, tags, consents and suppressions, replaced ones too."""
    before = contents(conn)
    report = imported()
    assert (report.added, report.updated, report.suppressed) == (2, 3, 3)
    done = undo(conn, report, now)
    assert contents(conn) == before
    assert (done.removed, done.restored, done.kept_count) == (2, 3, 0)


def test_a_person_whom_a_later_import_completed_is_kept(
    conn: Connection, crowd: dict[str, Subscriber], imported: Import, now: datetime
) -> None:
    """What the later one added rests on the earlier."""
    first = imported()
    imported("email,timezone\ncarla@example.com,Europe/Berlin\n", at=now + LATER * 3 / 2)
    kept = undo(conn, first, now).kept
    assert [(each.email, each.reason) for each in kept] == [("carla@example.com", "a later import added to her")]


def test_the_later_import_goes_first_and_then_the_earlier(
    conn: Connection, crowd: dict[str, Subscriber], imported: Import, now: datetime
) -> None:
    """Each time the store is as it was."""
    before = contents(conn)
    first = imported()
    between = contents(conn)
    second = imported("email,timezone,tags\ncarla@example.com,Europe/Berlin,vip\n", at=now + LATER * 3 / 2)
    undo(conn, second, now)
    assert contents(conn) == between
    undo(conn, first, now)
    assert contents(conn) == before


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        ("agrees", "she agreed to mail, or left, since"),
        ("leaves", "she agreed to mail, or left, since"),
        ("bounces", "her address was suppressed since"),
        ("wishes", "her details were changed since"),
        ("is completed", "her details were changed since"),
        ("is erased", "her data was erased"),
    ],
)
@pytest.mark.parametrize("email", ["anna@example.com", "carla@example.com"])
def test_who_has_acted_since_stays_as_she_is(
    conn: Connection,
    crowd: dict[str, Subscriber],
    imported: Import,
    key: bytes,
    now: datetime,
    act: str,
    reason: str,
    email: str,
) -> None:
    """Added or completed, she is no longer what the import made of her."""
    report, at = imported(), now + LATER + timedelta(seconds=1)
    person = store.find(conn, email)
    assert person is not None
    match act:
        case "agrees":
            wish = offer(Stream.CARE, Basis.EXPRESS, country="GB", source="page", at=at)
            store.grant(conn, person.id, wish, own_act=True)
        case "leaves":
            store.withdraw(conn, person.id, Stream.MARKETING, source="link", at=at)
        case "bounces":
            store.suppress(conn, store.hash_of(conn, person.id), None, reason=Reason.HARD_BOUNCE, source="mail", at=at)
        case "wishes":
            store.wish(conn, person.id, language="de", frequency=Frequency.WEEKLY, at=at)
        case "is completed":
            store.add(conn, details(email, timezone="Europe/London"), key=key, now=at)
        case _:
            store.erase(conn, person.id, source="asked", at=at)
    as_she_was = hers(conn, person.id)
    done = undo(conn, report, now)
    assert [(each.id, each.reason) for each in done.kept] == [(person.id, reason)]
    assert hers(conn, person.id) == as_she_was


def test_the_caller_knows_of_further_acts(
    conn: Connection, crowd: dict[str, Subscriber], imported: Import, now: datetime
) -> None:
    """She has a session, or a mail was sent to her; the condition hears since when."""
    heard = []

    def mailed(since: datetime) -> dict[str, Any]:
        heard.append(since)
        return {"a mail was sent to her": subscriber.c.name == "Carla"}

    done = store.undo_import(conn, imported().batch_id or 0, at=now + 2 * LATER, further=mailed)
    assert ([(each.email, each.reason) for each in done.kept], heard) == (
        [("carla@example.com", "a mail was sent to her")],
        [now + LATER],
    )


def test_an_import_is_undone_once(conn: Connection, imported: Import, now: datetime) -> None:
    """And one that never was is none."""
    report = imported()
    undo(conn, report, now)
    (listed,) = store.imports(conn)
    assert (listed.file_name, listed.added, listed.undone_at) == ("clients.csv", 5, now + 2 * LATER)
    with pytest.raises(AudienceError, match="was undone on 02 March 2026"):
        undo(conn, report, now)
    with pytest.raises(AudienceError, match="no import number"):
        store.undo_import(conn, 999, at=now)


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["anna", "bob", "carla", "dora"]),
        st.sampled_from(["", "Anna", "Bob"]),
        st.sampled_from(["", "GB", "DE"]),
        st.sampled_from(["", "a", "a;b"]),
        st.sampled_from(["", "subscribed", "unsubscribed", "bounced", "complained", "blocked", "unknown"]),
        st.sampled_from(["", "2024-01-01", "1/2/2024"]),
    ),
    max_size=6,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lists=st.lists(ROWS, min_size=2, max_size=3))
def test_any_import_on_top_of_any_other_is_undone_exactly(
    scratch: Engine, tmp_path: Path, key: bytes, now: datetime, lists: list[list[tuple[str, ...]]]
) -> None:
    """The last one, whatever stood there."""
    with scratch.connect() as conn:
        before: dict[str, Any] = {}
        for number, rows in enumerate(lists):
            before = contents(conn)
            path = tmp_path / f"{number}.csv"
            lines = [f"{name}@example.com,{','.join(rest)}" for name, *rest in rows]
            path.write_text("\n".join(["email,name,country,tags,status,opt-in time", *lines]), encoding="utf-8")
            at = now + number * LATER
            report = import_csv(conn, path, dry_run=False, now=at, key=key, consent_streams=MARKETING)
        store.undo_import(conn, report.batch_id or 0, at=now + timedelta(hours=1))
        assert contents(conn) == before
        conn.rollback()


def hers(conn: Connection, subscriber_id: int) -> list[Any]:
    """All that is kept of a person."""
    return [
        store.get(conn, subscriber_id),
        store.consents(conn, subscriber_id),
        store.suppressions(conn, store.hash_of(conn, subscriber_id)),
    ]
