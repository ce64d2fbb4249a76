"""Failover: what one mail service refuses for too long goes through another one, and no mail through both."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from newsletter import campaigns, forecast
from newsletter.app import open_app
from newsletter.config import Settings, load
from newsletter.context import App
from newsletter.doctor import examine
from newsletter.errors import SettingsError
from newsletter.store import campaigns as stored
from newsletter.watching import stuck, why
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import details
from tests.conftest import STUDIO, OpenHome
from tests.fault_server.faults import Fault
from tests.fault_server.server import FaultServer
from tests.fault_server.wire import API_KEY
from tests.flows.conftest import add_readers, ledger, make_campaign, states

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OUT_OF_ORDER = Fault(status=401, body=b'{"name": "invalid_api_key"}', probability=1.0)
QUOTA = Fault(status=429, body=b'{"name": "daily_quota_exceeded", "message": "used up"}', probability=1.0)
FAILING = Fault(status=500, body=b'{"name": "application_error"}', probability=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Resend first, Postmark second, each a server of its own."""

    first: FaultServer
    second: FaultServer

    @property
    def settings(self) -> dict[str, object]:
        return {
            "provider": "resend",
            "resend_api_key": API_KEY,
            "resend_url": self.first.url,
            "fallback_provider": "postmark",
            "postmark_token": API_KEY,
            "postmark_url": self.second.url,
            "public_url": "https://juniper.example",
        }

    @property
    def taken(self) -> tuple[int, int]:
        return len(self.first.journal.accepted), len(self.second.journal.accepted)

    @property
    def mids(self) -> list[str]:
        """Our ids of all mails that were taken, each as often as it was."""
        return [each.mid for each in (*self.first.journal.accepted, *self.second.journal.accepted)]


@pytest.fixture
def services() -> Iterator[Services]:
    first, second = FaultServer(), FaultServer()
    for server in (first, second):
        server.start()
    yield Services(first=first, second=second)
    for server in (first, second):
        server.stop()


@pytest.fixture
def practice(open_home: OpenHome, services: Services) -> Iterator[App]:
    """A studio with two mail services and a campaign for five that is due now."""
    with open_home(**services.settings) as app:
        add_readers(app, 5, NOW)
        campaigns.launch(app, make_campaign(app, NOW), NOW)
        yield app


def play(app: App, *minutes: int) -> None:
    for minute in minutes:
        moment = NOW + minute * MINUTE
        tick(app, lambda moment=moment: moment)  # type: ignore[misc]  # bound at once


def test_while_all_is_well_the_second_service_is_not_used(practice: App, services: Services) -> None:
    play(practice, 0)
    assert services.taken == (5, 0)


def test_what_the_first_refuses_for_long_goes_through_the_second(practice: App, services: Services) -> None:
    """Not before its patience is over; and no attempt is counted against the mails."""
    services.first.faults.append(OUT_OF_ORDER)
    play(practice, *range(15))
    assert (states(practice), services.taken) == ({"queued": 5}, (0, 0))
    play(practice, 15, 16)
    assert services.taken == (0, 5)
    assert {(each.provider, each.state, each.attempts) for each in ledger(practice)} == {("postmark", "accepted", 1)}


def test_a_quota_that_is_used_up_is_not_waited_for(practice: App, services: Services) -> None:
    services.first.faults.append(QUOTA)
    play(practice, 0)
    assert (states(practice), services.taken) == ({"accepted": 5}, (0, 5))


def test_well_again_the_first_takes_over(practice: App, services: Services) -> None:
    """It is tried with a single mail; when that is taken, the others follow."""
    services.first.faults.append(OUT_OF_ORDER)
    play(practice, *range(16))
    services.first.faults.clear()
    add_readers_to_a_second_campaign(practice)
    play(practice, 20)
    assert services.taken == (6, 5)
    assert len(services.first.requests[-2:][0].body) < len(services.first.requests[-1].body)


def add_readers_to_a_second_campaign(app: App) -> None:
    """Six more people: those of the first had their mail of the day."""
    with app.database.write() as connection:
        for number in range(6):
            person = details(f"friend-{number}@example.com", tags=["friends"])
            store.add(connection, person, key=app.key, now=NOW, consents=[Stream.MARKETING])
    campaigns.launch(app, make_campaign(app, NOW, "Second", "tag:friends"), NOW + 17 * MINUTE)


def test_a_call_in_doubt_stays_with_the_service_that_may_have_it(practice: App, services: Services) -> None:
    """The first took the mails, its answer was lost, and then it is out of order: they wait for it."""
    services.first.faults.extend([Fault(accepts=True), OUT_OF_ORDER])
    play(practice, *range(0, 60, 5))
    assert (states(practice), services.taken) == ({"unknown": 5}, (5, 0))
    services.first.faults.clear()
    play(practice, 120)
    assert (states(practice), services.taken) == ({"accepted": 5}, (5, 0))


