"""A mail service that asks to slow down nine times out of ten: the campaign takes longer, and nothing else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from newsletter.context import App
from newsletter.domain.campaign import CampaignState
from newsletter.domain.delivery import DeliveryState
from newsletter.store import campaigns
from newsletter.worker import tick
from tests.crash.conftest import FULL, accepted_ids, add_readers, in_state, launch, ledger
from tests.crash.kinds import Kind, provider_of
from tests.fault_server.faults import Fault
from tests.fault_server.server import FaultServer

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
READERS = 5_000 if FULL else 1_000
THROTTLED = Fault(status=429, body=b'{"name": "rate_limit_exceeded"}', headers={"retry-after": "5"}, probability=0.9)
MOST_BEATS = 5_000  # of five seconds each: nobody is to wait for longer than the day


def test_a_campaign_throttled_by_nine_calls_in_ten_loses_nobody_and_ends(app: App, server: FaultServer) -> None:
    """Everybody is accepted exactly once, at her first attempt as the ledger counts it."""
    add_readers(app, READERS, NOW)
    campaign_id = launch(app, NOW)
    server.faults.append(THROTTLED)
    _beat_until_sent(replace(app, provider=provider_of(Kind.KEYS, server.url)), campaign_id)
    rows = ledger(app, campaign_id)
    assert len(rows) == READERS
    assert sorted(accepted_ids(server)) == sorted(in_state(rows, DeliveryState.ACCEPTED)) == sorted(rows)
    assert {row.attempts for row in rows.values()} == {1}
    assert len(server.requests) > 5 * READERS / 100  # it was throttled indeed


def _beat_until_sent(app: App, campaign_id: int) -> None:
    for beat in range(MOST_BEATS):
        now = NOW + beat * timedelta(seconds=5)
        tick(app, lambda now=now: now)  # type: ignore[misc]  # bound at once
        with app.database.read() as connection:
            if campaigns.get(connection, campaign_id).state is CampaignState.SENT:
                app.provider.close()
                return
    raise AssertionError("the campaign has not come to its end")
