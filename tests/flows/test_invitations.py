"""Rules on invitations in the store and in the outbox: planned, cancelled with their reason, and never too many."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from newsletter import aftercare, campaigns, inviting, reviewing
from newsletter.context import App
from newsletter.domain.aftercare import Session, SessionState
from newsletter.domain.delivery import Delivery
from newsletter.domain.edition import Edition
from newsletter.packs.copying import copy_plan
from newsletter.store import aftercare as sessions
from newsletter.store import deliveries, editions, tables
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber
from tests.conftest import OpenHome
from tests.flows.conftest import add_readers, launch, ledger, make_campaign

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
DAY = timedelta(days=1)
REBOOK_AT = datetime(2026, 3, 23, 10, tzinfo=UTC)
WIN_BACK_AT = datetime(2026, 6, 1, 8, tzinfo=UTC)  # after ninety days, a Sunday: Monday's morning, on summer time
AddClient = Callable[..., Subscriber]


@pytest.fixture
def database_url() -> None:
    """What is decided is the same on every database; tests/store looks at both."""


@pytest.fixture
def anna(app: App, add_client: AddClient) -> Subscriber:
    """A client who agreed to everything, of a studio that invites."""
    inviting.switch_on(app, NOON - 200 * DAY)
    return add_client()


def record(app: App, ended_at: datetime = NOON, service: str = "relaxation", now: datetime | None = None) -> int:
    return aftercare.add_session(
        app, email="anna@example.com", services=[service], ended_at=ended_at, now=now or max(ended_at, NOON)
    )


def book(app: App, client: Subscriber, ended_at: datetime, now: datetime) -> int:
    """An appointment to come, as a booking program tells of it."""
    session = Session(id=0, subscriber_id=client.id, services=("relaxation",), practitioner="", ended_at=ended_at)
    with app.database.write() as connection:
        return aftercare.enter(app, connection, session, client, None, now)


def live(app: App, start: datetime, until: datetime) -> None:
    """Lets the clockwork beat whenever something is due."""
    moment: datetime | None = start
    while moment is not None and moment <= until:
        tick(app, lambda moment=moment: moment)  # type: ignore[misc]  # bound at once
        with app.database.read() as connection:
            moment = deliveries.next_due(connection, moment)


def invitations(app: App) -> list[Delivery]:
    return [each for each in ledger(app) if each.stream is Stream.MARKETING and each.session_id]


def rebook_of(app: App, session_id: int) -> Delivery:
    (found,) = [each for each in invitations(app) if (each.session_id, each.step) == (session_id, "rebook")]
    return found


def became(app: App) -> list[tuple[int | None, str | None, str, str]]:
    return [(each.session_id, each.step, each.state.value, each.reason) for each in invitations(app)]


def sent(app: App) -> list[tuple[str | None, datetime | None]]:
    return [(each.step, each.accepted_at) for each in invitations(app) if each.accepted_at]


def edition_of(app: App, delivery: Delivery) -> Edition:
    with app.database.read() as connection:
        edition_id = deliveries.edition_of(connection, delivery.id)
        assert edition_id is not None
        return editions.get(connection, edition_id)


def test_nothing_is_planned_before_invitations_are_switched_on(app: App, add_client: AddClient) -> None:
    """Nor for sessions that ended before that moment, whenever they are recorded."""
    add_client()
    record(app)
    inviting.switch_on(app, NOON + DAY)
    record(app, NOON + timedelta(hours=1), now=NOON + 2 * DAY)
    assert invitations(app) == []


def test_what_is_booked_already_is_invited_after_it_took_place(app: App, add_client: AddClient) -> None:
    """The last of several bookings; a session of the past is not."""
    client = add_client()
    record(app)
    book(app, client, NOON + 2 * DAY, NOON)
    last = book(app, client, NOON + 5 * DAY, NOON)
    inviting.switch_on(app, NOON + DAY)
    assert {each.session_id for each in invitations(app)} == {last}


def test_switching_on_again_keeps_the_moment(app: App) -> None:
    """Nobody who was to be invited is forgotten by a second click."""
    assert inviting.switch_on(app, NOON) == NOON == inviting.switch_on(app, NOON + DAY)


@pytest.mark.usefixtures("anna")
def test_an_invitation_goes_out_on_its_day_in_the_frame_of_a_newsletter(app: App) -> None:
    """With the studio's postal address, the way out of the marketing stream, and a button to the booking page."""
    record(app)
    live(app, NOON, REBOOK_AT)
    assert sent(app) == [("rebook", REBOOK_AT)]
    edition = edition_of(app, invitations(app)[0])
    assert edition.stream is Stream.MARKETING
    assert app.studio.postal_address in edition.html
    assert app.studio.postal_address in edition.text
    assert f'href="{app.studio.booking_url}"' in edition.html
    (mail,) = [path for path in (app.settings.home / "outbox").rglob("*.eml") if b"come again" in path.read_bytes()]
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in mail.read_bytes()


