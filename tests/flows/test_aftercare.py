"""Aftercare: the session is the trigger, and what becomes of it decides what is mailed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsletter import aftercare, reviewing
from newsletter.context import App
from newsletter.domain.delivery import Delivery
from newsletter.errors import InputError, NotFoundError, RefusedError, TemplateError
from newsletter.store import aftercare as sessions
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Stream
from subscribers.errors import AudienceError
from subscribers.subscriber import Subscriber, details
from tests.conftest import OpenHome
from tests.flows.conftest import add_readers, launch, ledger, states

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)  # London is on UTC in that week
AddClient = Callable[..., Subscriber]


def at(hour: float, day: int = 0) -> datetime:
    """An hour of the `day`-th day after Monday."""
    return MONDAY + timedelta(days=day, hours=hour)


def record(app: App, ended: datetime, email: str = "anna@example.com", **values: object) -> int:
    arguments = {"services": ["deep-tissue"], "practitioner": "Mara", "now": ended + timedelta(minutes=5)} | values
    return aftercare.add_session(app, email=email, ended_at=ended, **arguments)  # type: ignore[arg-type]  # by name


def play(app: App, *moments: datetime) -> None:
    for moment in moments:
        tick(app, lambda moment=moment: moment)  # type: ignore[misc]  # bound at once


def mails(app: App) -> list[tuple[str | None, str, datetime | None]]:
    return [(each.step, each.state.value, each.accepted_at) for each in ledger(app)]


def by_step(app: App) -> dict[str | None, Delivery]:
    return {each.step: each for each in ledger(app)}


def test_a_deep_tissue_session_is_followed_by_three_mails_at_their_hours(app: App, add_client: AddClient) -> None:
    add_client()
    record(app, at(12))
    play(app, at(14), at(15), at(9, day=1), at(10, day=3))
    assert mails(app) == [
        ("same-day", "accepted", at(15)),
        ("next-morning", "accepted", at(9, day=1)),
        ("day-3", "accepted", at(10, day=3)),
    ]


def test_a_mail_that_falls_into_the_evening_waits_for_the_morning(app: App, add_client: AddClient) -> None:
    add_client()
    record(app, at(18), services=["reiki"])
    play(app, at(21), at(9, day=1))
    assert mails(app) == [("same-day", "accepted", at(9, day=1))]


def test_quiet_hours_are_the_clients_own(app: App, add_client: AddClient) -> None:
    add_client(timezone="Australia/Sydney")
    record(app, at(9), services=["reiki"])  # + 3 h is 23:00 in Sydney
    play(app, at(12), at(22))
    assert mails(app) == [("same-day", "accepted", at(22))]


def test_a_cancelled_session_cancels_what_has_not_left(app: App, add_client: AddClient) -> None:
    add_client()
    session_id = record(app, at(12))
    play(app, at(15))
    aftercare.cancel_session(app, session_id, at(16))
    play(app, at(9, day=1), at(10, day=3))
    assert states(app) == {"accepted": 1, "cancelled": 2}


def test_cancelling_twice_changes_nothing(app: App, add_client: AddClient) -> None:
    add_client()
    session_id = record(app, at(12))
    assert [aftercare.cancel_session(app, session_id, at(13)) for _ in range(2)] == [3, 0]


def test_a_moved_session_moves_its_mails(app: App, add_client: AddClient) -> None:
    add_client()
    session_id = record(app, at(12), services=["reiki"])
    aftercare.move_session(app, session_id, at(14, day=1), at(13))
    play(app, at(15), at(17, day=1))
    assert mails(app) == [("same-day", "accepted", at(17, day=1))]


def test_a_move_repeats_nothing_that_has_left(app: App, add_client: AddClient) -> None:
    add_client()
    session_id = record(app, at(12))
    play(app, at(15))
    aftercare.move_session(app, session_id, at(14), at(16))
    play(app, at(17), at(9, day=1))
    assert [each.accepted_at for each in ledger(app)] == [at(15), at(9, day=1), None]


def test_a_session_that_was_put_off_is_presumed_complete_three_hours_after_its_end(
    app: App, add_client: AddClient
) -> None:
    add_client()
    session_id = record(app, at(12), services=["reiki"])
    aftercare.move_session(app, session_id, at(14, day=1), at(13))
    play(app, at(17.5, day=1))
    with app.database.read() as connection:
        assert sessions.get(connection, session_id).state == "presumed"


def test_a_tender_session_gets_the_gentle_plan(app: App, add_client: AddClient) -> None:
    add_client()
    reviewing.approve_session(app, record(app, at(12), flags=["tender"]), at(13))
    play(app, at(15))
    assert by_step(app)["same-day"].subject == "A few words from me"


def test_several_services_are_one_mail_with_the_strictest_precautions(app: App, add_client: AddClient) -> None:
    add_client()
    record(app, at(12), services=["reiki", "deep-tissue"])
    play(app, at(15))
    assert by_step(app)["same-day"].subject == "What to expect until tomorrow"


def test_who_left_between_planning_and_sending_gets_nothing(app: App, add_client: AddClient) -> None:
    anna = add_client()
    record(app, at(12), services=["reiki"])
    with app.database.write() as connection:
        store.withdraw(connection, anna.id, Stream.CARE, source="test", at=at(13))
    play(app, at(15))
    assert [(each.state.value, each.reason) for each in ledger(app)] == [("suppressed", "has unsubscribed")]


def test_leaving_the_newsletter_keeps_the_care(app: App, add_client: AddClient) -> None:
    anna = add_client()
    record(app, at(12), services=["reiki"])
    with app.database.write() as connection:
        store.withdraw(connection, anna.id, Stream.MARKETING, source="test", at=at(13))
    play(app, at(15))
    assert states(app) == {"accepted": 1}


def test_a_newsletter_waits_for_the_day_after_a_care_mail(app: App, add_client: AddClient) -> None:
    add_client()
    record(app, at(12), services=["reiki"])
    launch(app, at(14))
    play(app, at(15), at(9, day=1))
    assert [(each.stream.value, each.accepted_at) for each in ledger(app)] == [
        ("care", at(15)),
        ("marketing", at(9, day=1)),
    ]


def test_no_one_gets_two_mails_on_one_day(app: App, add_client: AddClient) -> None:
    add_client()
    launch(app, at(10))
    record(app, at(12), services=["reiki"])
    play(app, at(15), at(9, day=1))
    assert [each.accepted_at for each in ledger(app)] == [at(10), at(9, day=1)]


def test_a_laptop_that_slept_for_three_days_sends_nothing_stale(app: App, add_client: AddClient) -> None:
    add_client()
    record(app, at(12))
    play(app, at(12, day=3))
    assert [(each.step, each.state.value, each.reason) for each in ledger(app)] == [
        ("same-day", "suppressed", "its moment had passed"),
        ("next-morning", "suppressed", "its moment had passed"),
        ("day-3", "accepted", ""),
    ]


def test_the_same_session_given_twice_is_one(app: App, add_client: AddClient) -> None:
    add_client()
    assert record(app, at(12)) == record(app, at(12))
    assert len(ledger(app)) == 3


def test_a_session_given_again_otherwise_is_refused_instead_of_dropped(app: App, add_client: AddClient) -> None:
    """A tender session must not go on as the firm one that was typed first."""
    add_client()
    record(app, at(12))
    with pytest.raises(RefusedError, match=r"is there already, with deep-tissue.*session cancel 1"):
        record(app, at(12), flags=["tender"])


def test_words_about_this_morning_are_not_sent_a_day_late(app: App, add_client: AddClient) -> None:
    """An evening session: the evening note takes the morning, and the morning's note is left out."""
    add_client()
    record(app, at(18.5))
    play(app, at(9, day=1), at(9, day=2), at(10, day=3))
    assert [(each.step, each.state.value) for each in ledger(app)] == [
        ("same-day", "accepted"),
        ("next-morning", "suppressed"),
        ("day-3", "accepted"),
    ]


