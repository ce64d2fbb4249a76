"""Segments by sessions, mails and reading: the same people on both databases, and health is no choice."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from newsletter.context import App
from newsletter.domain.aftercare import SessionState
from newsletter.domain.campaign import Campaign
from newsletter.domain.delivery import PRIORITY, DeliveryState
from newsletter.store import tables
from newsletter.store.segments import further
from subscribers import store
from subscribers.consent import Stream
from subscribers.errors import AudienceError
from subscribers.segment import parse
from subscribers.subscriber import Subscriber

AddClient = Callable[..., Subscriber]


def add_session(app: App, person: Subscriber, ended_at: datetime, state: SessionState = SessionState.COMPLETED) -> None:
    values: dict[str, Any] = {"services": ["relaxation"], "practitioner": "", "flags": [], "state": state.value}
    values |= {"subscriber_id": person.id, "ended_at": ended_at, "created_at": ended_at, "changed_at": ended_at}
    with app.database.write() as connection:
        connection.execute(insert(tables.session).values(**values))


def add_mail(app: App, person: Subscriber, campaign: Campaign, state: DeliveryState, now: datetime) -> int:
    values: dict[str, Any] = {"campaign_id": campaign.id, "subscriber_id": person.id, "state": state.value}
    values |= {"stream": Stream.MARKETING.value, "priority": PRIORITY[Stream.MARKETING]}
    values |= {"planned_at": now, "due_at": now, "created_at": now, "edition_id": campaign.edition_id}
    with app.database.write() as connection:
        added = connection.execute(insert(tables.delivery).values(**values).returning(tables.delivery.c.id))
        return int(added.scalar_one())


def add_event(app: App, delivery_id: int, kind: str, at: datetime, *, machine: bool = False) -> None:
    values: dict[str, Any] = {"provider": "resend", "key": f"{delivery_id}-{kind}-{machine}", "source": "hook"}
    values |= {"kind": kind, "weight": 0, "hard": False, "machine": machine, "mid": "", "delivery_id": delivery_id}
    values |= {"provider_message_id": "", "reason": "", "at": at, "received_at": at}
    with app.database.write() as connection:
        connection.execute(insert(tables.event).values(**values))


def names(app: App, segment: str) -> list[str]:
    with app.database.read() as connection:
        people = list(store.iterate(connection, parse(segment), further=further))
        assert store.count(connection, parse(segment), further=further) == len(people)
    return [person.name for person in people]


def test_by_how_often_and_how_lately_she_came(app: App, add_client: AddClient, now: datetime) -> None:
    """What did not take place does not count."""
    anna, ben, _ = (add_client(f"{name.lower()}@example.com", name=name) for name in ("Anna", "Ben", "Cara"))
    for days in (400, 90, 10):
        add_session(app, anna, now - timedelta(days=days))
    add_session(app, ben, now - timedelta(days=200))
    add_session(app, ben, now - timedelta(days=5), SessionState.CANCELLED)
    day = (now - timedelta(days=60)).date()
    assert names(app, "sessions:1") == ["Anna", "Ben"]
    assert names(app, "sessions:3") == ["Anna"]
    assert names(app, "!sessions:1") == ["Cara"]
    assert names(app, f"session_after:{day}") == ["Anna"]
    assert names(app, f"session_before:{day}") == ["Ben"]
    assert names(app, f"!session_after:{day}") == ["Ben", "Cara"]


def test_those_whom_a_campaign_did_not_reach(
    app: App, add_client: AddClient, start_campaign: Callable[..., Campaign], now: datetime
) -> None:
    anna, ben, _ = (add_client(f"{name.lower()}@example.com", name=name) for name in ("Anna", "Ben", "Cara"))
    campaign = start_campaign()
    add_mail(app, anna, campaign, DeliveryState.DELIVERED, now)
    add_mail(app, ben, campaign, DeliveryState.SUPPRESSED, now)
    assert names(app, f"received:{campaign.id}") == ["Anna"]
    assert names(app, f"!received:{campaign.id}") == ["Ben", "Cara"]


def test_a_machine_that_opens_a_mail_is_no_reader(
    app: App, add_client: AddClient, start_campaign: Callable[..., Campaign], now: datetime
) -> None:
    """LESSONS 11: mailboxes fetch pictures by themselves."""
    anna, ben = (add_client(f"{name.lower()}@example.com", name=name) for name in ("Anna", "Ben"))
    campaign = start_campaign()
    add_event(app, add_mail(app, anna, campaign, DeliveryState.DELIVERED, now), "clicked", now)
    add_event(app, add_mail(app, ben, campaign, DeliveryState.DELIVERED, now), "opened", now, machine=True)
    assert names(app, f"engaged_after:{now.date()}") == ["Anna"]
    assert names(app, f"engaged_after:{(now + timedelta(days=1)).date()}") == []


@pytest.mark.parametrize("segment", ["service:prenatal", "flag:tender", "!services:reiki", "plan:deep-tissue"])
def test_nobody_is_chosen_by_what_was_done(segment: str) -> None:
    """GDPR art. 9: a service tells of health."""
    with pytest.raises(AudienceError, match="health"):
        parse(segment)


def test_the_audience_alone_cannot_answer_for_sessions(app: App) -> None:
    with app.database.read() as connection, pytest.raises(AudienceError, match="sessions:1"):
        store.count(connection, parse("sessions:1"))
