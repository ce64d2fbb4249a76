"""What became of sessions is kept entry by entry; of older ones, what can still be known."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from newsletter.domain.aftercare import SessionState
from newsletter.store import session_changes
from newsletter.store.database import Database, sqlite_url
from newsletter.store.migrations.run import upgrade

NOW = datetime(2026, 3, 2, 13, tzinfo=UTC)
BEFORE = "0014"  # the last schema without such entries
_CLIENT = "INSERT INTO subscriber (id, email, address_hash, created_at) VALUES (1, 'a@example.com', 'x', :now)"
_SESSION = (
    "INSERT INTO session (subscriber_id, services, practitioner, ended_at, flags, state, created_at, changed_at) "
    "VALUES (1, '[]', '', :now, '[]', :state, :now, :later)"
)


@pytest.fixture
def old(database_url: str | None, tmp_path: Path) -> Iterator[Database]:
    """A store of that schema, with a session that was cancelled, and one that took place."""
    database = Database(database_url or sqlite_url(tmp_path / "afterglow.db"))
    shown = (lambda moment: moment) if database_url else _written
    with database.write() as connection:
        upgrade(connection, None, BEFORE)
        connection.execute(text(_CLIENT), {"now": shown(NOW)})
        for state in ("cancelled", "completed"):
            values = {"state": state, "now": shown(NOW), "later": shown(NOW + timedelta(hours=1))}
            connection.execute(text(_SESSION), values)
    yield database
    database.close()


def _written(moment: datetime) -> str:
    """As SQLite keeps it."""
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def test_older_sessions_are_told_as_far_as_they_are_known(old: Database) -> None:
    """One that was cancelled had been booked before; one that took place was recorded so."""
    old.upgrade()
    with old.read() as connection:
        known = [(each.session_id, each.state, each.at) for each in session_changes.of_client(connection, 1)]
    assert known == [
        (1, SessionState.BOOKED, NOW),
        (2, SessionState.COMPLETED, NOW),
        (1, SessionState.CANCELLED, NOW + timedelta(hours=1)),
    ]
