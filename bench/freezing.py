"""Freezing an audience: deliveries with the reasons of the skipped, against a plain INSERT .. SELECT."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from sqlalchemy import delete, insert, literal, select, text
from sqlalchemy.engine import make_url

from bench import homes
from bench.readers import NOW
from bench.section import Action, Figures, Setting
from newsletter import campaigns
from newsletter.context import App
from newsletter.store import deliveries
from newsletter.store.tables import delivery
from subscribers.consent import Stream
from subscribers.suppression import Reason
from subscribers.tables import UtcDateTime, consent, subscriber, suppression

_UNASKED, _SUPPRESSED = 20, 50  # every twentieth has not agreed, every fiftieth has unsubscribed


def prepare(setting: Setting) -> None:
    """Readers, and a campaign whose time has come."""
    with _opened(setting) as app:
        _prepare(app, setting.number)


@contextmanager
def ours(setting: Setting) -> Iterator[Action]:
    with _ready(setting) as app:
        yield partial(_freeze, app)
        _require_everybody(app, setting.number)


@contextmanager
def plain(setting: Setting) -> Iterator[Action]:
    """One statement into the same table, which asks nothing about anybody."""
    with _ready(setting) as app:
        yield partial(_insert_everybody, app)
        _require_everybody(app, setting.number)


@contextmanager
def _ready(setting: Setting) -> Iterator[App]:
    """On SQLite a copy of what was prepared; a database server has no copies, so there it is made anew."""
    if setting.database_url is not None:
        _empty(setting)
        prepare(setting)
    with _opened(setting) as app:
        yield app


@contextmanager
def _opened(setting: Setting) -> Iterator[App]:
    with homes.opened(setting.home, {"database_url": setting.database_url}) as app:
        yield app


def _prepare(app: App, number: int) -> None:
    with app.database.write() as connection:
        homes.add_readers(connection, app.key, number, Stream.MARKETING)
        connection.execute(delete(consent).where(consent.c.subscriber_id % _UNASKED == 0))
        left = select(
            subscriber.c.address_hash,
            literal(Stream.MARKETING.value),
            literal(Reason.UNSUBSCRIBE.value),
            literal(NOW, UtcDateTime),
        ).where(subscriber.c.id % _SUPPRESSED == 1)
        connection.execute(insert(suppression).from_select(["address_hash", "stream", "reason", "at"], left))
    homes.launch(app)


def _freeze(app: App) -> Figures:
    campaigns.start_due(app, NOW)
    return {}


def _insert_everybody(app: App) -> Figures:
    values = {"campaign_id": 1, "edition_id": 1, "stream": "marketing", "priority": 2, "state": "queued"}
    moments = [literal(NOW, UtcDateTime).label(each) for each in ("planned_at", "due_at", "created_at")]
    constants = [literal(value).label(each) for each, value in values.items()]
    rows = select(subscriber.c.id.label("subscriber_id"), *constants, *moments).where(subscriber.c.email.is_not(None))
    with app.database.write() as connection:
        connection.execute(insert(delivery).from_select([each.name for each in rows.selected_columns], rows))
    return {}


def _require_everybody(app: App, number: int) -> None:
    with app.database.read() as connection:
        assert deliveries.counts(connection)["candidates"] == number


def _empty(setting: Setting) -> None:
    from newsletter.store.database import Database

    assert setting.database_url is not None
    database = Database(make_url(setting.database_url).set(drivername="postgresql+psycopg").render_as_string(False))
    with database.write() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    database.close()
