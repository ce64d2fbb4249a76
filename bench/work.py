"""The work that is measured: an article of twelve sections, and readers with names of all kinds in a home of their own."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, insert

from newsletter import campaigns
from newsletter.app import open_app
from newsletter.config import Settings, StudioSettings
from newsletter.context import App
from newsletter.domain.article import Article, Heading, Image, Paragraph, Span, Table, inline
from newsletter.store import articles, deliveries
from subscribers.consent import Basis, ConsentAction, Stream
from subscribers.suppression import address_hash
from subscribers.tables import consent, subscriber

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday noon in London, far from all quiet hours
SECTIONS = 12
NAMES = (
    "Anna Smith",
    "Zoë Krüger",
    "François Lefèvre",
    "山田 花子",
    "Müller & Söhne",
    "Ana <3 Lima",
    "Łukasz Żółć",
    "O'Brien, Siobhán",
    "",
    "김민지",
)
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
_WORDS = (
    "Slow work on one place lets the breath settle before the hands move on, and that is most of what a session does. "
    "What you feel the day after is often the body taking stock: a little heavy, a little loose, sleepy by nine. "
    "Drink when you are thirsty, and walk when you can. "
)


def article() -> Article:
    """About 45 KB of HTML and 6.6 KB of text, with twelve links, once it is composed."""
    blocks = itertools.chain.from_iterable(map(_section, range(1, SECTIONS + 1)))
    return Article(
        title="Twelve quiet things that help after a massage",
        dek="What to expect, what to do, and what can wait.",
        date=NOW.date(),
        author="Mara",
        source="twelve.txt",
        blocks=tuple(blocks),
    )


def _section(number: int) -> Iterator[Heading | Image | Paragraph | Table]:
    yield Heading(spans=inline(f"{number}. Rest, and “how much” of it"))
    picture = f"https://juniper.example/pictures/part-{number}.jpg"
    yield Image(src=picture, alt="A quiet room", caption=f"Café, thé & <water>, {number}")
    link = Span(text=f"more about part {number}", href=f"https://juniper.example/blog/part-{number}?from=letter&n=1")
    yield Paragraph(spans=(Span(text=_WORDS), Span(text="Here is "), link, Span(text=".")))
    rows = (("day", "do", "not"), ("1", "rest", "run"), ("2", "walk", "lift"))
    yield Table(rows=tuple(tuple(map(inline, row)) for row in rows), header=True)


@contextmanager
def opened(home: Path, **values: object) -> Iterator[App]:
    """The App of a home, with further settings by name."""
    settings = {"home": home, "studio": STUDIO, "public_url": "https://juniper.example"} | values
    with open_app(Settings.model_validate(settings), worker="bench") as app:
        yield app


def email(number: int) -> str:
    return f"reader-{number}@mailbox-{number % 50}.example.com"


def add_readers(connection: Connection, key: bytes, number: int, streams: tuple[Stream, ...]) -> None:
    """Readers who agreed to the streams, written straight into the tables."""
    names = itertools.cycle(NAMES)
    for start in range(1, number + 1, 5000):
        ids = range(start, min(start + 5000, number + 1))
        people = [
            {"id": each, "email": email(each), "address_hash": address_hash(email(each), key)}
            | {"name": next(names), "timezone": "Europe/London", "created_at": NOW}
            for each in ids
        ]
        given = {"action": ConsentAction.GRANTED.value, "basis": Basis.EXPRESS.value, "at": NOW}
        agreed = [{"subscriber_id": each, "stream": stream.value} | given for each in ids for stream in streams]
        connection.execute(insert(subscriber), people)
        connection.execute(insert(consent), agreed)


def launch(app: App) -> int:
    """A campaign for everybody, due now; its audience is not frozen yet."""
    with app.database.write() as connection:
        article_id, _ = articles.save(connection, article(), NOW)
    campaign_id = campaigns.create(app, article_ids=[article_id], now=NOW)
    campaigns.launch(app, campaign_id, NOW)
    return campaign_id


def fill_home(home: Path, number: int, **values: object) -> None:
    """A home with `number` readers and a campaign whose audience is frozen: everybody's delivery is queued."""
    with opened(home, **values) as app:
        with app.database.write() as connection:
            add_readers(connection, app.key, number, (Stream.MARKETING,))
        launch(app)
        campaigns.start_due(app, NOW)


def require_accepted(app: App, number: int) -> None:
    """What was measured was the whole work, and all of it was recorded."""
    with app.database.read() as connection:
        counts = deliveries.counts(connection)
    assert counts["accepted"] == counts["candidates"] == number, counts
