"""The outbox: every mail once, whatever the mail service and the machine do."""

from datetime import UTC, datetime, timedelta

import pytest

from newsletter import campaigns, outbox
from newsletter.context import App
from newsletter.domain.campaign import CampaignState
from newsletter.store import campaigns as stored
from newsletter.worker import tick
from tests.conftest import OpenHome
from tests.flows.conftest import add_readers, launch, ledger, make_campaign, states
from tests.providers.resend_server import Fault, ResendServer, error

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)


def addresses(resend: ResendServer) -> list[str]:
    return sorted(str(mail["to"]) for mail in resend.accepted)


def test_everybody_gets_the_mail_once_and_the_campaign_is_sent(resend_app: App, resend: ResendServer) -> None:
    add_readers(resend_app, 250, NOW)
    campaign_id = launch(resend_app, NOW)
    assert len(set(addresses(resend))) == len(resend.accepted) == 250
    with resend_app.database.read() as connection:
        assert stored.get(connection, campaign_id).state is CampaignState.SENT


def test_a_call_is_as_large_as_the_service_takes(resend_app: App, resend: ResendServer) -> None:
    add_readers(resend_app, 250, NOW)
    launch(resend_app, NOW)
    assert len(resend.requests) == 3


def test_a_lost_answer_leaves_the_mails_in_doubt_and_the_campaign_unfinished(
    resend_app: App, resend: ResendServer
) -> None:
    add_readers(resend_app, 3, NOW)
    resend.faults.append(Fault(accepts=True))
    campaign_id = launch(resend_app, NOW)
    assert states(resend_app) == {"unknown": 3}
    with resend_app.database.read() as connection:
        assert stored.get(connection, campaign_id).state is CampaignState.SENDING


def test_a_doubt_is_settled_by_the_same_call_under_the_same_key(resend_app: App, resend: ResendServer) -> None:
    add_readers(resend_app, 3, NOW)
    resend.faults.append(Fault(accepts=True))
    launch(resend_app, NOW)
    tick(resend_app, lambda: LATER)
    assert states(resend_app) == {"accepted": 3}
    assert len(resend.accepted) == 3
    assert len({request.headers["idempotency-key"] for request in resend.requests}) == 1


def test_a_doubt_is_not_settled_by_hope_once_the_key_has_expired(resend_app: App, resend: ResendServer) -> None:
    add_readers(resend_app, 3, NOW)
    resend.faults.append(Fault(accepts=True))
    launch(resend_app, NOW)
    tick(resend_app, lambda: NOW + timedelta(days=2))
    assert states(resend_app) == {"unknown": 3}
    assert len(resend.requests) == 1


def test_a_doubt_that_never_reached_the_service_ends_as_one_mail(resend_app: App, resend: ResendServer) -> None:
    add_readers(resend_app, 3, NOW)
    resend.faults.append(Fault(accepts=False))
    launch(resend_app, NOW)
    tick(resend_app, lambda: LATER)
    assert len(resend.accepted) == 3
    assert states(resend_app) == {"accepted": 3}


def test_throttling_loses_nobody_and_counts_against_nobody(resend_app: App, resend: ResendServer) -> None:
    add_readers(resend_app, 120, NOW)
    throttled = error(429, "rate_limit_exceeded", **{"retry-after": "30"})
    resend.faults.extend([throttled] * 40)
    campaign_id = launch(resend_app, NOW)
    for minute in range(1, 45):
        tick(resend_app, lambda minute=minute: NOW + timedelta(minutes=minute))  # type: ignore[misc]  # bound at once
    assert states(resend_app) == {"accepted": 120}
    assert {delivery.attempts for delivery in ledger(resend_app)} == {1}
    with resend_app.database.read() as connection:
        assert stored.get(connection, campaign_id).state is CampaignState.SENT


def test_a_throttled_service_is_left_alone_for_as_long_as_it_asked(resend_app: App, resend: ResendServer) -> None:
    add_readers(resend_app, 3, NOW)
    resend.faults.append(error(429, "rate_limit_exceeded", **{"retry-after": "600"}))
    launch(resend_app, NOW)
    tick(resend_app, lambda: NOW + timedelta(minutes=9))
    assert len(resend.requests) == 1


