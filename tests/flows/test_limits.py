"""Limits: a sender hands over no more than it may, care goes first, and nobody is lost."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from newsletter import aftercare, campaigns
from newsletter.context import App
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import details
from tests.conftest import OpenHome
from tests.flows.conftest import add_readers, launch, ledger, make_campaign, states

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def play(app: App, moment: datetime) -> None:
    tick(app, lambda: moment)


def test_a_daily_limit_is_kept_and_the_rest_goes_the_next_day(open_home: OpenHome) -> None:
    with open_home(limit_per_day=30) as app:
        add_readers(app, 50, NOW)
        launch(app, NOW)
        assert states(app) == {"accepted": 30, "queued": 20}
        play(app, NOW + timedelta(days=1))
        assert states(app) == {"accepted": 50}


def test_a_new_sender_warms_up(open_home: OpenHome) -> None:
    with open_home(warm_up=(10, 20)) as app:
        add_readers(app, 50, NOW)
        launch(app, NOW)
        accepted = [states(app)["accepted"]]
        for day in (1, 2):
            play(app, NOW + timedelta(days=day))
            accepted.append(states(app)["accepted"])
        assert accepted == [10, 30, 50]


def test_an_hourly_limit_begins_anew_with_the_hour(open_home: OpenHome) -> None:
    with open_home(limit_per_hour=20) as app:
        add_readers(app, 30, NOW)
        launch(app, NOW)
        play(app, NOW + timedelta(minutes=59))
        assert states(app) == {"accepted": 20, "queued": 10}
        play(app, NOW + timedelta(hours=1))
        assert states(app) == {"accepted": 30}


def test_care_has_its_part_of_the_day_kept_free(open_home: OpenHome) -> None:
    """A newsletter that would use up the day leaves room for the care mail of this afternoon."""
    with open_home(limit_per_day=20) as app:
        add_readers(app, 30, NOW)
        _client(app)
        aftercare.add_session(app, email="anna@example.com", services=["reiki"], ended_at=NOW, now=NOW)
        launch(app, NOW)
        assert states(app) == {"accepted": 19, "queued": 13}
        play(app, NOW + timedelta(hours=3))
        assert [each.state for each in ledger(app) if each.session_id] == ["accepted"]


def test_limits_are_kept_over_a_restart(open_home: OpenHome) -> None:
    with open_home(limit_per_day=30) as app:
        add_readers(app, 50, NOW)
        launch(app, NOW)
    with open_home(limit_per_day=30) as again:
        play(again, NOW + timedelta(hours=1))
        assert states(again) == {"accepted": 30, "queued": 20}


def test_campaigns_take_turns(open_home: OpenHome) -> None:
    """The larger one that came first does not hold up the other."""
    with open_home(limit_per_day=200) as app:
        add_readers(app, 300, NOW)
        _client(app)
        for name, segment in (("large", "language:en"), ("small", "tag:friends")):
            campaigns.launch(app, make_campaign(app, NOW, name, segment), NOW)
        play(app, NOW)
        accepted = Counter(each.campaign_id for each in ledger(app) if each.state == "accepted")
        assert accepted == {1: 199, 2: 1}


def _client(app: App) -> None:
    with app.database.write() as connection:
        person = details("anna@example.com", tags=["friends"])
        store.add(connection, person, key=app.key, now=NOW, consents=[Stream.CARE, Stream.MARKETING])
