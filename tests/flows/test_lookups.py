"""Programs that only name a booking are asked how it stands, over HTTP, with their faults."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from newsletter import appointments, lookups, notices
from newsletter.context import App
from newsletter.doctor import examine
from newsletter.domain.aftercare import Session
from newsletter.providers.hooks.base import HookCall
from newsletter.store import aftercare as sessions
from newsletter.store import tasks
from subscribers.subscriber import Subscriber
from tests.bookings import programs
from tests.bookings.programs import NOTE, TOKEN, acuity, acuity_appointment, sign, square, square_booking
from tests.conftest import OpenHome

AddClient = Callable[..., Subscriber]
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ENDS = datetime(2026, 3, 2, 18, tzinfo=UTC)


@dataclass
class Programs:
    """Acuity's and Square's interfaces on loopback: what each path answers, and how it was asked."""

    answers: dict[str, object] = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)  # path and credentials
    url: str = ""


@pytest.fixture
def vendors() -> Iterator[Programs]:
    known = Programs()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            known.asked.append((path, self.headers.get("Authorization", "")))
            found = known.answers.get(path)
            body = json.dumps(found if found is not None else {"error": NOTE}).encode()
            self.send_response(known.status if known.status != 200 or found is not None else 404)
            for name, value in {**known.headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield known
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def database_url() -> None:
    """What differs between the databases is tested in tests/store/test_notices.py."""


@pytest.fixture
def app(open_home: OpenHome, vendors: Programs) -> Iterator[App]:
    with open_home(**programs.settings(), square_url=vendors.url, acuity_url=vendors.url) as opened:
        yield opened


@pytest.fixture
def at_square(vendors: Programs) -> None:
    """Square knows a booking of Anna's: deep tissue, ninety minutes in two segments, with Mara."""
    vendors.answers |= {
        "/v2/bookings/sq-1": {"booking": square_booking(2, ENDS)},
        "/v2/customers/CUST": {"customer": {"email_address": "Anna@example.com", "note": NOTE}},
        "/v2/catalog/object/VAR": {
            "object": {"type": "ITEM_VARIATION", "item_variation_data": {"name": "60 minutes"}},
            "related_objects": [{"type": "ITEM", "item_data": {"name": "Deep Tissue"}}],
        },
        "/v2/team-members/TM": {"team_member": {"given_name": "Mara"}},
    }


def tell(app: App, program: str, body: bytes, now: datetime = NOW) -> None:
    signed = sign(program, body, now)
    headers = {name.lower(): value for name, value in signed.headers.items()}
    notices.keep(app, [notices.read(app, program, HookCall(headers=headers, body=signed.body), now)], now)


def beat(app: App, now: datetime = NOW) -> None:
    """Once round the clockwork: what was told is followed, who has more to tell is asked, and that is followed."""
    appointments.follow(app, now)
    lookups.look_up_due(app, lambda: now)
    appointments.follow(app, now)


def recorded(app: App) -> list[Session]:
    with app.database.read() as connection:
        return [line.session for line in sessions.all_sessions(connection)]


def to_do(app: App) -> list[str]:
    with app.database.read() as connection:
        return [each.message for each in tasks.all_open(connection)]


def test_a_booking_at_square_is_looked_up(app: App, vendors: Programs, at_square: None, add_client: AddClient) -> None:
    """The client, the service by its name, and who gives it; with the key, by the clockwork."""
    add_client()
    tell(app, "square", square(1, ENDS))
    assert vendors.asked == []
    appointments.follow(app, NOW)
    assert (recorded(app), to_do(app)) == ([], [])  # it waits for the answer, and asks nothing of her
    beat(app)
    (session,) = recorded(app)
    assert (session.services, session.ended_at, session.practitioner) == (("deep-tissue",), ENDS, "Mara")
    assert {key for _, key in vendors.asked} == {f"Bearer {TOKEN}"}


