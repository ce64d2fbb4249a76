"""The forecast: it tells what the clockwork then does, and does nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from newsletter import aftercare, campaigns
from newsletter.context import App
from newsletter.domain.delivery import LEFT, DeliveryState
from newsletter.domain.forecast import Foreseen
from newsletter.forecast import foresee
from newsletter.store import deliveries, meta, senders
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber
from subscribers.tables import metadata
from tests.conftest import OpenHome
from tests.flows.conftest import add_readers, launch, ledger, make_campaign

NOW = datetime(2026, 3, 2, 13, tzinfo=UTC)  # a Monday; London is on UTC
DAYS = 10
_MORNING = datetime(2026, 3, 3, 9, tzinfo=UTC)  # when the quiet hours of London are over
AddClient = Callable[..., Subscriber]
Fate = tuple[datetime, str, str, str, str]


@pytest.fixture
def practice(app: App, add_client: AddClient) -> App:
    """Clients around the world, some of whom left; sessions, some moved or cancelled; a newsletter on Wednesday."""
    zones = ("Europe/London", "Australia/Sydney", "America/Los_Angeles", "Asia/Kolkata", "")
    for number, zone in enumerate(zones):
        add_client(f"client-{number}@example.com", name=f"Client {number}", timezone=zone)
        _record(app, number)
    add_client("reader@example.com", consents=(Stream.MARKETING,))
    add_client("nobody@example.com", consents=())
    launch(app, NOW - timedelta(days=1))
    campaigns.launch(app, make_campaign(app, NOW, name="Second letter"), NOW + timedelta(days=2))
    aftercare.cancel_session(app, 2, NOW)
    aftercare.move_session(app, 3, NOW + timedelta(days=1), NOW)
    with app.database.write() as connection:
        left = store.find(connection, "client-3@example.com")
        assert left is not None
        store.withdraw(connection, left.id, Stream.CARE, source="test", at=NOW)
    return app


def _record(app: App, number: int) -> None:
    aftercare.add_session(
        app,
        email=f"client-{number}@example.com",
        services=[("deep-tissue", "relaxation", "reiki")[number % 3]],
        ended_at=NOW - timedelta(hours=number),
        now=NOW,
    )


def _foreseen(lines: list[Foreseen]) -> list[Fate]:
    return sorted((each.at, each.email, each.step or "", each.will.value, each.reason) for each in lines)


def _work_until(app: App, until: datetime) -> None:
    moment: datetime | None = NOW
    while moment is not None and moment <= until:
        _tick(app, moment)
        with app.database.read() as connection:
            moment = deliveries.next_due(connection, moment)


def _tick(app: App, moment: datetime) -> None:
    tick(app, lambda: moment)


def _done(app: App, before: set[int]) -> list[Fate]:
    found = []
    for each in ledger(app):
        if each.id not in before and each.state is not DeliveryState.QUEUED:
            will = "send" if each.state in LEFT else "skip"
            found.append((each.accepted_at or each.final_at or NOW, each.email, each.step or "", will, each.reason))
    return sorted(found)


def _over(app: App) -> set[int]:
    return {each.id for each in ledger(app) if each.state is not DeliveryState.QUEUED}


def _dump(app: App) -> dict[str, list[Any]]:
    with app.database.read() as connection:
        return {table.name: list(connection.execute(select(table))) for table in metadata.sorted_tables}


def test_what_was_foreseen_is_what_is_then_done(practice: App) -> None:
    lines, before = foresee(practice, NOW, DAYS), _over(practice)
    _work_until(practice, NOW + timedelta(days=DAYS))
    assert _foreseen(lines) == _done(practice, before)
    assert {each.will.value for each in lines} == {"send", "skip"}


@pytest.mark.parametrize("days", [1, 2, 3])
def test_a_shorter_look_sees_the_beginning_of_a_longer_one(practice: App, days: int) -> None:
    until = NOW + timedelta(days=days)
    longer = [each for each in foresee(practice, NOW, DAYS) if each.at <= until]
    assert foresee(practice, NOW, days) == longer


def test_looking_ahead_changes_nothing(practice: App) -> None:
    home = practice.settings.home
    before, files = _dump(practice), _files(home)
    foresee(practice, NOW, DAYS)
    assert (_dump(practice), _files(home)) == (before, files)


def _files(home: Path) -> list[Path]:
    return sorted(path for path in (home / "outbox").rglob("*") if path.is_file())


def test_what_is_past_is_not_told(app: App, add_client: AddClient) -> None:
    add_client()
    launch(app, NOW)
    assert foresee(app, NOW, DAYS) == []


@pytest.mark.parametrize("started", [True, False])
def test_a_paused_campaign_names_whom_it_waits_for(app: App, add_client: AddClient, started: bool) -> None:
    add_client()
    campaign_id = make_campaign(app, NOW)
    campaigns.launch(app, campaign_id, NOW)
    if started:
        campaigns.start_due(app, NOW)
    campaigns.pause(app, campaign_id)
    (line,) = foresee(app, NOW, DAYS)
    assert (line.email, line.will, line.reason) == ("anna@example.com", "hold", "paused by hand")


def test_a_campaign_that_will_have_to_ask_is_held_with_its_question(app: App, add_client: AddClient) -> None:
    add_client()
    campaigns.launch(app, make_campaign(app, NOW), NOW - timedelta(days=1))
    (line,) = foresee(app, NOW, DAYS)
    assert line.will == "hold"
    assert "resume it" in line.reason


def test_a_draft_is_not_foreseen(app: App, add_client: AddClient) -> None:
    add_client()
    make_campaign(app, NOW)
    assert foresee(app, NOW, DAYS) == []


def test_a_held_store_foresees_that_it_holds(app: App, add_client: AddClient) -> None:
    add_client()
    campaigns.launch(app, make_campaign(app, NOW), NOW + timedelta(days=1))
    with app.database.write() as connection:
        meta.hold(connection, "restored", NOW)
    (line,) = foresee(app, NOW, DAYS)
    assert (line.will, line.reason, line.at) == ("hold", "all mail is held: restored", NOW + timedelta(days=1))


def test_mail_goes_on_when_the_service_may_be_called_again(app: App, add_client: AddClient) -> None:
    add_client()
    campaigns.launch(app, make_campaign(app, NOW), NOW)
    with app.database.write() as connection:
        senders.pause(connection, app.provider.name, NOW + timedelta(hours=1), "busy")
    (line,) = foresee(app, NOW, DAYS)
    assert (line.will, line.at) == ("send", NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("limits", "moments"),
    [
        ({"limit_per_hour": 2}, [NOW, NOW, *[NOW + timedelta(hours=1)] * 2, NOW + timedelta(hours=2)]),
        ({"limit_per_day": 2}, [NOW, NOW, *[_MORNING] * 2, _MORNING + timedelta(days=1)]),
        ({"warm_up": (1, 3)}, [NOW, *[_MORNING] * 3, _MORNING + timedelta(days=1)]),
    ],
)
def test_the_limits_of_the_sender_are_foreseen(
    open_home: OpenHome, limits: dict[str, object], moments: list[datetime]
) -> None:
    with open_home(**limits) as app:
        add_readers(app, 5, NOW)
        campaigns.launch(app, make_campaign(app, NOW), NOW)
        assert [each.at for each in foresee(app, NOW, DAYS)] == moments
        for hour in range(48):
            _tick(app, NOW + timedelta(hours=hour))
        assert sorted(each.accepted_at or NOW for each in ledger(app)) == moments


@pytest.mark.parametrize("days", [1, 4])
def test_what_waits_for_the_practitioner_is_held_however_far_one_looks(
    app: App, add_client: AddClient, days: int
) -> None:
    """Whether she approves it nobody can foresee; when it would be too late, on the studio's clock, is known."""
    add_client()
    aftercare.add_session(app, email="anna@example.com", services=["reiki"], ended_at=NOW, flags=["tender"], now=NOW)
    line = foresee(app, NOW, days)[0]
    assert (line.will, line.at) == ("hold", NOW + timedelta(hours=3))
    assert line.reason == "waits for the practitioner's review until 03 March at 12:00"


def test_what_the_limits_leave_for_later_is_held(open_home: OpenHome) -> None:
    with open_home(limit_per_day=1) as app:
        add_readers(app, 3, NOW)
        campaigns.launch(app, make_campaign(app, NOW), NOW)
        lines = foresee(app, NOW, 1)
    assert sorted(each.will.value for each in lines) == ["hold", "send", "send"]
    assert [each.reason for each in lines if each.will == "hold"] == [
        "the limits of the sender leave no room for it in this time"
    ]