def test_a_doubt_of_the_second_is_settled_there_when_the_first_is_well(practice: App, services: Services) -> None:
    """Postmark is asked for what it may have, though Resend sends again."""
    services.first.faults.append(QUOTA)
    services.second.faults.append(Fault(accepts=True))
    play(practice, 0)
    assert states(practice) == {"unknown": 5}
    services.first.faults.clear()
    play(practice, 24 * 60, 24 * 60 + 10)
    assert (states(practice), services.taken) == ({"accepted": 5}, (0, 5))


def test_a_service_in_trouble_is_tried_with_one_mail_at_a_time(practice: App, services: Services) -> None:
    """It answers nothing sensible: each try leaves one mail in doubt, and not all of them."""
    services.first.faults.append(OUT_OF_ORDER)
    play(practice, *range(14))
    services.first.faults.clear()
    services.first.faults.append(FAILING)
    play(practice, 15)
    assert states(practice) == {"unknown": 1, "accepted": 4}


def test_with_both_out_of_order_everything_waits(practice: App, services: Services) -> None:
    for server in (services.first, services.second):
        server.faults.append(OUT_OF_ORDER)
    play(practice, *range(30))
    assert (states(practice), services.taken) == ({"queued": 5}, (0, 0))
    assert {each.attempts for each in ledger(practice)} == {0}


def test_limits_and_warm_up_are_each_senders_own(open_home: OpenHome, services: Services) -> None:
    """The second begins its own first day."""
    services.first.faults.append(QUOTA)
    with open_home(**services.settings, warm_up=(2, 100)) as app:
        add_readers(app, 5, NOW)
        campaigns.launch(app, make_campaign(app, NOW), NOW)
        play(app, 0)
        assert (states(app), services.taken) == ({"accepted": 2, "queued": 3}, (0, 2))


def test_the_detour_is_said(practice: App, services: Services) -> None:
    """By campaign show, doctor and the log; and that the second is there, always."""
    services.first.faults.append(QUOTA)
    services.second.faults.append(OUT_OF_ORDER)
    play(practice, 0)
    with practice.database.read() as connection:
        campaign = stored.all_campaigns(connection)[0]
    for said in (" ".join(why(practice, campaign, NOW)), " ".join(stuck(practice, NOW))):
        assert "resend takes no mail: Resend asks to wait: used up" in said
        assert "Until it does again, mail goes through postmark." in said
        assert "postmark is left alone" in said
    assert examine(practice, NOW)[0].found == "resend; postmark while that takes no mail"


def test_a_forecast_sends_through_neither(practice: App, services: Services) -> None:
    services.first.faults.append(OUT_OF_ORDER)
    play(practice, *range(15))
    foreseen = forecast.foresee(practice, NOW + 15 * MINUTE, days=1)
    assert ({each.will for each in foreseen}, services.taken) == ({"send"}, (0, 0))


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"PROVIDER": "resend", "FALLBACK_PROVIDER": "resend"}, "cannot stand in for itself"),
        ({"FALLBACK_PROVIDER": "postmark"}, "stands in for a mail service, not for files"),
        ({"PROVIDER": "resend", "FALLBACK_PROVIDER": "postmark"}, "postmark_token"),
        ({"PROVIDER": "resend", "FALLBACK_PROVIDER": "file"}, "fallback_provider"),
    ],
)
def test_a_fallback_that_cannot_work_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: dict[str, str], words: str
) -> None:
    """Before anything is sent, and with the name of what is missing."""
    for name, value in written.items():
        monkeypatch.setenv(f"AFTERGLOW_{name}", value)
    with pytest.raises(SettingsError, match=words):
        load(tmp_path)


FAULTS = [OUT_OF_ORDER, QUOTA, FAILING, Fault(accepts=True), Fault(), Fault(part=1), None]


@settings(max_examples=10, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(st.tuples(st.sampled_from(FAULTS), st.sampled_from(FAULTS), st.integers(1, 40)), max_size=6))
def test_no_mail_is_taken_by_both(
    tmp_path_factory: pytest.TempPathFactory, days: list[tuple[Fault | None, Fault | None, int]]
) -> None:
    """Whatever either of them does, and however long."""
    first, second = FaultServer(), FaultServer()
    for server in (first, second):
        server.start()
    services = Services(first=first, second=second)
    try:
        with _home(tmp_path_factory, services) as app:
            add_readers(app, 4, NOW)
            campaigns.launch(app, make_campaign(app, NOW), NOW)
            minute = 0
            for first_fault, second_fault, minutes in [*days, (None, None, 1)]:
                for server, fault in ((first, first_fault), (second, second_fault)):
                    server.faults.clear()
                    server.faults.extend([fault] if fault else [])
                play(app, minute, minute + 1, minute := minute + minutes)
            play(app, *range(24 * 60, 24 * 60 + 200, 50))
            assert sorted(services.mids) == sorted(set(services.mids))
            assert set(states(app)) <= {"accepted", "failed", "unknown"}  # a service may refuse an address
    finally:
        for server in (first, second):
            server.stop()


def _home(folders: pytest.TempPathFactory, services: Services) -> AbstractContextManager[App]:
    values = {"home": folders.mktemp("home"), "studio": STUDIO} | services.settings
    return open_app(Settings.model_validate(values), worker="test")
