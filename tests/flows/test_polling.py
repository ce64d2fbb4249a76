"""A service that cannot call us is asked what became of mails, on both databases."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from newsletter import feedback, polling
from newsletter.context import App
from newsletter.doctor import examine
from newsletter.domain.delivery import DeliveryState
from newsletter.store import polls, tables
from newsletter.store.polls import Poll
from subscribers import store
from tests.conftest import OpenHome
from tests.fault_server.faults import Fault
from tests.fault_server.hooks import SECRET
from tests.fault_server.library import Library
from tests.fault_server.server import FaultServer
from tests.fault_server.wire import API_KEY
from tests.flows.conftest import add_readers, launch, states

Open = Callable[..., AbstractContextManager[App]]
BOUNCES = "/bounces"
SENT = "/messages/outbound"
LISTED, LISTED_OF_CARE = (f"/message-streams/{stream}/suppressions/dump" for stream in ("broadcast", "outbound"))
NOTHING: dict[str, object] = {
    BOUNCES: {"Bounces": []},
    SENT: {"Messages": []},
    LISTED: {"Suppressions": []},
    LISTED_OF_CARE: {"Suppressions": []},
}


@pytest.fixture
def library() -> Iterator[Library]:
    server = Library({path: [answer] for path, answer in NOTHING.items()})
    server.start()
    yield server
    server.stop()


@pytest.fixture
def opened(open_home: OpenHome, now: datetime, library: Library) -> Open:
    """The App after a newsletter to two readers went out through Postmark; from then on Postmark is the library."""
    postmark = FaultServer()
    postmark.start()
    settings = {"provider": "postmark", "postmark_token": API_KEY, "public_url": "https://juniper.example"}
    with open_home(**settings, postmark_url=postmark.url) as app:
        add_readers(app, 2, now)
        launch(app, now)
    postmark.stop()

    def open_later(**more: object) -> AbstractContextManager[App]:
        return open_home(**settings, postmark_url=library.url, **more)

    return open_later


def bounce(number: int, message_id: str = "postmark-1", reader: int = 0) -> dict[str, object]:
    address = f"reader-{reader}@example.com"
    return {"ID": number, "Type": "HardBounce", "MessageID": message_id, "Email": address, "BouncedAt": "2026-03-02"}


def later(now: datetime, minutes: int) -> Callable[[], datetime]:
    """A clock that stands still so many minutes later."""
    return lambda: now + timedelta(minutes=minutes)


def poll_of(app: App, name: str = "postmark") -> Poll:
    with app.database.read() as connection:
        found = polls.get(connection, name)
    assert found is not None
    return found


def kept(app: App) -> int:
    with app.database.read() as connection:
        return connection.execute(select(func.count()).select_from(tables.event)).scalar_one()


def reasons(app: App, email: str) -> list[tuple[str, str]]:
    """Why she gets nothing any more, each with its stream."""
    with app.database.read() as connection:
        reader = store.find(connection, email)
        assert reader is not None
        found = store.suppressions(connection, store.hash_of(connection, reader.id))
    return [(each.stream, each.reason) for each in found]


def test_bounce_that_was_asked_for_is_followed(opened: Open, library: Library, now: datetime) -> None:
    """By the service's own id and her address, for the list does not give ours back."""
    library.answers[BOUNCES] = [{"Bounces": [bounce(1)]}]
    with opened() as app:
        assert polling.poll(app, lambda: now)
        feedback.follow(app, now)
        assert states(app) == {"accepted": 1, "bounced": 1}
        assert [reason for _, reason in reasons(app, "reader-0@example.com")] == ["hard_bounce"]


def test_what_was_read_before_is_not_kept_again(opened: Open, library: Library, now: datetime) -> None:
    """Each poll begins a while before where the last one ended."""
    library.answers[BOUNCES] = [{"Bounces": [bounce(1)]}]
    with opened() as app:
        for minutes in range(0, 60, 5):
            assert polling.poll(app, later(now, minutes))
        assert kept(app) == 1


