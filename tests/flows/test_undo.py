"""The time to undo: between launch and first mail everything can be taken back, and nobody has been written to."""

from datetime import UTC, datetime, timedelta

from newsletter import campaigns
from newsletter.context import App
from newsletter.domain.campaign import CampaignState, first_mail_at
from newsletter.store import campaigns as stored
from newsletter.watching import why
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import details
from tests.conftest import OpenHome
from tests.flows.conftest import add_readers, ledger, make_campaign, states

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def beat(app: App, moment: datetime) -> None:
    tick(app, lambda: moment)


def launch(app: App, asked: datetime | None = None) -> int:
    """A launch as the therapist makes it, and one beat of the clockwork."""
    add_readers(app, 3, NOW)
    campaign_id = make_campaign(app, NOW)
    campaigns.launch(app, campaign_id, first_mail_at(asked, NOW, app.undo_window))
    beat(app, NOW)
    return campaign_id


def state(app: App, campaign_id: int) -> CampaignState:
    with app.database.read() as connection:
        return stored.get(connection, campaign_id).state


def test_who_will_get_it_is_known_and_nobody_has_it(app: App) -> None:
    campaign_id = launch(app)
    assert state(app, campaign_id) is CampaignState.SCHEDULED
    assert states(app) == {"queued": 3}
    beat(app, NOW + 4 * MINUTE)
    assert states(app) == {"queued": 3}


def test_after_it_everybody_gets_it_once(app: App) -> None:
    campaign_id = launch(app)
    beat(app, NOW + 5 * MINUTE)
    assert states(app) == {"accepted": 3}
    assert state(app, campaign_id) is CampaignState.SENT


def test_a_restart_keeps_it(open_home: OpenHome) -> None:
    """Whatever the setting says by then: the moment is in the store."""
    with open_home() as app:
        launch(app)
    with open_home(undo_window=0) as again:
        beat(again, NOW + 4 * MINUTE)
        assert states(again) == {"queued": 3}
        beat(again, NOW + 5 * MINUTE)
        assert states(again) == {"accepted": 3}


def test_it_says_how_long_it_lasts_and_how_to_undo(app: App) -> None:
    campaign_id = launch(app)
    with app.database.read() as connection:
        found = stored.get(connection, campaign_id)
    assert why(app, found, NOW + MINUTE) == (
        f"First mail at 10:05; until then: campaign cancel {campaign_id}, or campaign pause {campaign_id}",
    )


def test_who_cancels_in_time_has_written_to_nobody(app: App) -> None:
    """Each of them by name, as cancelled."""
    campaign_id = launch(app)
    campaigns.cancel(app, campaign_id, NOW + 4 * MINUTE)
    beat(app, NOW + 6 * MINUTE)
    assert states(app) == {"cancelled": 3}
    assert {each.attempts for each in ledger(app)} == {0}


def test_a_pause_in_time_keeps_every_mail(app: App) -> None:
    campaign_id = launch(app)
    campaigns.pause(app, campaign_id)
    beat(app, NOW + 60 * MINUTE)
    assert states(app) == {"queued": 3}


def test_resumed_in_time_it_leaves_when_it_was_to(app: App) -> None:
    campaign_id = launch(app)
    campaigns.pause(app, campaign_id)
    campaigns.resume(app, campaign_id, NOW + MINUTE)
    beat(app, NOW + 4 * MINUTE)
    assert states(app) == {"queued": 3}
    beat(app, NOW + 5 * MINUTE)
    assert states(app) == {"accepted": 3}


def test_resumed_later_it_leaves_at_once(app: App) -> None:
    """She had her time to think."""
    campaign_id = launch(app)
    campaigns.pause(app, campaign_id)
    campaigns.resume(app, campaign_id, NOW + 60 * MINUTE)
    beat(app, NOW + 60 * MINUTE)
    assert states(app) == {"accepted": 3}


def test_a_second_launch_can_end_it(app: App) -> None:
    """She has looked, and it may go."""
    campaign_id = launch(app)
    campaigns.launch(app, campaign_id, NOW + MINUTE)
    beat(app, NOW + MINUTE)
    assert states(app) == {"accepted": 3}


def test_a_second_launch_can_put_it_off(app: App) -> None:
    """Then everybody's mail waits for the new moment, in the ledger too."""
    campaign_id = launch(app)
    later = NOW + 60 * MINUTE
    campaigns.launch(app, campaign_id, later)
    assert {each.due_at for each in ledger(app)} == {later}
    beat(app, NOW + 59 * MINUTE)
    assert states(app) == {"queued": 3}
    beat(app, later)
    assert states(app) == {"accepted": 3}


def test_scheduled_well_before_it_leaves_on_time(app: App) -> None:
    """There was time enough to undo it; shortly before, it is seen who will get it."""
    campaign_id = launch(app, NOW + 30 * MINUTE)
    assert states(app) == {}
    beat(app, NOW + 25 * MINUTE)
    assert (states(app), state(app, campaign_id)) == ({"queued": 3}, CampaignState.SCHEDULED)
    beat(app, NOW + 30 * MINUTE)
    assert states(app) == {"accepted": 3}


def test_a_far_campaign_that_is_resumed_keeps_its_day(app: App) -> None:
    """It was paused to look at it again, not to be sent at once."""
    campaign_id = launch(app, NOW + timedelta(days=1))
    campaigns.pause(app, campaign_id)
    campaigns.resume(app, campaign_id, NOW + MINUTE)
    beat(app, NOW + 2 * MINUTE)
    assert states(app) == {}
    beat(app, NOW + timedelta(days=1))
    assert states(app) == {"accepted": 3}


def test_readers_elsewhere_get_it_at_their_hour(app: App) -> None:
    """Also after it was put off: quiet hours are hers."""
    with app.database.write() as connection:
        person = details("nele@example.com", timezone="America/New_York")
        store.add(connection, person, key=app.key, now=NOW, consents=[Stream.MARKETING])
    campaign_id = launch(app)
    campaigns.launch(app, campaign_id, NOW + 10 * MINUTE)
    due = {each.email: each.due_at for each in ledger(app)}
    assert due["reader-0@example.com"] == NOW + 10 * MINUTE
    assert due["nele@example.com"] == NOW + timedelta(hours=4)
