"""Statements that go straight to the driver say the same on both databases."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, bindparam, insert, select, update

from subscribers.store.prepared import Prepared
from subscribers.tables import subscriber

_COLUMNS = "email", "address_hash", "created_at"
_ADD = Prepared(insert(subscriber).values({name: bindparam(name) for name in _COLUMNS}).returning(subscriber.c.id))
_FIND = select(subscriber.c.created_at, subscriber.c.email).where(subscriber.c.address_hash == bindparam("of"))
_RENAME = update(subscriber).where(subscriber.c.address_hash == bindparam("of"), subscriber.c.country == "")

_MOMENTS = st.integers(0, 2**32 * 10**6).map(
    lambda each: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=each)
)


def _row(number: int, at: datetime) -> dict[str, Any]:
    return {"email": f"a{number}@client.example", "address_hash": str(number), "created_at": at}


def test_rows_come_back_as_the_columns_say(conn: Connection, now: datetime) -> None:
    """A moment goes in wherever it was taken and comes out in UTC; the id of a new row is told."""
    there = now.astimezone(timezone(timedelta(hours=-5)))
    ((number,),) = _ADD.rows(conn, _row(1, there))
    assert isinstance(number, int)
    ((at, email),) = Prepared(_FIND).rows(conn, {"of": "1"})
    assert (at, at.tzinfo, email) == (now, UTC, "a1@client.example")


def test_changed_rows_are_counted(conn: Connection, now: datetime) -> None:
    """What is always the same in a statement, such as the value of a column, is said by itself."""
    _ADD.rows(conn, _row(1, now))
    rename = Prepared(_RENAME.values(country="GB"))
    assert [rename.change(conn, {"of": "1"}), rename.change(conn, {"of": "1"})] == [1, 0]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(moments=st.lists(_MOMENTS, max_size=9))
def test_many_rows_are_each_what_one_would_be(conn: Connection, moments: list[datetime]) -> None:
    """Values that are alike are converted once, and no value becomes another's."""
    table = Prepared(insert(subscriber).values({name: bindparam(name) for name in _COLUMNS}))
    with conn.begin_nested() as savepoint:
        table.many(conn, [_row(number, at) for number, at in enumerate(moments)])
        found = conn.execute(select(subscriber.c.created_at).order_by(subscriber.c.id)).scalars()
        assert list(found) == moments
        savepoint.rollback()