@pytest.mark.usefixtures("anna")
def test_switching_off_cancels_what_waits(app: App) -> None:
    """And what ended meanwhile is not invited when they are on again."""
    record(app)
    assert inviting.switch_off(app, NOON + DAY) == 2
    assert {each.reason for each in invitations(app)} == {"you switched invitations off"}
    inviting.switch_on(app, NOON + 2 * DAY)
    record(app, NOON + DAY, now=NOON + 2 * DAY)
    assert len(invitations(app)) == 2


def test_care_alone_is_no_consent_to_be_invited(app: App, add_client: AddClient) -> None:
    """The ledger says so."""
    inviting.switch_on(app, NOON - DAY)
    add_client(consents=(Stream.CARE,))
    record(app)
    live(app, NOON, REBOOK_AT)
    assert became(app)[0] == (1, "rebook", "suppressed", "has not agreed to invitations")


def test_leaving_the_newsletter_ends_the_invitations_and_not_the_care(app: App, anna: Subscriber) -> None:
    """One stream, one way out."""
    record(app)
    with app.database.write() as connection:
        store.withdraw(connection, anna.id, Stream.MARKETING, source="test", at=NOON)
    live(app, NOON, WIN_BACK_AT)
    assert {each.state.value for each in ledger(app) if each.stream is Stream.CARE} == {"accepted"}
    assert {state for _, _, state, _ in became(app)} == {"suppressed"}


def test_a_booking_cancels_the_invitations_of_the_session_before(app: App, anna: Subscriber) -> None:
    """At once, so that the ledger says why; when it falls through, she is not asked again by a machine."""
    record(app)
    booked = book(app, anna, NOON + 12 * DAY, NOON + DAY)
    assert became(app)[0] == (1, "rebook", "cancelled", "has come or booked again")
    aftercare.cancel_session(app, booked, NOON + 2 * DAY)
    assert {(state, reason) for _, _, state, reason in became(app)} == {
        ("cancelled", "has come or booked again"),
        ("cancelled", "the session was cancelled"),
    }


@pytest.mark.parametrize(
    ("stop", "reason"),
    [
        (lambda app, of: aftercare.cancel_session(app, of, NOON), "the session was cancelled"),
        (lambda app, of: reviewing.hold_session(app, of, NOON), "you held it back"),
        (lambda app, of: _no_show(app, of), "the client did not come"),
    ],
)
@pytest.mark.usefixtures("anna")
def test_what_an_invitation_rests_upon_takes_it_along(
    app: App, stop: Callable[[App, int], object], reason: str
) -> None:
    """Cancelled, held, or not come: nothing invites."""
    stop(app, record(app))
    assert {each[2:] for each in became(app)} == {("cancelled", reason)}


def _no_show(app: App, session_id: int) -> None:
    with app.database.write() as connection:
        aftercare.call_off(connection, sessions.get(connection, session_id), SessionState.NO_SHOW, NOON)


@pytest.mark.usefixtures("anna")
def test_a_session_recorded_late_invites_nobody_who_came_since(app: App) -> None:
    """The later session has its own."""
    record(app)
    record(app, NOON - 5 * DAY, now=NOON)
    assert {session for session, *_ in became(app)} == {1}


@pytest.mark.usefixtures("anna")
def test_a_session_that_moves_takes_its_invitations_along(app: App) -> None:
    """And those of a session that it now follows give way."""
    first, second = record(app), record(app, NOON - DAY)
    aftercare.move_session(app, second, NOON + 2 * DAY, NOON + 2 * DAY)
    assert {(each.session_id, each.state.value) for each in invitations(app)} == {
        (first, "cancelled"),
        (second, "queued"),
    }
    assert rebook_of(app, second).due_at == REBOOK_AT + 2 * DAY


def test_none_follow_a_tender_session_until_the_next_one(app: App, anna: Subscriber) -> None:
    """Neither its own nor those of the session before."""
    record(app, NOON - 2 * DAY)
    aftercare.add_session(
        app, email=anna.email, services=["relaxation"], flags=["tender"], ended_at=NOON - DAY, now=NOON
    )
    assert [state for _, _, state, _ in became(app)] == ["cancelled", "cancelled"]
    third = record(app)
    assert [session for session, _, state, _ in became(app) if state == "queued"] == [third, third]


@pytest.mark.usefixtures("anna")
def test_a_plan_that_no_longer_invites_cancels_what_waits(app: App) -> None:
    """When it would be composed, as with any step that left its plan."""
    record(app)
    file = copy_plan("relaxation", "en", app.settings.home / "plans")
    file.write_text(file.read_text(encoding="utf-8").partition("[[invitations]]")[0], encoding="utf-8")
    live(app, NOON, REBOOK_AT)
    assert became(app)[0][2:] == ("cancelled", "no longer part of the aftercare")