def test_service_is_asked_every_few_minutes(opened: Open, library: Library, now: datetime) -> None:
    """Not more often, by however many workers; and no more once nothing has left for long."""
    with opened() as app:
        assert [polling.poll(app, lambda: now) for _ in range(3)] == [True, False, False]
        assert polling.poll(app, later(now, 5))
        assert not polling.poll(app, lambda: now + timedelta(days=15))


def test_service_that_calls_us_is_not_asked(opened: Open, library: Library, now: datetime) -> None:
    """Its secret is set."""
    with opened(postmark_webhook_secret=SECRET) as app:
        assert not polling.poll(app, lambda: now)
    assert library.asked == []


def test_fault_is_kept_and_the_service_left_alone(opened: Open, library: Library, now: datetime) -> None:
    """Longer each time; what was read before it is kept, and the next poll goes on there."""
    library.answers |= {BOUNCES: [{"Bounces": [bounce(1)]}], SENT: [503]}
    with opened() as app:
        for minutes in (0, 5, 15, 35):
            assert polling.poll(app, later(now, minutes))
            assert not polling.poll(app, later(now, minutes + 4))
        assert kept(app) == 1
        assert [path for path, _ in library.asked if path in (BOUNCES, SENT)] == [BOUNCES, SENT, SENT, SENT, SENT]
        library.answers[SENT] = [{"Messages": []}]
        assert polling.poll(app, lambda: poll_of(app).next_at)
        assert (poll_of(app).failures, poll_of(app).reason) == (0, "")


def test_service_that_asks_to_wait_is_left_alone_for_so_long(opened: Open, library: Library, now: datetime) -> None:
    """Twenty minutes, as it says."""
    library.answers[BOUNCES] = [429]
    with opened() as app:
        polling.poll(app, lambda: now)
        assert poll_of(app).next_at == now + timedelta(minutes=20)


def test_list_is_read_every_hour_from_where_it_was_read_to(opened: Open, library: Library, now: datetime) -> None:
    """An hour before that, for what a list shows late; a fault of it says nothing against the events."""
    with opened() as app:
        for minutes in range(0, 125, 5):
            polling.poll(app, later(now, minutes))
        asked = [query["fromdate"] for path, query in library.asked if path == LISTED]
        assert asked == ["2026-02-22", "2026-03-01", "2026-03-01"]
        library.answers[LISTED] = [503]
        polling.poll(app, later(now, 180))
        assert ("503" in poll_of(app, "postmark list").reason, poll_of(app).reason) == (True, "")


def test_complaint_that_only_the_list_tells_suppresses(opened: Open, library: Library, now: datetime) -> None:
    """Weeks after the mail no list of events holds it any more; what somebody entered by hand changes nothing."""
    entries = [
        {"EmailAddress": "reader-0@example.com", "SuppressionReason": "SpamComplaint", "Origin": "Recipient"},
        {"EmailAddress": "reader-1@example.com", "SuppressionReason": "ManualSuppression", "Origin": "Customer"},
    ]
    library.answers[LISTED_OF_CARE] = [{"Suppressions": entries}]
    with opened() as app:
        polling.poll(app, lambda: now)
        feedback.follow(app, now)
        assert reasons(app, "reader-0@example.com") == [("all", "complaint")]
        assert reasons(app, "reader-1@example.com") == []


def test_entry_of_a_list_suppresses_and_moves_no_mail(opened: Open, library: Library, now: datetime) -> None:
    """It says nothing of any single mail; and an address that got none from us is nobody's."""
    left = {"CreatedAt": "2026-03-02T09:30:00Z", "SuppressionReason": "ManualSuppression", "Origin": "Recipient"}
    entries = [left | {"EmailAddress": f"{name}@example.com"} for name in ("reader-1", "stranger")]
    library.answers[LISTED] = [{"Suppressions": entries}]
    with opened() as app:
        polling.poll(app, lambda: now)
        feedback.follow(app, now)
        assert states(app) == {"accepted": 2}
        assert reasons(app, "reader-1@example.com") == [("marketing", "unsubscribe")]