def test_a_cancellation_at_square_needs_no_answer(
    app: App, vendors: Programs, at_square: None, add_client: AddClient
) -> None:
    """Its own version orders what is told: an older one that comes later changes nothing."""
    add_client()
    tell(app, "square", square(1, ENDS))
    beat(app)
    vendors.status = 500
    tell(app, "square", square(4, ENDS, "CANCELLED_BY_CUSTOMER"))
    tell(app, "square", square(3, ENDS))
    beat(app)
    assert [each.state.value for each in recorded(app)] == ["cancelled"]


def test_an_appointment_at_acuity_is_as_it_is_now(app: App, vendors: Programs, add_client: AddClient) -> None:
    """Whatever the calls say and in whatever order: what is looked up counts."""
    add_client()
    path = "/api/v1/appointments/77"
    vendors.answers[path] = acuity_appointment(ENDS)
    for action in ("changed", "scheduled", "changed"):
        tell(app, "acuity", acuity(action))
    beat(app)
    vendors.answers[path] = acuity_appointment(ENDS + timedelta(days=1))
    tell(app, "acuity", acuity("rescheduled"), NOW + timedelta(minutes=1))
    beat(app, NOW + timedelta(minutes=1))
    assert [each.ended_at for each in recorded(app)] == [ENDS + timedelta(days=1)]
    vendors.answers[path] = acuity_appointment(ENDS, canceled=True, noShow=True)
    tell(app, "acuity", acuity("canceled"), NOW + timedelta(minutes=2))
    beat(app, NOW + timedelta(minutes=2))
    assert [each.state.value for each in recorded(app)] == ["cancelled"]
    assert len(vendors.asked) == 3


def test_nothing_of_an_intake_form_is_kept(app: App, vendors: Programs, add_client: AddClient) -> None:
    """Nor of a fault, in which it might be quoted."""
    vendors.answers["/api/v1/appointments/77"] = acuity_appointment(ENDS)
    tell(app, "acuity", acuity("scheduled"))
    tell(app, "acuity", acuity("scheduled", 78))
    beat(app)
    content = b"".join(path.read_bytes() for path in app.settings.home.rglob("*") if path.is_file())
    assert NOTE.encode() not in content


def test_a_program_that_fails_is_asked_less_and_less(
    app: App, vendors: Programs, caplog: pytest.LogCaptureFixture
) -> None:
    """The fault is said once, and by the doctor; what waits for it is no task of hers."""
    vendors.status = 401
    tell(app, "acuity", acuity("scheduled"))
    for minute in range(8):
        beat(app, NOW + timedelta(minutes=minute))
    assert len(vendors.asked) == 4  # at once, and after 1, 2 and 4 minutes
    assert len([line for line in caplog.messages if "does not accept the key" in line]) == 1
    check = next(each for each in examine(app, NOW) if each.name == "bookings of Acuity")
    assert ("does not accept the key" in check.found, check.remedy.startswith("Check the key")) == (True, True)
    assert to_do(app) == []


def test_a_program_that_asks_to_wait_is_left_alone(app: App, vendors: Programs) -> None:
    """All its bookings wait, as long as it says."""
    vendors.status, vendors.headers = 429, {"Retry-After": "600"}
    tell(app, "acuity", acuity("scheduled"))
    tell(app, "acuity", acuity("scheduled", 78))
    for minute in range(10):
        beat(app, NOW + timedelta(minutes=minute))
    assert len(vendors.asked) == 1
    beat(app, NOW + timedelta(minutes=10))
    assert len(vendors.asked) == 2


def test_an_appointment_that_is_not_there_changes_nothing(app: App, vendors: Programs) -> None:
    """It is not asked for again."""
    tell(app, "acuity", acuity("scheduled"))
    beat(app)
    beat(app, NOW + timedelta(days=1))
    assert (len(vendors.asked), recorded(app), to_do(app)) == (1, [], [])


def test_what_its_program_does_not_know_either_is_a_task(app: App, vendors: Programs, add_client: AddClient) -> None:
    """A client who gave no address: the therapist knows her."""
    add_client()
    vendors.answers["/api/v1/appointments/77"] = acuity_appointment(ENDS, email="")
    tell(app, "acuity", acuity("scheduled"))
    beat(app)
    assert ["--client" in each for each in to_do(app)] == [True]
