"""An import that is undone leaves the whole store as it was, but for those who have had a mail or a session since."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from newsletter import aftercare
from newsletter.context import App
from newsletter.store import acts
from subscribers import store
from subscribers.batch import Undone
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber
from subscribers.tables import metadata
from subscribers.transfer import import_csv
from tests.flows.conftest import launch

AddClient = Callable[..., Subscriber]
CLIENTS = """email,name,country,tags,status
anna@example.com,Anna,GB,friends,
ben@example.com,Ben,,,subscribed
cara@example.com,Cara,,,unsubscribed
"""


def take_in(app: App, tmp_path: Path, now: datetime) -> int:
    path = tmp_path / "clients.csv"
    path.write_text(CLIENTS, encoding="utf-8")
    streams = frozenset({Stream.MARKETING, Stream.CARE})
    with app.database.write() as connection:
        report = import_csv(connection, path, dry_run=False, now=now, key=app.key, consent_streams=streams)
    assert report.batch_id is not None
    return report.batch_id


def undo(app: App, batch_id: int, now: datetime) -> Undone:
    with app.database.write() as connection:
        return store.undo_import(connection, batch_id, at=now, further=acts.since)


def contents(app: App) -> dict[str, list[str]]:
    """Every row of every table, but for the list of imports."""
    tables = [each for each in metadata.sorted_tables if each.name != "import_batch"]
    with app.database.read() as connection:
        return {each.name: sorted(str(tuple(row)) for row in connection.execute(select(each))) for each in tables}


def test_every_table_is_as_it_was(app: App, add_client: AddClient, now: datetime, tmp_path: Path) -> None:
    """In a store where a newsletter and a session went before."""
    anna = add_client()
    launch(app, now)
    ended_at = now - timedelta(hours=3)
    aftercare.add_session(app, email=anna.email, services=["relaxation"], ended_at=ended_at, now=now)
    before = contents(app)
    batch_id = take_in(app, tmp_path, now + timedelta(minutes=1))
    assert contents(app) != before
    done = undo(app, batch_id, now + timedelta(minutes=2))
    assert (done.removed, done.restored, done.kept) == (2, 1, ())
    assert contents(app) == before


def test_who_had_a_mail_or_a_session_since_stays(
    app: App, add_client: AddClient, now: datetime, tmp_path: Path
) -> None:
    """By name and with the reason, as she is; who did nothing goes."""
    anna, later = add_client(), now + timedelta(minutes=2)
    batch_id = take_in(app, tmp_path, now + timedelta(minutes=1))
    session: dict[str, Any] = {"services": ["relaxation"], "ended_at": now - timedelta(days=40), "now": later}
    aftercare.add_session(app, email="ben@example.com", **session)
    launch(app, later)
    done = undo(app, batch_id, later + timedelta(minutes=1))
    assert {each.email for each in done.kept} == {anna.email, "ben@example.com", "cara@example.com"}
    assert {each.reason for each in done.kept} == {"a mail was sent to her since, or waits for her"}
    with app.database.read() as connection:
        assert store.get(connection, anna.id).name == "Anna"
