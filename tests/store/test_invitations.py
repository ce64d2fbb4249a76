"""Rules on invitations in the store: which give way, which count, and what is known of one that is due."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from newsletter.domain.aftercare import Session, SessionState
from newsletter.domain.campaign import Campaign, CampaignState
from newsletter.domain.holiday import Holiday
from newsletter.domain.sending import Candidate, Invited
from newsletter.store import aftercare, deciding, deliveries, holidays, invitations
from newsletter.store.database import Database
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber

LONDON = "Europe/London"
DAY = timedelta(days=1)
Visit = Callable[..., Session]
Queue = Callable[..., int]


@pytest.fixture
def anna(add_client: Callable[..., Subscriber]) -> Subscriber:
    return add_client()


@pytest.fixture
def visit(database: Database, anna: Subscriber, now: datetime) -> Visit:
    """A session of Anna's that ended so many days from now."""

    def visit(days: int, state: SessionState = SessionState.COMPLETED) -> Session:
        ended_at = now + days * DAY
        session = Session(id=0, subscriber_id=anna.id, services=(), practitioner="", ended_at=ended_at, state=state)
        with database.write() as connection:
            return replace(session, id=aftercare.add(connection, session, None, now))

    return visit


@pytest.fixture
def invite(queue: Queue) -> Callable[..., int]:
    """An invitation of a session, which waits unless its further columns say otherwise."""

    def invite(session: Session, purpose: str = "rebook", **columns: object) -> int:
        of = {"session_id": session.id, "step": purpose, "purpose": purpose}
        return queue(session.subscriber_id, Stream.MARKETING, **(of | columns))

    return invite


def candidate(database: Database, delivery_id: int, now: datetime) -> Candidate:
    with database.read() as connection:
        (found,) = deciding.candidates(connection, [delivery_id], LONDON, now)
        return found


def test_a_later_session_outlives_an_invitation_but_not_one_that_was_not(
    database: Database, anna: Subscriber, visit: Visit, invite: Callable[..., int], now: datetime
) -> None:
    """One that was cancelled, or missed, is none."""
    first, second = visit(-9), visit(-2)
    visit(5, SessionState.CANCELLED)
    visit(6, SessionState.NO_SHOW)
    outlived, standing = invite(first), invite(second)
    with database.write() as connection:
        assert invitations.give_way(connection, anna.id, now) == 1
        states = {each.id: each.state.value for each in deliveries.ledger(connection)}
        assert states == {outlived: "cancelled", standing: "queued"}
        assert [invitations.came_again(connection, each.id) for each in (first, second)] == [True, False]
        assert sorted(invitations.visits(connection, second)) == [now - 9 * DAY, now - 2 * DAY]


@pytest.mark.parametrize(("state", "counts"), [("queued", True), ("accepted", True), ("suppressed", False)])
def test_the_store_itself_allows_one_win_back(
    database: Database, visit: Visit, invite: Callable[..., int], state: str, counts: bool
) -> None:
    """Whoever writes it, and in however many processes; one that came to nothing does not count."""
    first, second = visit(-9), visit(-2)
    invite(first, "win_back", state=state)
    with database.read() as connection:
        assert invitations.was_asked_back(connection, second) is counts
        assert not invitations.was_asked_back(connection, first)
    if counts:
        with pytest.raises(IntegrityError):
            invite(second, "win_back")
    else:
        invite(second, "win_back")


def test_what_is_known_of_an_invitation_that_is_due(
    database: Database,
    anna: Subscriber,
    visit: Visit,
    invite: Callable[..., int],
    queue: Queue,
    start_campaign: Callable[..., Campaign],
    now: datetime,
) -> None:
    """Newsletters that wait for her, those whose audience nobody knows, and the holiday; drafts and pauses aside."""
    known = {CampaignState.SENDING: 3, CampaignState.PAUSED: 1}
    for state, days in known.items():
        campaign = start_campaign(state, due_at=now + days * DAY, frozen_at=now)
        queue(anna.id, Stream.MARKETING, campaign_id=campaign.id, due_at=campaign.due_at)
    start_campaign(CampaignState.SCHEDULED, due_at=now + 2 * DAY)
    start_campaign(CampaignState.SCHEDULED, due_at=now + 40 * DAY)
    start_campaign(CampaignState.DRAFT, due_at=now)
    away = Holiday(first_day=date(2026, 3, 1), last_day=date(2026, 3, 5))
    with database.write() as connection:
        holidays.keep(connection, away)
    assert candidate(database, invite(visit(-21)), now).invited == Invited(
        newsletter_due_at=now + 2 * DAY,
        newsletters_to_come=2,
        holiday_over_at=away.over_at(LONDON),
        holiday="you are on holiday until 05 March 2026",
    )


def test_what_left_within_a_month_counts_the_latest_first(
    database: Database, visit: Visit, invite: Callable[..., int], queue: Queue, anna: Subscriber, now: datetime
) -> None:
    """Not care, not what failed, not what is older, not the mail itself."""
    left = {"state": "accepted"}
    for days in (3, 30, 32):
        queue(anna.id, Stream.MARKETING, called_at=now - days * DAY, **left)
    queue(anna.id, Stream.CARE, called_at=now - DAY, **left)
    queue(anna.id, Stream.MARKETING, called_at=now - DAY, state="failed")
    again = invite(visit(-21), called_at=now - DAY)
    assert candidate(database, again, now).marketing_at == (now - 3 * DAY, now - 30 * DAY)


def test_a_holiday_that_ends_early_brings_invitations_forward(
    database: Database, visit: Visit, invite: Callable[..., int], now: datetime
) -> None:
    """They are looked at again as they were planned; what waits for anything else keeps waiting."""
    waits = invite(visit(-21), planned_at=now, due_at=now + 9 * DAY, reason="you are on holiday until 05 March 2026")
    other = invite(visit(-20), planned_at=now, due_at=now + 9 * DAY, reason="a newsletter goes out that day")
    with database.write() as connection:
        invitations.bring_forward(connection)
        assert {each.id: each.due_at for each in deliveries.ledger(connection)} == {waits: now, other: now + 9 * DAY}
