"""Homes to measure in: an article of twelve sections, readers by the thousand, and a campaign that is due."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, insert

from bench.readers import NOW, email, name
from newsletter import campaigns
from newsletter.app import open_app
from newsletter.config import Settings, StudioSettings
from newsletter.context import App
from newsletter.domain.article import Article, Block, Heading, Image, Paragraph, Span, Table, inline
from newsletter.store import articles, deliveries
from subscribers.consent import Basis, ConsentAction, Stream
from subscribers.suppression import address_hash
from subscribers.tables import consent, subscriber

STUDIO = StudioSettings(
    name="Juniper Lane",
    practitioner="Mara",
    sender_address="mara@juniper.example",
    reply_to="hello@juniper.example",
    postal_address="14 Juniper Lane, Bristol",
    country="GB",
    timezone="Europe/London",
    website="https://juniper.example",
)
PUBLIC_URL = "https://juniper.example"
_SECTIONS = 12
_CHUNK = 5000
_WORDS = (
    "Slow work on one place lets the breath settle before the hands move on, and that is most of what a session does. "
    "What you feel the day after is often the body taking stock: a little heavy, a little loose, sleepy by nine. "
    "Drink when you are thirsty, and walk when you can. "
)


def article() -> Article:
    """About 45 KB of HTML and 6.6 KB of text, with twelve links, once it is composed."""
    return Article(
        title="Twelve quiet things that help after a massage",
        dek="What to expect, what to do, and what can wait.",
        date=NOW.date(),
        author="Mara",
        source="twelve.txt",
        blocks=tuple(block for number in range(1, _SECTIONS + 1) for block in _section(number)),
    )


def _section(number: int) -> Iterator[Block]:
    yield Heading(spans=inline(f"{number}. Rest, and “how much” of it"))
    picture = f"https://juniper.example/pictures/part-{number}.jpg"
    yield Image(src=picture, alt="A quiet room", caption=f"Café, thé & <water>, {number}")
    link = Span(text=f"more about part {number}", href=f"https://juniper.example/blog/part-{number}?from=letter&n=1")
    yield Paragraph(spans=(Span(text=_WORDS), Span(text="Here is "), link, Span(text=".")))
    rows = (("day", "do", "not"), ("1", "rest", "run"), ("2", "walk", "lift"))
    yield Table(rows=tuple(tuple(map(inline, row)) for row in rows), header=True)


@contextmanager
def opened(home: Path, further: Mapping[str, object] | None = None, *, worker: str = "bench") -> Iterator[App]:
    """The App of a home, with further settings by name."""
    settings = {"home": home, "studio": STUDIO, "public_url": PUBLIC_URL, **(further or {})}
    with open_app(Settings.model_validate(settings), worker=worker) as app:
        yield app


def add_readers(connection: Connection, key: bytes, number: int, stream: Stream) -> None:
    """Readers who agreed to the stream, written straight into the tables."""
    given = {"stream": stream.value, "action": ConsentAction.GRANTED.value, "basis": Basis.EXPRESS.value, "at": NOW}
    for start in range(1, number + 1, _CHUNK):
        ids = range(start, min(start + _CHUNK, number + 1))
        people = [
            {"id": each, "email": email(each), "address_hash": address_hash(email(each), key), "name": name(each)}
            | {"timezone": "Europe/London", "created_at": NOW}
            for each in ids
        ]
        connection.execute(insert(subscriber), people)
        connection.execute(insert(consent), [{"subscriber_id": each} | given for each in ids])


def launch(app: App) -> None:
    """A campaign for everybody, due now; its audience is not frozen yet."""
    with app.database.write() as connection:
        article_id, _ = articles.save(connection, article(), NOW)
    campaigns.launch(app, campaigns.create(app, article_ids=[article_id], now=NOW), NOW)


def fill(home: Path, number: int, further: Mapping[str, object]) -> None:
    """A home with `number` readers and a campaign whose audience is frozen: everybody's delivery is queued."""
    with opened(home, further) as app:
        with app.database.write() as connection:
            add_readers(connection, app.key, number, Stream.MARKETING)
        launch(app)
        campaigns.start_due(app, NOW)


def require_accepted(app: App, number: int) -> None:
    """What was measured was the whole work, and all of it was recorded."""
    with app.database.read() as connection:
        counts = deliveries.counts(connection)
    assert counts["accepted"] == number, counts
