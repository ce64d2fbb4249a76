"""What was opened and followed, on both databases: kept once, relabelled, counted by readers, and forgotten."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text

from newsletter.context import App
from newsletter.domain.campaign import Campaign
from newsletter.domain.delivery import PRIORITY, DeliveryState
from newsletter.domain.edition import Edition
from newsletter.domain.event import Kind
from newsletter.domain.tracking import SOON, Followed, Readers, Response, Seen
from newsletter.store import editions, personal, tables, tracking
from newsletter.store.database import Database
from newsletter.store.migrations.run import upgrade
from newsletter.store.segments import further
from subscribers import store
from subscribers.consent import Stream
from subscribers.segment import parse
from subscribers.subscriber import Subscriber

AddClient = Callable[..., Subscriber]
URLS = ("https://a.example/?x=1&y=[2]", "https://b.example/ü", "https://c.example", "https://d.example")


@pytest.fixture
def edition(edition: Edition) -> Edition:
    """One that is tracked."""
    html = "".join(f'<a href="[[ click_url ]]/{number}">go</a>' for number in range(1, len(URLS) + 1))
    return replace(edition, html=html, links=URLS)


@pytest.fixture
def campaign(start_campaign: Callable[..., Campaign]) -> Campaign:
    return start_campaign()


def mail_to(app: App, person: Subscriber, campaign: Campaign, now: datetime, stream: Stream = Stream.MARKETING) -> int:
    values: dict[str, Any] = {"campaign_id": campaign.id, "subscriber_id": person.id, "edition_id": campaign.edition_id}
    values |= {"stream": stream.value, "priority": PRIORITY[stream], "state": DeliveryState.ACCEPTED.value}
    values |= {"planned_at": now, "due_at": now, "created_at": now, "accepted_at": now, "attempts": 1}
    with app.database.write() as connection:
        return int(
            connection.execute(insert(tables.delivery).values(**values).returning(tables.delivery.c.id)).scalar_one()
        )


def click(delivery_id: int, at: datetime, link: int = 1, *, machine: bool = False) -> Seen:
    return Seen(kind=Kind.CLICKED, delivery_id=delivery_id, machine=machine, at=at, link=link, links=len(URLS))


def opened(delivery_id: int, at: datetime, *, machine: bool = False) -> Seen:
    return Seen(kind=Kind.OPENED, delivery_id=delivery_id, machine=machine, at=at)


def keep(app: App, *seen: Seen) -> None:
    with app.database.write() as connection:
        for each in seen:
            tracking.keep(connection, [each], each.at)
            if each.link:
                tracking.unmask(connection, each.delivery_id, each.at - SOON, 3)


def response(app: App, campaign: Campaign) -> Response:
    with app.database.read() as connection:
        return tracking.response(connection, campaign.id)


def names(app: App, segment: str) -> list[str]:
    with app.database.read() as connection:
        return [person.name for person in store.iterate(connection, parse(segment), further=further)]


def events(app: App) -> int:
    with app.database.read() as connection:
        return connection.execute(select(func.count()).select_from(tables.event)).scalar_one()


def test_an_edition_comes_back_with_its_links(database: Database, edition_id: int, edition: Edition) -> None:
    with database.read() as connection:
        assert editions.get(connection, edition_id) == edition
        assert tracking.target(connection, edition_id, 2) == URLS[1]
        assert tracking.target(connection, edition_id, 5) is None


def test_readers_are_counted_once_and_machines_only_alone(
    app: App, add_client: AddClient, campaign: Campaign, now: datetime
) -> None:
    anna, ben, cara = (mail_to(app, add_client(f"{each}@example.com"), campaign, now) for each in "abc")
    hour = timedelta(hours=1)
    keep(
        app,
        opened(anna, now),
        opened(anna, now + hour),
        opened(anna, now, machine=True),
        opened(ben, now, machine=True),
    )
    keep(app, click(anna, now), click(anna, now + hour), click(anna, now + hour, 2), click(cara, now, machine=True))
    assert response(app, campaign) == Response(
        opened=Readers(people=1, machines=1),
        clicked=Readers(people=1, machines=1),
        links=(
            Followed(number=1, url=URLS[0], by=Readers(people=1, machines=1)),
            Followed(number=2, url=URLS[1], by=Readers(people=1)),
            Followed(number=3, url=URLS[2], by=Readers()),
            Followed(number=4, url=URLS[3], by=Readers()),
        ),
    )
    assert events(app) == 6  # however often it happened


def test_a_scan_is_relabelled_from_its_first_link_on(
    app: App, add_client: AddClient, campaign: Campaign, now: datetime
) -> None:
    """A program that calls itself a browser, and follows them all."""
    anna = mail_to(app, add_client(), campaign, now)
    at = now + timedelta(hours=3)
    keep(app, *(click(anna, at + timedelta(seconds=number), number) for number in (1, 2, 3, 4)))
    found = response(app, campaign)
    assert found.clicked == Readers(machines=1)
    assert [each.by for each in found.links] == [Readers(machines=1)] * 4


def test_a_second_scan_is_relabelled_as_well(
    app: App, add_client: AddClient, campaign: Campaign, now: datetime
) -> None:
    """What is labelled already does not hide it; and what she followed before herself stays hers."""
    anna = mail_to(app, add_client(), campaign, now)
    keep(app, click(anna, now + timedelta(hours=1), 4))
    for hours in (2, 3):
        at = now + timedelta(hours=hours)
        keep(app, *(click(anna, at + timedelta(seconds=number), number) for number in (1, 2, 3)))
    assert [each.by for each in response(app, campaign).links] == [Readers(machines=1)] * 3 + [Readers(people=1)]


def test_reading_one_link_after_the_other_is_no_scan(
    app: App, add_client: AddClient, campaign: Campaign, now: datetime
) -> None:
    anna = mail_to(app, add_client(), campaign, now)
    keep(app, *(click(anna, now + timedelta(minutes=number), number) for number in (1, 2, 3, 4)))
    assert response(app, campaign).clicked == Readers(people=1)


def test_segments_by_reading_leave_machines_out(
    app: App, add_client: AddClient, campaign: Campaign, now: datetime
) -> None:
    """Who followed a link has opened it; who was only scanned has not, and care mails are never looked at."""
    people = [add_client(f"{name}@example.com", name=name) for name in ("Anna", "Ben", "Cara", "Dora")]
    anna, ben, cara = (mail_to(app, person, campaign, now) for person in people[:3])
    dora = mail_to(app, people[3], campaign, now, Stream.CARE)
    keep(app, click(anna, now), opened(ben, now), opened(cara, now, machine=True), click(dora, now))
    keep(app, click(cara, now, machine=True))
    assert names(app, f"clicked:{campaign.id}") == ["Anna"]
    assert names(app, f"opened:{campaign.id}") == ["Anna", "Ben"]
    assert names(app, f"!opened:{campaign.id}") == ["Cara", "Dora"]
    assert names(app, f"clicked:{campaign.id + 1}") == []


def test_a_no_forgets_what_was_noted_and_stays(
    app: App, add_client: AddClient, campaign: Campaign, now: datetime
) -> None:
    person = add_client()
    anna, ben = mail_to(app, person, campaign, now), mail_to(app, add_client("ben@example.com"), campaign, now)
    keep(app, click(anna, now), opened(anna, now), opened(ben, now))
    with app.database.write() as connection:
        tracking.set_wish(connection, person.id, allowed=True, wording="May we?", at=now)
        tracking.set_wish(connection, person.id, allowed=False, wording="May we?", at=now)
        assert tracking.wish_of(connection, person.id) is False
    assert events(app) == 1
    with app.database.read() as connection:
        mail = tracking.mail(connection, anna)
    assert mail is not None
    assert (mail.wish, mail.erased, mail.links, mail.handed_over_at) == (False, False, 4, now)


def test_erasure_and_the_export_know_of_it(app: App, add_client: AddClient, campaign: Campaign, now: datetime) -> None:
    person = add_client()
    anna = mail_to(app, person, campaign, now)
    keep(app, click(anna, now))
    with app.database.write() as connection:
        (noted,) = personal.held(connection, person.id)["tracking"]["noted"]
        assert noted == {"kind": "clicked", "at": now.isoformat(), "machine": False, "link": URLS[0]}
        tracking.set_wish(connection, person.id, allowed=True, wording="May we?", at=now)
        personal.forget(connection, person.id, now)
        assert tracking.wish_of(connection, person.id) is None
    assert events(app) == 0


def test_a_tracked_mail_of_an_earlier_store_is_read(app: App, add_client: AddClient, now: datetime) -> None:
    """An edition, a delivery and an event from before there were links: nothing of them is lost or read as tracked."""
    with app.database.write() as connection:
        connection.execute(text("DROP TABLE edition_link"))
        connection.execute(text("DROP TABLE tracking_wish"))
        connection.execute(text("ALTER TABLE event DROP COLUMN link"))
        connection.execute(text("DROP INDEX ix_event_reading"))
        old: dict[str, Any] = {
            "digest": "0",
            "stream": "marketing",
            "language": "en",
            "subject": "Old",
            "preheader": "",
        }
        old |= {"html": "<p>Old</p>", "text": "Old", "created_at": now}
        edition_id = connection.execute(
            insert(tables.edition).values(**old).returning(tables.edition.c.id)
        ).scalar_one()
        told = "INSERT INTO event (provider, key, source, kind, weight, hard, machine, mid, delivery_id, reason, "
        told += (
            "provider_message_id, at, received_at) SELECT 'resend', 'k', 'hook', 'opened', 4, false, false, '', 1, '', "
        )
        connection.execute(text(f"{told} '', created_at, created_at FROM edition WHERE digest = '0'"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0013'"))
        upgrade(connection, "0013", "0014")
    with app.database.read() as connection:
        assert editions.get(connection, edition_id).links == ()
        assert connection.execute(select(tables.event.c.link)).scalars().all() == [None]