def test_doctor_tells_how_we_stand(opened: Open, library: Library, now: datetime) -> None:
    """Whether the service knows us, and how its news come."""
    library.answers["/server"] = [{"Name": "Juniper"}]
    with opened() as app:
        polling.poll(app, lambda: now)
        checks = {check.name: check for check in examine(app, now)}
    assert checks["postmark answers"].is_well
    assert "is asked every few minutes" in checks["bounces and complaints"].found


def test_doctor_names_what_is_wrong(opened: Open, library: Library, now: datetime) -> None:
    """A key that is none, and polls that fail for it."""
    library.whatever = [401]
    with opened() as app:
        polling.poll(app, lambda: now)
        checks = {check.name: check for check in examine(app, now)}
    assert "AFTERGLOW_POSTMARK_TOKEN" in checks["postmark answers"].remedy
    assert not checks["bounces and complaints"].is_well


def test_doctor_misses_the_webhook(opened: Open, library: Library, now: datetime) -> None:
    """A mail left hours ago, and nobody has called since."""
    library.answers["/server"] = [{}]
    with opened(postmark_webhook_secret=SECRET) as app:
        soon, late = ({check.name: check for check in examine(app, now + timedelta(hours=hours))} for hours in (1, 7))
    assert soon["bounces and complaints"].is_well
    assert "https://juniper.example/hooks/postmark" in late["bounces and complaints"].remedy


def test_unknown_mail_is_settled_by_the_list(opened: Open, library: Library, now: datetime) -> None:
    """The list of mails gives our id back."""
    with opened() as app:
        with app.database.write() as connection:
            lost = tables.delivery.update().where(tables.delivery.c.id == 1)
            connection.execute(lost.values(state=DeliveryState.UNKNOWN.value))
        library.answers[SENT] = [{"Messages": [{"MessageID": "pm", "Metadata": {"mid": f"{app.store_id}-1"}}]}]
        polling.poll(app, lambda: now)
        feedback.follow(app, now)
        assert states(app) == {"accepted": 2}


@pytest.fixture
def second(open_home: OpenHome, now: datetime, library: Library) -> Iterator[App]:
    """The App after a newsletter went out through Postmark, which stands in for a Resend that is out of order."""
    postmark, resend = FaultServer(), FaultServer()
    settings = {"provider": "resend", "resend_api_key": API_KEY, "public_url": "https://juniper.example"}
    settings |= {"fallback_provider": "postmark", "postmark_token": API_KEY}
    resend.faults.append(Fault(status=429, body=b'{"name": "daily_quota_exceeded"}', probability=1.0))
    for server in (postmark, resend):
        server.start()
    with open_home(**settings, resend_url=resend.url, postmark_url=postmark.url) as app:
        add_readers(app, 2, now)
        launch(app, now)
    for server in (postmark, resend):
        server.stop()
    with open_home(**settings, resend_url=library.url, postmark_url=library.url) as app:
        yield app


def test_service_that_stands_in_is_asked_too(second: App, library: Library, now: datetime) -> None:
    """What it tells of its mails is followed like any news."""
    library.answers |= {
        BOUNCES: [{"Bounces": [bounce(1)]}],
        "/emails": [{"data": []}],
        "/suppressions": [{"data": []}],
    }
    assert polling.poll(second, lambda: now)
    feedback.follow(second, now)
    assert states(second) == {"accepted": 1, "bounced": 1}


def test_doctor_examines_both_services(second: App, library: Library, now: datetime) -> None:
    """Each with what is wrong with it, by its name."""
    library.answers |= {"/server": [401], "/domains": [{"data": [{"name": "juniper.example", "status": "verified"}]}]}
    checks = {check.name: check for check in examine(second, now)}
    assert checks["resend answers"].is_well
    assert "AFTERGLOW_POSTMARK_TOKEN" in checks["postmark answers"].remedy
    assert "resend is asked" in checks["bounces and complaints"].found
    assert "postmark is asked" in checks["bounces and complaints at postmark"].found