def test_one_broken_care_template_holds_up_no_other_mail(open_home: OpenHome, tmp_path: Path, now: datetime) -> None:
    broken = tmp_path / "templates" / "aftercare"
    broken.mkdir(parents=True)
    (broken / "note.mjml").write_text("{% endblok %}", encoding="utf-8")
    with open_home(templates=tmp_path / "templates") as app:
        add_readers(app, 2, at(9))
        person = details("anna@example.com")
        with app.database.write() as connection:
            store.add(connection, person, key=app.key, now=at(9), consents=[Stream.CARE])
        record(app, at(12), services=["reiki"])
        with pytest.raises(TemplateError, match=r"note\.mjml"):
            launch(app, at(15))
        assert states(app) == {"accepted": 2, "queued": 1, "suppressed": 1}


def test_a_first_visit_mail_goes_to_a_first_visit_only(app: App, add_client: AddClient) -> None:
    add_client()
    record(app, at(12), services=["relaxation"])
    record(app, at(12, day=21), services=["relaxation"])
    assert [each.step for each in ledger(app)] == ["same-day", "day-3", "same-day"]


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"email": "nobody@example.com"}, NotFoundError),
        ({"email": "no address"}, AudienceError),
        ({"services": ["shiatsu"]}, InputError),
        ({"services": []}, InputError),
        ({"flags": ["sad"]}, InputError),
        ({"now": at(11)}, RefusedError),
    ],
)
def test_what_cannot_be_recorded_is_refused_and_leaves_nothing(
    app: App, add_client: AddClient, values: dict[str, object], fault: type[Exception]
) -> None:
    add_client()
    with pytest.raises(fault):
        record(app, at(12), **values)  # type: ignore[arg-type]  # by name
    with app.database.read() as connection:
        assert (sessions.all_sessions(connection), ledger(app)) == ([], [])


def test_a_client_who_has_not_agreed_to_care_is_named_with_the_next_step(app: App, add_client: AddClient) -> None:
    add_client(name="Anna Okafor", consents=(Stream.MARKETING,))
    with pytest.raises(RefusedError, match=r"Anna Okafor has not agreed.*--consent care"):
        record(app, at(12))
