"""A service that answers nothing sensible: few mails are in doubt for it, and it is tried again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from newsletter import campaigns
from newsletter.context import App
from newsletter.domain.delivery import DeliveryState
from newsletter.store import senders
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import details
from tests.conftest import OpenHome
from tests.fault_server.faults import Fault
from tests.fault_server.server import FaultServer
from tests.fault_server.wire import ACCESS_KEY_ID, API_KEY, REGION
from tests.flows.conftest import add_readers, make_campaign, states

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FAILING = Fault(status=500, probability=1.0)
SILENT = Fault(accepts=True, probability=1.0)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    server = FaultServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def services(server: FaultServer) -> dict[str, dict[str, object]]:
    """Settings for a service that takes one mail a call, for one that takes several, and for a mail server."""
    ses: dict[str, object] = {
        "ses_region": REGION,
        "ses_access_key_id": ACCESS_KEY_ID,
        "ses_secret_access_key": API_KEY,
    }
    return {
        "ses": ses | {"ses_url": server.url},
        "postmark": {"postmark_token": API_KEY, "postmark_url": server.url},
        "smtp": {"smtp_host": "127.0.0.1", "smtp_port": server.smtp_port, "smtp_security": "none"},
    }


def play(app: App, *minutes: int) -> None:
    for minute in minutes:
        moment = NOW + minute * MINUTE
        tick(app, lambda moment=moment: moment)  # type: ignore[misc]  # bound at once


@pytest.mark.parametrize(("service", "fault"), [("ses", FAILING), ("ses", SILENT), ("smtp", SILENT)])
def test_few_mails_are_in_doubt_for_a_service_in_trouble(
    open_home: OpenHome, server: FaultServer, services: dict[str, dict[str, object]], service: str, fault: Fault
) -> None:
    """One a try, and the tries are a minute apart at first, then as long as the trouble has lasted."""
    server.faults.append(fault)
    with open_home(provider=service, public_url="https://juniper.example", **services[service]) as app:
        add_readers(app, 20, NOW)
        campaigns.launch(app, make_campaign(app, NOW), NOW)
        play(app, *range(60))
        assert states(app) == {DeliveryState.UNKNOWN: 7, DeliveryState.QUEUED: 13}
        with app.database.read() as connection:
            assert senders.paused_until(connection, service, NOW + 59 * MINUTE) == NOW + 64 * MINUTE


def test_the_longest_pause_is_an_hour(
    open_home: OpenHome, server: FaultServer, services: dict[str, dict[str, object]]
) -> None:
    """However long the trouble lasts."""
    server.faults.append(FAILING)
    with open_home(provider="ses", public_url="https://juniper.example", **services["ses"]) as app:
        add_readers(app, 20, NOW)
        campaigns.launch(app, make_campaign(app, NOW), NOW)
        play(app, *range(0, 8 * 60, 16))
        assert states(app)[DeliveryState.UNKNOWN] < 13


def test_well_again_it_is_tried_with_one_mail_and_then_takes_all(
    open_home: OpenHome, server: FaultServer, services: dict[str, dict[str, object]]
) -> None:
    """The first call of all is as large as ever: nobody could know."""
    server.faults.append(Fault(status=500))
    with open_home(provider="postmark", public_url="https://juniper.example", **services["postmark"]) as app:
        add_readers(app, 3, NOW)
        campaigns.launch(app, make_campaign(app, NOW), NOW)
        play(app, 0)
        with app.database.write() as connection:
            for number in range(4):
                person = details(f"friend-{number}@example.com", tags=["friends"])
                store.add(connection, person, key=app.key, now=NOW, consents=[Stream.MARKETING])
        campaigns.launch(app, make_campaign(app, NOW, "Second", "tag:friends"), NOW)
        play(app, 2)
    calls = [request.body.count(b'"To"') for request in server.requests if request.path == "/email/batch"]
    assert calls == [3, 1, 3]
