"""A clock that ran ahead and was put back: what was put off to a far future goes on, and nothing goes out twice."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from newsletter import aftercare, campaigns
from newsletter.context import App
from newsletter.store import campaigns as stored
from newsletter.store import clock, polls, senders
from newsletter.watching import stuck
from newsletter.worker import tick
from subscribers.subscriber import Subscriber
from tests.conftest import OpenHome
from tests.flows.conftest import add_readers, launch, ledger, make_campaign, states
from tests.providers.resend_server import Fault, ResendServer, error

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
YEAR = timedelta(days=365)
AHEAD = NOW + YEAR


def beat(app: App, moment: datetime) -> None:
    tick(app, lambda: moment)


def test_a_clock_that_goes_on_was_not_put_back(app: App) -> None:
    """A few minutes are no matter: clocks are set all the time."""
    with app.database.write() as connection:
        assert clock.last_seen(connection) is None
        assert clock.put_back(connection, NOW) is None
        assert clock.put_back(connection, NOW - 4 * MINUTE) is None
        assert clock.put_back(connection, NOW - 24 * MINUTE) == 20 * MINUTE
        assert clock.last_seen(connection) == NOW - 24 * MINUTE


def test_work_done_in_the_future_is_not_done_again(resend_app: App, resend: ResendServer) -> None:
    add_readers(resend_app, 3, NOW)
    launch(resend_app, AHEAD)
    beat(resend_app, NOW)
    assert (states(resend_app), len(resend.accepted)) == ({"accepted": 3}, 3)


def test_postponed_mails_go_out_once(resend_app: App, resend: ResendServer) -> None:
    """At night of the wrong year they were put off to its next morning."""
    add_readers(resend_app, 3, NOW)
    resend.faults.append(error(429, "rate_limit_exceeded", **{"retry-after": "60"}))
    launch(resend_app, NOW)
    beat(resend_app, AHEAD + timedelta(hours=12))
    assert {each.due_at.year for each in ledger(resend_app)} == {2027}
    for minute in (2, 3):
        beat(resend_app, NOW + minute * MINUTE)
    assert (states(resend_app), len(resend.accepted)) == ({"accepted": 3}, 3)


def test_postponed_mails_of_a_campaign_that_is_paused_go_out_once_it_is_resumed(
    resend_app: App, resend: ResendServer
) -> None:
    """It was paused in the wrong year, and resumed in the right one."""
    add_readers(resend_app, 3, NOW)
    resend.faults.append(error(429, "rate_limit_exceeded", **{"retry-after": "60"}))
    campaign_id = launch(resend_app, NOW)
    beat(resend_app, AHEAD + timedelta(hours=12))
    campaigns.pause(resend_app, campaign_id)
    beat(resend_app, NOW + 2 * MINUTE)
    campaigns.resume(resend_app, campaign_id, NOW + 3 * MINUTE)
    beat(resend_app, NOW + 4 * MINUTE)
    assert (states(resend_app), len(resend.accepted)) == ({"accepted": 3}, 3)


def test_a_pause_of_the_future_is_over(resend_app: App, resend: ResendServer) -> None:
    add_readers(resend_app, 3, NOW)
    launch(resend_app, NOW)
    beat(resend_app, AHEAD)
    with resend_app.database.write() as connection:
        senders.pause(connection, "resend", AHEAD + 30 * MINUTE, "too many requests")
    beat(resend_app, NOW + MINUTE)
    with resend_app.database.read() as connection:
        assert senders.paused_until(connection, "resend", NOW + MINUTE) is None


def test_what_services_told_is_read_again(app: App) -> None:
    """A cursor of the wrong year would pass over every bounce until then; what was read in this one stays."""
    with app.database.write() as connection:
        for name, moment in (("postmark", AHEAD), ("postmark list", NOW - MINUTE)):
            polls.claim(connection, name, moment, moment)
            polls.advance(connection, name, "read until then")
            polls.succeed(connection, name, moment, moment + MINUTE)
        clock.bring_back(connection, NOW)
        ahead, ours = polls.get(connection, "postmark"), polls.get(connection, "postmark list")
    assert ahead is not None
    assert (ahead.cursor, ahead.next_at) == ("", NOW)
    assert ours is not None
    assert (ours.cursor, ours.next_at) == ("read until then", NOW)


def test_a_doubt_of_the_future_is_not_settled_by_sending(resend_app: App, resend: ResendServer) -> None:
    """Nobody knows how long ago that call really was, and whether Resend still knows its key."""
    add_readers(resend_app, 3, NOW)
    resend.faults.append(Fault(accepts=True))
    launch(resend_app, AHEAD)
    for moment in (NOW, NOW + timedelta(hours=1), AHEAD + timedelta(hours=1)):
        beat(resend_app, moment)
    assert (states(resend_app), len(resend.accepted)) == ({"unknown": 3}, 3)
    assert len(resend.requests) == 1


def test_a_small_step_back_only_delays_the_question(resend_app: App, resend: ResendServer) -> None:
    """Twenty minutes are no matter to a key that lives for a day."""
    add_readers(resend_app, 3, NOW)
    resend.faults.append(Fault(accepts=True))
    launch(resend_app, NOW + 20 * MINUTE)
    beat(resend_app, NOW)
    assert states(resend_app) == {"unknown": 3}
    for minute in (18, 60):
        beat(resend_app, NOW + minute * MINUTE)
    assert (states(resend_app), len(resend.accepted)) == ({"accepted": 3}, 3)


def test_a_call_that_a_dead_worker_left_in_the_future_is_settled(
    open_home: OpenHome, add_client: Callable[..., Subscriber]
) -> None:
    """Files can be looked at, whatever the clock says."""
    add_client()
    with open_home(worker="dead") as dead:
        campaigns.launch(dead, make_campaign(dead, AHEAD), AHEAD)
        _die_in_the_call(dead, AHEAD)
    with open_home(worker="another") as app:
        beat(app, NOW)
        beat(app, NOW + MINUTE)
        assert states(app) == {"accepted": 1}


def _die_in_the_call(app: App, moment: datetime) -> None:
    """The clock is read once more when the bytes are about to leave: that is where the worker dies."""
    seen: list[datetime] = []

    def clock_of_the_dying() -> datetime:
        if states(app).get("sending"):
            raise KeyboardInterrupt
        seen.append(moment)
        return moment

    try:
        tick(app, clock_of_the_dying)
    except KeyboardInterrupt:
        assert states(app) == {"sending": 1}


def test_care_mails_keep_their_plan(app: App, add_client: Callable[..., Subscriber]) -> None:
    """What was planned for next week stays there; only what was put off comes back."""
    add_client()
    aftercare.add_session(app, email="anna@example.com", services=["reiki"], ended_at=NOW, now=NOW)
    planned = {each.step: each.due_at for each in ledger(app)}
    with app.database.write() as connection:
        clock.put_back(connection, AHEAD)
    beat(app, NOW)
    assert {each.step: each.due_at for each in ledger(app)} == planned


def test_a_worker_of_the_future_gives_no_sign_of_life(resend_app: App) -> None:
    add_readers(resend_app, 3, NOW)
    beat(resend_app, AHEAD)
    campaigns.launch(resend_app, make_campaign(resend_app, NOW), NOW)
    with resend_app.database.write() as connection:
        campaign = stored.all_campaigns(connection)[0]
        stored.move(connection, campaign, campaign.state, started_at=NOW)
    campaigns.start_due(resend_app, NOW)
    assert any("No worker is running" in each for each in stuck(resend_app, NOW))


def test_the_daily_cap_counts_what_left_today(app: App, add_client: Callable[..., Subscriber]) -> None:
    """A mail that was dated next year must not hide that of this morning."""
    add_client()
    for name, moment in (("Future", AHEAD), ("Morning", NOW), ("Noon", NOW + timedelta(hours=2))):
        campaigns.launch(app, make_campaign(app, NOW, name), moment)
        beat(app, moment)
    assert [each.state for each in sorted(ledger(app), key=lambda each: each.id)] == ["accepted", "accepted", "queued"]


def test_a_day_of_warming_up_that_began_in_the_future_is_the_first(open_home: OpenHome) -> None:
    """And what was handed over that day counts."""
    with open_home(warm_up=(3, 5)) as app:
        add_readers(app, 6, NOW)
        with app.database.write() as connection:
            senders.count(connection, "file", 1, AHEAD)
        beat(app, AHEAD)
        launch(app, NOW)
        assert states(app) == {"accepted": 2, "queued": 4}
