"""The practitioner's review: a sensitive mail waits for her word, and nothing leaves that she holds."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from newsletter import aftercare, reviewing
from newsletter.context import App
from newsletter.errors import InputError, RefusedError, TemplateError
from newsletter.store import aftercare as sessions
from newsletter.store import deliveries, editions, personal
from newsletter.worker import tick
from subscribers.subscriber import Subscriber
from tests.flows.conftest import ledger

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday; London is on UTC in that week
HOUR = timedelta(hours=1)
AddClient = Callable[..., Subscriber]


def play(app: App, *hours: float) -> None:
    for moment in [NOON + each * HOUR for each in hours]:
        tick(app, lambda moment=moment: moment)  # type: ignore[misc]  # bound at once


def became(app: App) -> list[tuple[str | None, str, str]]:
    return [(each.step, each.state.value, each.reason) for each in ledger(app)]


def sent_texts(app: App) -> list[str]:
    """The words of the mails that have left, in order."""
    with app.database.read() as connection:
        ids = [deliveries.edition_of(connection, each.id) for each in ledger(app) if each.accepted_at]
        return [" ".join(editions.get(connection, each).text.split()) for each in ids if each is not None]


@pytest.fixture
def tender(app: App, add_client: AddClient) -> int:
    """A tender session that ended at noon."""
    add_client()
    return aftercare.add_session(
        app, email="anna@example.com", services=["relaxation"], flags=["tender"], ended_at=NOON, now=NOON
    )


def test_a_tender_mail_waits_for_her_word(app: App, tender: int) -> None:
    """Nothing is lost by it: it says what it waits for."""
    play(app, 3, 6)
    assert became(app) == [
        ("same-day", "queued", "waits for your review"),
        ("next-morning", "queued", "waits for your review"),
    ]


def test_what_was_approved_leaves_at_its_hour(app: App, tender: int) -> None:
    """As if it had never waited."""
    assert reviewing.approve_session(app, tender, NOON + HOUR) == 2
    play(app, 2, 3, 21)
    assert [each.accepted_at for each in ledger(app)] == [NOON + 3 * HOUR, NOON + 21 * HOUR]


def test_what_was_approved_late_leaves_at_once_but_not_at_night(app: App, tender: int) -> None:
    """And not together with the morning's mail."""
    reviewing.approve_session(app, tender, NOON + 10 * HOUR)
    play(app, 10, 21)
    assert [each.accepted_at for each in ledger(app)] == [NOON + 21 * HOUR, None]


def test_what_nobody_approved_in_time_is_not_sent(app: App, tender: int) -> None:
    """Words about this evening say nothing two days later."""
    play(app, 3, 48)
    assert became(app) == [
        ("same-day", "suppressed", "was not reviewed in time"),
        ("next-morning", "suppressed", "was not reviewed in time"),
    ]
    assert reviewing.approve_session(app, tender, NOON + 49 * HOUR) == 0


def test_a_session_that_was_moved_keeps_waiting(app: App, tender: int) -> None:
    """A move is no approval, and an approval outlives a move."""
    aftercare.move_session(app, tender, NOON - HOUR, NOON)
    play(app, 3)
    assert {each.reason for each in ledger(app)} == {"waits for your review"}
    reviewing.approve_session(app, tender, NOON + 3 * HOUR)
    aftercare.move_session(app, tender, NOON, NOON + 3 * HOUR)
    play(app, 3)
    assert [each.accepted_at for each in ledger(app)] == [NOON + 3 * HOUR, None]


def test_her_line_stands_in_the_next_mail_and_in_no_other(app: App, tender: int) -> None:
    """Above the signature, as she wrote it, and kept nowhere else."""
    reviewing.approve_session(app, tender, NOON, "The tea\n was camomile.")
    play(app, 3, 21)
    first, second = sent_texts(app)
    assert "The tea was camomile. With warm wishes," in first
    assert "camomile" not in second
    with app.database.read() as connection:
        assert sessions.get(connection, tender).line == ""


@pytest.mark.parametrize(("line", "fault"), [("Reiki heals", TemplateError), ("word " * 70, InputError)])
def test_a_line_that_must_not_go_out_is_refused_and_approves_nothing(
    app: App, tender: int, line: str, fault: type[Exception]
) -> None:
    """She hears of it at once, and not from a mail that never came."""
    with pytest.raises(fault):
        reviewing.approve_session(app, tender, NOON, line)
    assert {each.reason for each in ledger(app)} == {"waits for your review"}


def test_nothing_leaves_of_a_session_that_is_held(app: App, add_client: AddClient) -> None:
    """What has left stays as it is; holding it twice changes nothing, and nothing brings it back."""
    add_client()
    session = aftercare.add_session(app, email="anna@example.com", services=["deep-tissue"], ended_at=NOON, now=NOON)
    play(app, 3)
    assert [reviewing.hold_session(app, session, NOON + 4 * HOUR) for _ in range(2)] == [2, 0]
    play(app, 21, 70)
    assert [each.state.value for each in ledger(app)] == ["accepted", "cancelled", "cancelled"]
    for again in (reviewing.approve_session, lambda *a: aftercare.move_session(app, session, NOON + HOUR, a[2])):
        with pytest.raises(RefusedError, match="is held"):
            again(app, session, NOON + 5 * HOUR)


def test_a_held_session_counts_as_a_visit(app: App, add_client: AddClient) -> None:
    """She was here; only the mails were stopped."""
    anna = add_client()
    session = aftercare.add_session(app, email="anna@example.com", services=["deep-tissue"], ended_at=NOON, now=NOON)
    reviewing.hold_session(app, session, NOON)
    with app.database.read() as connection:
        assert sessions.earlier_visits(connection, anna.id, NOON + HOUR) == 1


def test_her_line_is_forgotten_with_the_rest(app: App, tender: int) -> None:
    """It is about a person."""
    reviewing.approve_session(app, tender, NOON, "The tea was camomile.")
    with app.database.write() as connection:
        personal.forget(connection, 1, NOON)
    with app.database.read() as connection:
        assert sessions.get(connection, tender).line == ""
