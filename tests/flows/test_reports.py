"""Reports: figures that are held against the ledger and against each other."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest
from sqlalchemy import update

from newsletter import aftercare, campaigns
from newsletter.context import App
from newsletter.domain.campaign import CampaignState
from newsletter.errors import NotFoundError
from newsletter.reports import overview, report_campaign
from newsletter.store import campaigns as stored
from newsletter.store import tables
from newsletter.worker import tick
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber
from tests.flows.conftest import add_readers, launch, ledger, make_campaign
from tests.providers.resend_server import ResendServer

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
AddClient = Callable[..., Subscriber]


def _care(app: App) -> None:
    """A session whose care mails go out, the first of them twenty minutes late."""
    ended = NOW + timedelta(days=1)
    services = ["deep-tissue"]
    aftercare.add_session(app, email="anna@example.com", services=services, ended_at=ended, now=ended)
    for hours, minutes in ((3, 20), (21, 0), (70, 0)):
        tick(app, lambda: ended + timedelta(hours=hours, minutes=minutes))  # noqa: B023  # called at once


def test_a_campaign_counts_everybody_with_the_reasons(app: App, add_client: AddClient) -> None:
    add_readers(app, 3, NOW)
    add_client("care@example.com", consents=(Stream.CARE,))
    report = report_campaign(app, launch(app, NOW))
    figures = report.whole.figures
    assert report.whole.equation == "4 candidates = 3 accepted + 1 suppressed"
    assert figures.accepted_share == pytest.approx(0.75)
    assert [(each.state, each.reason, each.count) for each in figures.reasons] == [
        ("suppressed", "has not agreed to newsletters", 1)
    ]
    assert [each.name for each in report.providers] == ["file"]


def test_the_overview_tells_campaigns_steps_and_services_apart(app: App, add_client: AddClient) -> None:
    add_client()
    launch(app, NOW)
    _care(app)
    found = overview(app)
    assert found.whole.figures.candidates == len(ledger(app)) == 4
    assert [(each.name, each.figures.candidates) for each in found.campaigns] == [("Letter", 1)]
    assert [each.name for each in found.steps] == ["day-3", "next-morning", "same-day"]
    assert [(each.name, each.figures.states) for each in found.providers] == [("file", {"accepted": 4})]


def test_the_median_is_that_of_the_ledger(app: App, add_client: AddClient) -> None:
    add_client()
    launch(app, NOW)
    _care(app)
    waits = [(each.accepted_at - each.due_at).total_seconds() for each in ledger(app) if each.accepted_at]
    found = overview(app)
    assert found.whole.figures.median_wait == pytest.approx(median(waits), abs=0.01)
    assert found.steps[-1].figures.median_wait == pytest.approx(1200, abs=0.01)


def test_the_reasons_add_up_to_their_states(resend_app: App, resend: ResendServer) -> None:
    add_readers(resend_app, 5, NOW)
    resend.refused.update({"reader-1@example.com", "reader-2@example.com"})
    figures = report_campaign(resend_app, launch(resend_app, NOW)).whole.figures
    told = Counter[str]()
    for reason in figures.reasons:
        told[reason.state] += reason.count
    assert told == {"failed": figures.states["failed"]} == {"failed": 2}


def test_a_campaign_that_says_sent_too_early_does_not_add_up(app: App) -> None:
    add_readers(app, 2, NOW)
    campaign_id = make_campaign(app, NOW)
    campaigns.launch(app, campaign_id, NOW)
    campaigns.start_due(app, NOW)
    with app.database.write() as connection:
        stored.move(connection, stored.get(connection, campaign_id), CampaignState.SENT)
    assert "2 have not come to their end" in report_campaign(app, campaign_id).whole.faults[0]


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        ({"state": "lost"}, "1 in the state “lost”, which does not exist"),
        ({"state": "failed"}, "1 did not go out, without a reason"),
        ({"state": "accepted", "provider_call_id": None}, "1 were accepted, without a time"),
        ({"state": "sending", "provider_call_id": None}, "1 are on their way or in doubt, without a call"),
    ],
)
def test_a_row_that_contradicts_itself_is_told(
    app: App, add_client: AddClient, damage: dict[str, object], fault: str
) -> None:
    add_client()
    launch(app, NOW)
    with app.database.write() as connection:
        connection.execute(update(tables.delivery).values(**damage))
    assert overview(app).whole.faults == [fault]


def test_an_empty_ledger_is_reported_as_such(app: App) -> None:
    found = overview(app)
    assert (found.whole.equation, found.whole.figures.accepted_share) == ("0 candidates = 0", None)
    assert (found.whole.faults, found.campaigns) == ([], [])


def test_a_campaign_without_an_audience_yet_adds_up(app: App) -> None:
    assert report_campaign(app, make_campaign(app, NOW)).whole.faults == []


def test_a_campaign_that_is_not_there_is_told(app: App) -> None:
    with pytest.raises(NotFoundError, match="no campaign 7"):
        report_campaign(app, 7)
