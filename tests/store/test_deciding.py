"""Rules on when there is nothing to decide about a delivery: only where a decision would be to send it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from newsletter.domain.aftercare import SessionState
from newsletter.domain.campaign import CampaignState
from newsletter.domain.delivery import PRIORITY, DeliveryState
from newsletter.domain.quiet import QuietHours
from newsletter.domain.sending import Send, decide
from newsletter.store import deciding, outbox, tables
from newsletter.store.database import Database
from subscribers.consent import Basis, ConsentAction, Stream
from subscribers.subscriber import Frequency
from subscribers.suppression import ALL, Reason
from subscribers.tables import consent, subscriber, suppression

LONDON = "Europe/London"
HOURS = st.sampled_from([-800, -500, -72, -49, -47, -25, -3, -1, 0, 1, 5, 25, 49, 72])
STATES = st.sampled_from([state for state in DeliveryState if state is not DeliveryState.SUPPRESSED])


def optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


PERSON = st.fixed_dictionaries({"erased": st.booleans()})
CONSENTS = st.lists(st.tuples(st.sampled_from(Stream), st.sampled_from(ConsentAction), optional(HOURS)), max_size=4)
SUPPRESSIONS = st.dictionaries(st.sampled_from([ALL, *Stream]), st.sampled_from(Reason), max_size=1)
MAILS = st.lists(
    st.fixed_dictionaries(
        {
            "stream": st.sampled_from(Stream),
            "state": STATES,
            "origin": st.sampled_from(["campaign", "session", "neither"]),
            "due": HOURS,
            "called": optional(HOURS),
            "expires": optional(HOURS),
        }
    ),
    min_size=1,
    max_size=4,
)


@pytest.fixture
def build(database: Database, edition_id: int, now: datetime) -> Callable[..., None]:
    """Builds a world of one reader anew."""

    def build(
        erased: bool,
        consents: list[Any],
        suppressions: dict[Any, Any],
        mails: list[dict[str, Any]],
        falls: bool,
        frequency: Frequency = Frequency.EVERY,
    ) -> None:
        def at(hours: int | None) -> datetime | None:
            return None if hours is None else now + timedelta(hours=hours)

        with database.write() as connection:
            for table in (tables.delivery, tables.campaign, tables.session, consent, suppression, subscriber):
                connection.execute(delete(table))
            email = None if erased else "anna@example.com"
            person = {"id": 1, "email": email, "address_hash": "anna", "created_at": now}
            person["frequency"] = frequency.value
            connection.execute(insert(subscriber).values(**person, erased_at=now if erased else None))
            for stream, action, expires in consents:
                given = {"stream": stream.value, "action": action.value, "basis": Basis.EXPRESS.value, "at": now}
                connection.execute(insert(consent).values(subscriber_id=1, expires_at=at(expires), **given))
            for scope, reason in suppressions.items():
                row = {"address_hash": "anna", "stream": str(scope), "reason": reason.value, "at": now}
                connection.execute(insert(suppression).values(row))
            for number, mail in enumerate(mails, 1):
                origin: dict[str, Any] = {}
                if mail["origin"] == "campaign":
                    state = CampaignState.CANCELLED if falls else CampaignState.SENDING
                    times = {"created_at": now, "started_at": now - timedelta(days=40), "frozen_at": now}
                    row = {"id": number, "name": "", "state": state.value, "stream": mail["stream"].value} | times
                    row |= {"edition_id": edition_id, "served_at": at(mail["called"])}
                    connection.execute(insert(tables.campaign).values(row))
                    origin = {"campaign_id": number}
                elif mail["origin"] == "session":
                    stands = SessionState.CANCELLED if falls else SessionState.COMPLETED
                    row = {"id": number, "subscriber_id": 1, "services": [], "practitioner": "", "flags": []}
                    row |= {"ended_at": now, "state": stands.value, "created_at": now, "changed_at": now}
                    connection.execute(insert(tables.session).values(row))
                    origin = {"session_id": number, "step": "a"}
                row = {"subscriber_id": 1, "edition_id": edition_id, "stream": mail["stream"].value, "created_at": now}
                row |= {"priority": PRIORITY[mail["stream"]], "state": mail["state"].value, "planned_at": now}
                moments = {f"{name}_at": at(mail[name]) for name in ("due", "called", "expires")}
                connection.execute(insert(tables.delivery).values(**row, **moments, **origin))

    return build


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
@given(
    erased=st.booleans(),
    consents=CONSENTS,
    suppressions=SUPPRESSIONS,
    mails=MAILS,
    falls=st.integers(0, 3).map(bool),
    frequency=st.sampled_from(Frequency),
)
def test_where_nothing_is_to_be_decided_the_decision_is_to_send(
    database: Database, build: Callable[..., None], now: datetime, **world: Any
) -> None:
    """In any world: what the claim does not question would be sent at any hour that is not quiet."""
    build(**world | {"falls": not world["falls"]})
    always_awake = QuietHours(start=now.time().max, end=now.time().min)
    with database.write() as connection:
        for _ in range(len(world["mails"])):
            claim = outbox.claim(connection, now, 100)
            for candidate in deciding.candidates(connection, claim.id, LONDON, now):
                questionable = claim.questionable[claim.id.index(candidate.delivery_id)]
                assert questionable or decide(candidate, always_awake, now) == Send()
            outbox.end(connection, [(each, DeliveryState.CANCELLED, "looked at") for each in claim.id], now)


def test_most_readers_leave_nothing_to_decide(database: Database, build: Callable[..., None], now: datetime) -> None:
    """Who agreed and got no mail lately is not looked at a second time."""
    agreed = [(Stream.MARKETING, ConsentAction.GRANTED, None)]
    usual = {"stream": Stream.MARKETING, "state": DeliveryState.QUEUED, "due": -1, "expires": None}
    earlier = usual | {"origin": "campaign", "state": DeliveryState.DELIVERED, "called": -72}
    build(False, agreed, {}, [usual | {"origin": "campaign", "called": None}, earlier], False)
    with database.write() as connection:
        claim = outbox.claim(connection, now, 100)
    assert [bool(each) for each in claim.questionable] == [False]


def test_a_full_month_is_a_question(database: Database, build: Callable[..., None], now: datetime) -> None:
    """Two newsletters went to her within a month, though none of late."""
    agreed = [(Stream.MARKETING, ConsentAction.GRANTED, None)]
    usual = {
        "stream": Stream.MARKETING,
        "state": DeliveryState.QUEUED,
        "due": -1,
        "expires": None,
        "origin": "campaign",
    }
    earlier = [usual | {"state": DeliveryState.DELIVERED, "called": hours} for hours in (-72, -500)]
    build(False, agreed, {}, [usual | {"called": None}, *earlier], False)
    with database.write() as connection:
        claim = outbox.claim(connection, now, 100)
    assert [bool(each) for each in claim.questionable] == [True]
