"""A hold: nothing leaves the store until it is told to go on, on SQLite and on PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest

from newsletter import campaigns, doubts
from newsletter.context import App
from newsletter.doctor import examine
from newsletter.errors import RefusedError
from newsletter.store import meta
from newsletter.worker import tick
from tests.flows.conftest import add_readers, launch, make_campaign, states
from tests.providers.resend_server import Fault, ResendServer

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def _hold(app: App) -> None:
    with app.database.write() as connection:
        meta.hold(connection, "restored", NOW)


def _release(app: App) -> None:
    with app.database.write() as connection:
        meta.release(connection)


def test_a_store_is_not_held_by_itself(app: App) -> None:
    with app.database.read() as connection:
        assert meta.held(connection) is None


def test_a_hold_keeps_its_reason_and_its_time(app: App) -> None:
    _hold(app)
    with app.database.read() as connection:
        assert meta.held(connection) == meta.Hold(reason="restored", since=NOW)


def test_the_latest_reason_counts(app: App) -> None:
    _hold(app)
    with app.database.write() as connection:
        meta.hold(connection, "by hand", LATER)
        assert meta.held(connection) == meta.Hold(reason="by hand", since=LATER)


def test_releasing_twice_is_no_fault(app: App) -> None:
    _hold(app)
    _release(app)
    _release(app)
    with app.database.read() as connection:
        assert meta.held(connection) is None


def test_what_waits_goes_out_once_after_the_hold(resend_app: App, resend: ResendServer) -> None:
    add_readers(resend_app, 3, NOW)
    campaigns.launch(resend_app, make_campaign(resend_app, NOW), NOW)
    campaigns.start_due(resend_app, NOW)
    _hold(resend_app)
    tick(resend_app, lambda: NOW)
    assert (states(resend_app), resend.requests) == ({"queued": 3}, [])
    _release(resend_app)
    tick(resend_app, lambda: LATER)
    assert (states(resend_app), len(resend.accepted)) == ({"accepted": 3}, 3)


def test_no_campaign_starts_during_a_hold(app: App) -> None:
    add_readers(app, 1, NOW)
    _hold(app)
    launch(app, NOW)
    assert states(app) == {}


def test_a_call_in_doubt_is_not_repeated_during_a_hold(resend_app: App, resend: ResendServer) -> None:
    add_readers(resend_app, 1, NOW)
    resend.faults.append(Fault(accepts=False))
    launch(resend_app, NOW)
    _hold(resend_app)
    tick(resend_app, lambda: LATER)
    assert (states(resend_app), len(resend.requests)) == ({"unknown": 1}, 1)


def test_asking_about_doubts_during_a_hold_is_refused_with_the_next_step(app: App) -> None:
    _hold(app)
    with pytest.raises(RefusedError, match=r"restored.*resume"):
        doubts.reconcile(app, lambda: NOW)


def test_the_doctor_names_a_hold(app: App) -> None:
    _hold(app)
    (check,) = [check for check in examine(app, NOW) if check.name == "all mail"]
    assert "restored" in check.found
    assert "resume" in check.remedy
