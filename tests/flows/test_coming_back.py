"""Whose data was erased comes back by her own word alone, and leaves no trace where she does not give it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from newsletter import aftercare, personal_data, retention, signup
from newsletter.context import App
from newsletter.domain.delivery import DeliveryState
from newsletter.store import tables
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Stream, in_force
from subscribers.errors import AudienceError
from subscribers.subscriber import Subscriber, details
from subscribers.tables import metadata
from subscribers.transfer import import_csv
from tests.flows.conftest import ledger

AddClient = Callable[..., Subscriber]
LATER = timedelta(days=2)


@pytest.fixture
def erased(app: App, add_client: AddClient, now: datetime) -> Subscriber:
    anna = add_client(name="Anna Okafor")
    personal_data.erase(app, anna.id, now)
    return anna


def ask(app: App, now: datetime) -> None:
    email = "anna@example.com"
    signup.ask_to_join(app, email=email, streams=[Stream.MARKETING], wording="Yes", language_tag="", now=now)
    tick(app, lambda: now)


def held(app: App) -> str:
    """All that is in the store, in words."""
    with app.database.read() as connection:
        return str([[tuple(row) for row in connection.execute(select(table))] for table in metadata.sorted_tables])


def may_get(app: App, subscriber_id: int, stream: Stream, now: datetime) -> bool:
    with app.database.read() as connection:
        current = store.current(connection, subscriber_id).get(stream)
        blocked = store.suppressions(connection, store.hash_of(connection, subscriber_id))
    return in_force(current, now) and not any(each.stops(stream) for each in blocked)


def import_her(app: App, tmp_path: Path, now: datetime) -> int:
    """How many were added or completed by a list with her on it."""
    path = tmp_path / "clients.csv"
    path.write_text("email,name\nanna@example.com,Anna Okafor\n", encoding="utf-8")
    with app.database.write() as connection:
        report = import_csv(
            connection, path, dry_run=False, now=now, key=app.key, consent_streams=frozenset({Stream.MARKETING})
        )
    return report.added + report.updated + report.consents


def test_she_comes_back_by_confirming(app: App, erased: Subscriber, now: datetime, tmp_path: Path) -> None:
    """One mail asks her; until she has said yes nothing else is sent and nobody else brings her back."""
    ask(app, now + LATER)
    mails = [each for each in ledger(app) if each.state is DeliveryState.ACCEPTED]
    assert [each.stream for each in mails] == [Stream.SERVICE]
    assert import_her(app, tmp_path, now + LATER) == 0
    with pytest.raises(AudienceError, match="erased"), app.database.write() as connection:
        store.add(connection, details("anna@example.com"), key=app.key, now=now + LATER)
    assert not may_get(app, erased.id, Stream.MARKETING, now + LATER)
    token = app.links.confirm_url(erased.id, now + timedelta(days=7)).rpartition("/")[2]
    signup.confirm(app, token, now + LATER)
    assert may_get(app, erased.id, Stream.MARKETING, now + LATER)
    assert not may_get(app, erased.id, Stream.CARE, now + LATER)
    assert import_her(app, tmp_path, now + LATER) == 1  # her name; she is a person like any other


def test_who_does_not_confirm_is_erased_again(app: App, erased: Subscriber, now: datetime, tmp_path: Path) -> None:
    """Anybody can type anybody's address into a form."""
    ask(app, now)
    assert "anna@example.com" in held(app)
    retention.prune(app, now + timedelta(days=29))
    assert "anna@example.com" in held(app)
    retention.prune(app, now + timedelta(days=31))
    assert "anna@example.com" not in held(app)
    assert import_her(app, tmp_path, now + timedelta(days=32)) == 0
    assert "anna@example.com" not in held(app)


def test_an_erasure_leaves_no_word_of_her_in_any_table(
    app: App, add_client: AddClient, now: datetime, tmp_path: Path
) -> None:
    """Neither in what she had, nor in what mail services said, nor in what an import remembers."""
    anna = add_client()
    assert import_her(app, tmp_path, now) == 1
    ended_at = now - timedelta(hours=1)
    aftercare.add_session(app, email=anna.email, services=["reiki"], ended_at=ended_at, practitioner="Mara", now=now)
    signup.send_mail(app, email=anna.email, mail=signup.Mail.LINK, now=now)
    tick(app, lambda: now)
    said = "550 5.1.1 <anna@example.com>: Okafor is unknown here"
    told = {
        "provider": "smtp",
        "source": "hook",
        "weight": 0,
        "hard": True,
        "machine": False,
        "mid": "",
        "reason": said,
    }
    told |= {"provider_message_id": "", "at": now, "received_at": now, "raw": said, "followed_at": now}
    with app.database.write() as connection:
        mail = connection.execute(select(tables.delivery.c.id).limit(1)).scalar_one()
        hashed = store.hash_of(connection, anna.id)
        for key, about in (("a", {"delivery_id": mail}), ("b", {"address_hash": hashed})):
            connection.execute(insert(tables.event).values(kind="bounced", key=key, **told, **about))
        connection.execute(update(tables.delivery).where(tables.delivery.c.id == mail).values(reason=said))
    everything = personal_data.everything(app, anna.id)
    assert [each["as_told"] for each in everything["events"]] == [said, said]
    personal_data.erase(app, anna.id, now)
    assert not [word for word in ("anna@", "Okafor") if word in held(app)]
