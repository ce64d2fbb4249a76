"""A booking is made, moved twice and kept, while its program's messages come late, twice and out of order."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from newsletter.context import App
from newsletter.store import deliveries
from newsletter.web import create_app
from newsletter.worker import tick
from subscribers.subscriber import Subscriber
from tests.bookings import programs
from tests.bookings.programs import calcom, calendly, sign
from tests.conftest import OpenHome

AddClient = Callable[..., Subscriber]
MONDAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FIRST, SECOND, LAST = (datetime(2026, 3, day, 18, tzinfo=UTC) for day in (2, 4, 5))
MOVED_TWICE = {
    "calcom": [
        calcom("BOOKING_CREATED", MONDAY, FIRST, "a"),
        calcom("BOOKING_RESCHEDULED", MONDAY + timedelta(minutes=1), SECOND, "b", rescheduleUid="a"),
        calcom("BOOKING_RESCHEDULED", MONDAY + timedelta(minutes=2), LAST, "c", rescheduleUid="b"),
    ],
    "calendly": [
        calendly("invitee.created", MONDAY, FIRST, "a"),
        calendly("invitee.canceled", MONDAY + timedelta(minutes=1), FIRST, "a", new="b", rescheduled=True),
        calendly("invitee.created", MONDAY + timedelta(minutes=1), SECOND, "b", old="a"),
        calendly("invitee.canceled", MONDAY + timedelta(minutes=2), SECOND, "b", new="c", rescheduled=True),
        calendly("invitee.created", MONDAY + timedelta(minutes=2), LAST, "c", old="b"),
    ],
}


@pytest.fixture
def app(open_home: OpenHome) -> Iterator[App]:
    with open_home(**programs.settings()) as opened:
        yield opened


def call(pages: FlaskClient, program: str, body: bytes, now: datetime) -> None:
    signed = sign(program, body, now)
    assert pages.post(f"/bookings/{program}", data=signed.body, headers=signed.headers).status_code == 200


@pytest.mark.parametrize("program", ["calcom", "calendly"])
def test_moved_twice_with_webhooks_out_of_order(app: App, add_client: AddClient, program: str) -> None:
    """The newest message first, each one twice, the clockwork in between: one care mail a day, after the last time."""
    add_client(timezone="Europe/London")
    pages = create_app(app, lambda: MONDAY).test_client()
    for body in reversed(MOVED_TWICE[program]):
        call(pages, program, body, MONDAY)
        call(pages, program, body, MONDAY)
        tick(app, lambda: MONDAY)
    for hours in range(0, 24 * 9, 12):
        tick(app, lambda hours=hours: MONDAY + timedelta(hours=hours))  # type: ignore[misc]  # bound at once
    with app.database.read() as connection:
        mails = [each for each in deliveries.ledger(connection) if each.stream.value == "care"]
    sent = [each for each in mails if each.state.value == "accepted"]
    assert {each.session_id for each in sent} == {1}
    assert min(each.accepted_at for each in sent if each.accepted_at) > LAST
    assert len({each.accepted_at.date() for each in sent if each.accepted_at}) == len(sent) >= 2