@pytest.mark.usefixtures("anna")
def test_her_own_rhythm_takes_the_place_of_the_plans(app: App) -> None:
    """Sessions every five weeks: the fourth is asked for after five."""
    *_, last = [record(app, NOON - timedelta(weeks=weeks)) for weeks in (10, 5, 0)]
    assert rebook_of(app, last).due_at == datetime(2026, 4, 6, 9, tzinfo=UTC)


@pytest.mark.usefixtures("anna")
def test_the_practitioners_line_stands_in_no_invitation(app: App) -> None:
    """It was meant for the care mail, and waits for it."""
    session = record(app)
    live(app, NOON, NOON + 10 * DAY)
    reviewing.approve_session(app, session, NOON + 10 * DAY, "The tea was camomile.")
    live(app, NOON + 10 * DAY, REBOOK_AT)
    assert "camomile" not in edition_of(app, invitations(app)[0]).text


@pytest.mark.usefixtures("anna")
def test_a_newsletter_of_the_day_goes_first(app: App) -> None:
    """Also one whose audience nobody knows yet; the invitation follows the next morning."""
    record(app)
    campaigns.launch(app, make_campaign(app, NOON), REBOOK_AT + timedelta(hours=5))
    live(app, NOON, REBOOK_AT + 2 * DAY)
    assert [(each.step, each.accepted_at) for each in ledger(app) if each.stream is Stream.MARKETING][:2] == [
        (None, REBOOK_AT + timedelta(hours=5)),
        ("rebook", (REBOOK_AT + DAY).replace(hour=9)),
    ]


@pytest.mark.parametrize(("most", "state"), [(2, "suppressed"), (3, "accepted")])
def test_a_third_newsletter_in_a_month_is_left_out(open_home: OpenHome, most: int, state: str) -> None:
    """Unless the studio wishes otherwise; who was left out is named, with the reason."""
    with open_home(marketing_a_month=most) as app:
        add_readers(app, 2, NOON)
        for week in range(3):
            launch(app, NOON + timedelta(weeks=week))
    with open_home() as app:
        assert [each.state.value for each in ledger(app)] == [*["accepted"] * 4, state, state]
        launch(app, NOON + timedelta(weeks=7))
        assert [each.state.value for each in ledger(app)][-2:] == ["accepted"] * 2


@pytest.mark.usefixtures("anna")
def test_newsletters_and_invitations_share_the_month(app: App) -> None:
    """One of each went out; the next newsletter is one too many."""
    record(app)
    launch(app, NOON + 7 * DAY)
    live(app, NOON + 7 * DAY, REBOOK_AT)
    launch(app, REBOOK_AT + DAY)
    assert ledger(app)[-1].step == "win-back"
    assert [(each.step, each.state.value) for each in ledger(app) if each.stream is Stream.MARKETING] == [
        (None, "accepted"),
        ("rebook", "accepted"),
        (None, "suppressed"),
        ("win-back", "queued"),
    ]


@pytest.mark.usefixtures("anna")
def test_an_invitation_leaves_room_for_newsletters_that_are_scheduled(app: App) -> None:
    """It waits as long as it may, and then says why it did not come."""
    record(app)
    for week in (5, 6):
        campaigns.launch(app, make_campaign(app, NOON, name=str(week)), NOON + timedelta(weeks=week))
    live(app, NOON, NOON + timedelta(weeks=5))
    reasons = "newsletters to come fill her month, and later would be too late"
    assert became(app)[0][2:] == ("suppressed", reasons)


@pytest.mark.usefixtures("anna")
def test_a_win_back_goes_once_in_her_life(app: App) -> None:
    """Whatever is recorded afterwards; and it is the store itself that makes sure."""
    record(app)
    live(app, NOON, WIN_BACK_AT)
    assert ("win-back", WIN_BACK_AT) in sent(app)
    record(app, WIN_BACK_AT + DAY)
    last = invitations(app)[-1]
    assert (last.step, last.state.value, last.reason) == (
        "win-back",
        "suppressed",
        "was asked back before: once, then silence",
    )
    live(app, WIN_BACK_AT + DAY, WIN_BACK_AT + 200 * DAY)
    assert [step for step, _ in sent(app)].count("win-back") == 1
    with app.database.read() as connection:
        (row,) = connection.execute(
            select(tables.delivery).where(tables.delivery.c.purpose == "win_back", tables.delivery.c.session_id == 1)
        ).mappings()
    again = dict(row) | {"id": None, "session_id": 2, "step": "another", "state": "queued"}
    del again["id"]
    with pytest.raises(IntegrityError), app.database.write() as connection:
        connection.execute(insert(tables.delivery).values(again))


@pytest.mark.usefixtures("anna")
def test_a_win_back_that_came_to_nothing_leaves_the_next_one_free(app: App) -> None:
    """It was never sent."""
    aftercare.cancel_session(app, record(app), NOON)
    record(app, NOON + DAY)
    live(app, NOON + DAY, WIN_BACK_AT + 2 * DAY)
    assert [step for step, _ in sent(app)].count("win-back") == 1