def test_one_refused_address_fails_alone_with_its_reason(resend_app: App, resend: ResendServer) -> None:
    add_readers(resend_app, 3, NOW)
    resend.refused.add("reader-1@example.com")
    launch(resend_app, NOW)
    assert states(resend_app) == {"accepted": 2, "failed": 1}
    (failed,) = [delivery for delivery in ledger(resend_app) if delivery.state == "failed"]
    assert failed.email == "reader-1@example.com"
    assert "Invalid" in failed.reason


def test_a_wrong_key_holds_the_mail_instead_of_failing_it(
    open_home: OpenHome, resend_settings: dict[str, object]
) -> None:
    with open_home(**resend_settings | {"resend_api_key": "re_wrong"}) as app:
        add_readers(app, 3, NOW)
        launch(app, NOW)
        assert states(app) == {"queued": 3}
        assert all("AFTERGLOW_RESEND_API_KEY" in delivery.reason for delivery in ledger(app))
        assert not any("re_wrong" in delivery.reason for delivery in ledger(app))


def test_a_call_that_a_dead_worker_left_is_settled_once_its_lease_is_over(
    open_home: OpenHome, resend_settings: dict[str, object], resend: ResendServer
) -> None:
    """The worker dies after its call is on record and before a byte leaves."""
    with open_home(**resend_settings) as dead:
        add_readers(dead, 3, NOW)
        campaigns.launch(dead, make_campaign(dead, NOW), NOW)
        _die_before_the_bytes_leave(dead)
    with open_home(worker="another", **resend_settings) as app:
        tick(app, lambda: NOW + timedelta(seconds=30))
        assert states(app) == {"sending": 3}
        tick(app, lambda: LATER)
        assert states(app) == {"accepted": 3}
        assert len(resend.accepted) == 3


def test_a_worker_settles_what_its_own_earlier_life_left_at_once(
    open_home: OpenHome, resend_settings: dict[str, object], resend: ResendServer
) -> None:
    with open_home(**resend_settings) as dead:
        add_readers(dead, 3, NOW)
        campaigns.launch(dead, make_campaign(dead, NOW), NOW)
        _die_before_the_bytes_leave(dead)
    with open_home(**resend_settings) as app:
        tick(app, lambda: NOW)
        assert states(app) == {"accepted": 3}
        assert len(resend.accepted) == 3


def _die_before_the_bytes_leave(app: App) -> None:
    """Does what `send_due` does up to the moment at which the call is on record."""
    campaigns.start_due(app, NOW)
    outbox._take_turn(app, None, NOW, last=False)


@pytest.mark.parametrize("moment", [NOW, NOW + timedelta(minutes=1), LATER])
def test_a_paused_campaign_sends_nothing(resend_app: App, resend: ResendServer, moment: datetime) -> None:
    add_readers(resend_app, 3, NOW)
    campaign_id = make_campaign(resend_app, NOW)
    campaigns.launch(resend_app, campaign_id, NOW)
    campaigns.pause(resend_app, campaign_id)
    tick(resend_app, lambda: moment)
    assert resend.accepted == []


def test_a_campaign_that_could_not_start_for_a_day_asks_first(resend_app: App, resend: ResendServer) -> None:
    add_readers(resend_app, 3, NOW)
    campaign_id = make_campaign(resend_app, NOW)
    campaigns.launch(resend_app, campaign_id, NOW)
    tick(resend_app, lambda: NOW + timedelta(days=1))
    with resend_app.database.read() as connection:
        campaign = stored.get(connection, campaign_id)
    assert (campaign.state, resend.accepted) == (CampaignState.PAUSED, [])
    assert "resume it" in campaign.reason


def test_a_cancelled_campaign_names_everybody_who_did_not_get_it(resend_app: App) -> None:
    add_readers(resend_app, 3, NOW)
    campaign_id = make_campaign(resend_app, NOW)
    campaigns.launch(resend_app, campaign_id, NOW)
    campaigns.start_due(resend_app, NOW)
    campaigns.cancel(resend_app, campaign_id, NOW)
    assert states(resend_app) == {"cancelled": 3}
    assert {delivery.reason for delivery in ledger(resend_app)} == {"the campaign was cancelled"}
