"""Retention: what nothing needs any more is forgotten, and nothing that is still needed."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import insert, select

from newsletter import aftercare, retention, signup
from newsletter.context import App
from newsletter.store import aftercare as sessions
from newsletter.store import tables
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber

AddClient = Callable[..., Subscriber]


def services_of(app: App, session_id: int) -> tuple[str, ...]:
    with app.database.read() as connection:
        return sessions.get(connection, session_id).services


def test_what_was_done_is_forgotten_and_that_it_took_place_stays(
    app: App, add_client: AddClient, now: datetime
) -> None:
    """The first visit stays the first, and the rhythm of her visits is known."""
    anna = add_client()
    ended_at = now - timedelta(hours=1)
    session_id = aftercare.add_session(app, email=anna.email, services=["reiki"], ended_at=ended_at, now=now)
    for days in (*range(60), *range(60, 150, 10)):
        tick(app, lambda day=now + timedelta(days=days, hours=2): day)  # type: ignore[misc]
    retention.prune(app, now + timedelta(days=179))
    assert services_of(app, session_id) == ("reiki",)
    retention.prune(app, now + timedelta(days=181))
    assert services_of(app, session_id) == ()
    with app.database.read() as connection:
        assert sessions.get(connection, session_id).ended_at == ended_at


def test_a_mail_to_come_keeps_what_it_is_made_of(app: App, add_client: AddClient, now: datetime) -> None:
    """A store that was held for a year must not send a mail that it cannot compose."""
    anna = add_client()
    session_id = aftercare.add_session(
        app, email=anna.email, services=["reiki"], ended_at=now - timedelta(hours=1), now=now
    )
    retention.prune(app, now + timedelta(days=400))
    assert services_of(app, session_id) == ("reiki",)


def test_a_sign_up_that_nobody_confirmed_leaves_nothing(app: App, add_client: AddClient, now: datetime) -> None:
    """Anybody can type anybody's address into a form."""
    anna = add_client()
    for email in ("stranger@example.com", anna.email):
        signup.ask_to_join(app, email=email, streams=[Stream.MARKETING], wording="Yes", language_tag="", now=now)
    tick(app, lambda: now)
    retention.prune(app, now + timedelta(days=29))
    with app.database.read() as connection:
        assert store.find(connection, "stranger@example.com") is not None
    retention.prune(app, now + timedelta(days=31))
    with app.database.read() as connection:
        assert store.find(connection, "stranger@example.com") is None
        assert store.find(connection, anna.email) is not None


def test_what_was_opened_long_ago_is_forgotten(app: App, now: datetime) -> None:
    """After a year, or as the settings say; what became of a mail stays."""
    told = {
        "provider": "resend",
        "source": "hook",
        "weight": 0,
        "hard": False,
        "machine": False,
        "mid": "",
        "reason": "",
    }
    told |= {"provider_message_id": "", "at": now, "received_at": now}
    with app.database.write() as connection:
        for kind in ("opened", "clicked", "delivered"):
            connection.execute(insert(tables.event).values(kind=kind, key=kind, **told))
    retention.prune(app, now + timedelta(days=364))
    assert kinds(app) == {"opened", "clicked", "delivered"}
    retention.prune(app, now + timedelta(days=366))
    assert kinds(app) == {"delivered"}


def kinds(app: App) -> set[str]:
    with app.database.read() as connection:
        return set(connection.execute(select(tables.event.c.kind)).scalars())
