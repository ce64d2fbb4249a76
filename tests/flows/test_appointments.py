"""What booking programs tell becomes sessions: in any order, repeated, and without one mail too many."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import func, select

from newsletter import aftercare, appointments, campaigns, notices, personal_data
from newsletter.context import App
from newsletter.doctor import examine
from newsletter.domain.aftercare import Session
from newsletter.errors import InputError, NotFoundError, SettingsError
from newsletter.providers.hooks.base import HookCall
from newsletter.store import aftercare as sessions
from newsletter.store import booking_tables, tasks
from newsletter.store import notices as stored
from newsletter.store.tasks import Task
from newsletter.worker import tick
from subscribers.subscriber import Subscriber
from tests.bookings import programs
from tests.bookings.programs import NOTE, calcom, calendly, sign
from tests.conftest import OpenHome
from tests.flows.conftest import ledger, make_campaign

AddClient = Callable[..., Subscriber]
Tell = Callable[..., None]
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ENDS = datetime(2026, 3, 2, 18, tzinfo=UTC)
_EXAMPLES = count(1)


@pytest.fixture
def database_url() -> None:
    """What differs between the databases is tested in tests/store/test_notices.py."""


@pytest.fixture
def app(open_home: OpenHome) -> Iterator[App]:
    with open_home(**programs.settings()) as opened:
        yield opened


@pytest.fixture
def tell(app: App) -> Tell:
    """Calls as a program does; the clockwork follows at once unless `follow` is False."""

    def _tell(program: str, *bodies: bytes, now: datetime = NOW, follow: bool = True) -> None:
        for body in bodies:
            signed = sign(program, body, now)
            headers = {name.lower(): value for name, value in signed.headers.items()}
            call = notices.read(app, program, HookCall(headers=headers, body=signed.body), now)
            assert notices.keep(app, [call], now) == [None]
            if follow:
                appointments.follow(app, now)

    return _tell


def recorded(app: App) -> list[Session]:
    with app.database.read() as connection:
        return [line.session for line in sessions.all_sessions(connection)]


def open_tasks(app: App) -> list[Task]:
    with app.database.read() as connection:
        return list(tasks.all_open(connection))


def later(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def test_a_booking_becomes_a_session_with_its_mails(app: App, add_client: AddClient, tell: Tell) -> None:
    """By the clockwork: the call itself only keeps what was told."""
    add_client()
    tell("calcom", calcom("BOOKING_CREATED", NOW, ENDS), follow=False)
    assert recorded(app) == []
    tick(app, lambda: NOW)
    (session,) = recorded(app)
    assert (session.services, session.ended_at, session.practitioner) == (("deep-tissue",), ENDS, "Mara")
    assert {each.step for each in ledger(app)} >= {"same-day", "next-morning"}


def test_notes_are_nowhere_in_the_home(app: App, add_client: AddClient, tell: Tell) -> None:
    """Not in the store, not in its log of changes; nor is a name."""
    add_client()
    for program in programs.PROGRAMS:
        tell(program, programs.created(program, NOW, ENDS))
    tell("calcom", calcom("BOOKING_CANCELLED", later(1), ENDS))
    content = b"".join(path.read_bytes() for path in app.settings.home.rglob("*") if path.is_file())
    assert NOTE.encode() not in content
    assert b"Okafor" not in content


CALCOM = (
    calcom("BOOKING_CREATED", NOW, ENDS, "{0}-1"),
    calcom("BOOKING_RESCHEDULED", later(1), ENDS + timedelta(days=1), "{0}-2", rescheduleUid="{0}-1"),
    calcom("BOOKING_RESCHEDULED", later(2), ENDS + timedelta(days=3), "{0}-3", rescheduleUid="{0}-2"),
    programs.calcom_flat(NOW, ENDS + timedelta(days=3), "{0}-3"),
)
CALENDLY = (
    calendly("invitee.created", NOW, ENDS, "{0}-1"),
    calendly("invitee.canceled", later(1), ENDS, "{0}-1", new="{0}-2", rescheduled=True),
    calendly("invitee.created", later(1), ENDS + timedelta(days=3), "{0}-2", old="{0}-1"),
)
CANCELLED = (*CALENDLY, calendly("invitee.canceled", later(9), ENDS + timedelta(days=3), "{0}-2"))
STORIES = [("calcom", CALCOM, 1), ("calendly", CALENDLY, 1), ("calendly", CANCELLED, 0)]


@pytest.mark.parametrize(("program", "messages", "standing"), STORIES, ids=["moved twice", "moved", "cancelled"])
@examples(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_any_order_and_any_repetition_end_alike(
    app: App,
    add_client: AddClient,
    tell: Tell,
    program: str,
    messages: Sequence[bytes],
    standing: int,
    data: st.DataObject,
) -> None:
    """With the clockwork between any two of them, or after all."""
    example = f"ex{next(_EXAMPLES)}"
    client = add_client(f"{example}@example.com")
    order = data.draw(st.permutations([*messages, *data.draw(st.lists(st.sampled_from(messages), max_size=2))]))
    for body in order:
        hers = body.replace(b"{0}", example.encode()).replace(b"Anna@", b"anna@")
        hers = hers.replace(b"anna@example.com", client.email.encode())
        tell(program, hers, follow=data.draw(st.booleans()))
    appointments.follow(app, NOW)
    mine = [each for each in recorded(app) if each.subscriber_id == client.id and each.state.value != "cancelled"]
    assert [(each.ended_at, each.services) for each in mine] == [
        (ENDS + timedelta(days=3), ("deep-tissue",))
    ] * standing
    queued = [each for each in ledger(app) if each.subscriber_id == client.id and each.state.value == "queued"]
    assert all(each.due_at > ENDS + timedelta(days=3) for each in queued)
    assert bool(queued) == bool(standing)


def test_rescheduling_moves_the_one_session(app: App, add_client: AddClient, tell: Tell) -> None:
    """It adds none, though the program calls it by another name."""
    add_client()
    tell("calendly", *(body.replace(b"{0}", b"x") for body in CALENDLY))
    (session,) = recorded(app)
    assert (session.id, session.state.value, session.ended_at) == (1, "booked", ENDS + timedelta(days=3))


def test_an_old_time_is_not_used_while_the_new_one_is_unknown(app: App, add_client: AddClient, tell: Tell) -> None:
    """The session is called off when its old hour has passed, and stands again when the new time is told after all."""
    add_client()
    tell("calendly", *(body.replace(b"{0}", b"x") for body in CALENDLY[:2]))
    assert ["was moved" in each.message for each in open_tasks(app)] == [True]
    tick(app, lambda: ENDS + timedelta(minutes=10))
    assert [each.state.value for each in recorded(app)] == ["cancelled"]
    tell("calendly", CALENDLY[2].replace(b"{0}", b"x"), now=ENDS + timedelta(minutes=20))
    assert {each.state.value for each in recorded(app)} == {"cancelled", "booked"}
    assert open_tasks(app) == []


@pytest.mark.parametrize("event", ["BOOKING_CANCELLED", "BOOKING_REJECTED"])
def test_a_cancellation_that_comes_first_wins(app: App, add_client: AddClient, tell: Tell, event: str) -> None:
    """By the program's own clock, not by when we heard of it."""
    add_client()
    tell("calcom", calcom(event, later(5), ENDS), calcom("BOOKING_CREATED", NOW, ENDS))
    assert recorded(app) == []
    assert open_tasks(app) == []


def test_a_no_show_gets_no_care_and_one_that_came_after_all_does(app: App, add_client: AddClient, tell: Tell) -> None:
    """Told by the program, and taken back by it."""
    add_client()
    tell("calcom", calcom("BOOKING_CREATED", NOW, ENDS), programs.calcom_absence(later(1)))
    assert [each.state.value for each in recorded(app)] == ["no_show"]
    tell("calcom", programs.calcom_absence(later(2), absent=False))
    assert sorted(each.state.value for each in recorded(app)) == ["booked", "cancelled"]


def test_what_the_therapist_called_off_stays_so(app: App, add_client: AddClient, tell: Tell) -> None:
    """Whatever else the program tells."""
    add_client()
    tell("calcom", calcom("BOOKING_CREATED", NOW, ENDS))
    aftercare.cancel_session(app, 1, NOW)
    tell("calcom", calcom("BOOKING_CREATED", later(3), ENDS + timedelta(days=1)))
    assert [each.state.value for each in recorded(app)] == ["cancelled"]


def test_the_hour_that_she_set_stays(app: App, add_client: AddClient, tell: Tell) -> None:
    """Until the program tells of another one."""
    add_client()
    tell("calcom", calcom("BOOKING_CREATED", NOW, ENDS))
    longer = ENDS + timedelta(minutes=20)
    aftercare.move_session(app, 1, longer, NOW)
    tell("calcom", programs.calcom_flat(NOW, ENDS), calcom("BOOKING_CREATED", later(1), ENDS))
    assert [each.ended_at for each in recorded(app)] == [longer]
    tell("calcom", calcom("BOOKING_CREATED", later(2), ENDS + timedelta(days=1)))
    assert [each.ended_at for each in recorded(app)] == [ENDS + timedelta(days=1)]


def test_a_session_that_she_moved_herself_waits_for_no_news(app: App, add_client: AddClient, tell: Tell) -> None:
    """She knew to when, while the program had not told."""
    add_client()
    tell("calendly", *(body.replace(b"{0}", b"x") for body in CALENDLY[:2]))
    aftercare.move_session(app, 1, ENDS + timedelta(days=3), NOW)
    tick(app, lambda: ENDS + timedelta(days=3, minutes=10))
    assert ([each.state.value for each in recorded(app)], open_tasks(app)) == (["booked"], [])


def test_another_service_brings_its_own_care(app: App, add_client: AddClient, tell: Tell) -> None:
    """Changed at the program before a mail has left: the old care is called off."""
    add_client()
    tell("calcom", calcom("BOOKING_CREATED", NOW, ENDS), calcom("BOOKING_CREATED", later(1), ENDS, type="reiki"))
    assert {(each.services, each.state.value) for each in recorded(app)} == {
        (("deep-tissue",), "cancelled"),
        (("reiki",), "booked"),
    }


def test_another_practitioner_signs_what_is_to_come(app: App, add_client: AddClient, tell: Tell) -> None:
    """It is the same session."""
    add_client()
    jo = {"name": "Jo", "email": "jo@juniper.example"}
    tell("calcom", calcom("BOOKING_CREATED", NOW, ENDS), calcom("BOOKING_RESCHEDULED", later(1), ENDS, organizer=jo))
    assert [(each.id, each.practitioner, each.state.value) for each in recorded(app)] == [(1, "Jo", "booked")]


def test_a_change_after_a_mail_has_left_is_for_her_to_see(app: App, add_client: AddClient, tell: Tell) -> None:
    """Nobody gets the same mail twice for it; the task stays until she has seen to it."""
    add_client()
    tell("calcom", calcom("BOOKING_CREATED", NOW, ENDS))
    evening = ENDS + timedelta(days=1)
    tick(app, lambda: evening)
    assert [each for each in ledger(app) if each.state.value == "accepted"]
    tell("calcom", calcom("BOOKING_CREATED", later(1), ENDS, type="reiki"), now=evening)
    tick(app, lambda: evening + timedelta(hours=1))
    (task,) = open_tasks(app)
    assert "had left" in task.message
    assert len(recorded(app)) == 1


def test_an_unknown_client_is_a_task_that_closes_by_itself(app: App, add_client: AddClient, tell: Tell) -> None:
    """Once she is there, her session is, too."""
    tell("calcom", calcom("BOOKING_CREATED", NOW, ENDS))
    (task,) = open_tasks(app)
    assert (task.service, task.ended_at, "anna@example.com" in task.message) == ("deep-tissue-60", ENDS, True)
    add_client()
    tick(app, lambda: later(6))
    assert (open_tasks(app), len(recorded(app))) == ([], 1)


def test_a_client_without_consent_is_a_task(app: App, add_client: AddClient, tell: Tell) -> None:
    """And nothing is planned for her, until she agrees."""
    add_client(consents=())
    tell("calcom", calcom("BOOKING_CREATED", NOW, ENDS))
    assert ["--consent care" in each.message for each in open_tasks(app)] == [True]
    add_client()
    appointments.look_again(app, later(1))
    assert (open_tasks(app), len(recorded(app))) == ([], 1)


def test_an_unknown_service_is_settled_once(app: App, add_client: AddClient, tell: Tell) -> None:
    """Her word is remembered for every booking of that name."""
    add_client()
    tell("calcom", calcom("BOOKING_CREATED", NOW, ENDS, type="the-mara-special"))
    (task,) = open_tasks(app)
    assert "the-mara-special" in task.message
    with pytest.raises(InputError):
        appointments.settle(app, task.id, NOW, plan="no such plan")
    appointments.settle(app, task.id, NOW, plan="sports")
    other = calcom("BOOKING_CREATED", NOW, ENDS + timedelta(days=1), "bk-2", type="The Mara special")
    tell("calcom", other)
    assert ({each.services for each in recorded(app)}, open_tasks(app)) == ({("sports",)}, [])


def test_a_booking_without_an_address_is_hers_whom_the_therapist_names(
    app: App, add_client: AddClient, tell: Tell
) -> None:
    """From then on it moves and is cancelled with its booking."""
    add_client()
    tell("calcom", calcom("BOOKING_CREATED", NOW, ENDS, attendees=[]))
    (task,) = open_tasks(app)
    with pytest.raises(InputError):
        appointments.settle(app, task.id, NOW, email="nobody@example.com")
    appointments.settle(app, task.id, NOW, email="Anna@Example.com")
    assert ([each.state.value for each in recorded(app)], open_tasks(app)) == (["booked"], [])
    tell("calcom", calcom("BOOKING_CANCELLED", later(1), ENDS, attendees=[]))
    assert [each.state.value for each in recorded(app)] == ["cancelled"]


def test_a_dismissed_task_does_not_come_back(app: App, add_client: AddClient, tell: Tell) -> None:
    """Not by another message about the same booking."""
    tell("calcom", calcom("BOOKING_CREATED", NOW, ENDS))
    (task,) = open_tasks(app)
    with app.database.write() as connection:
        tasks.dismiss(connection, task.id, NOW)
    tell("calcom", calcom("BOOKING_CREATED", later(1), ENDS))
    assert open_tasks(app) == []
    with app.database.write() as connection, pytest.raises(NotFoundError):
        tasks.get(connection, task.id)


def test_what_was_cancelled_before_anybody_knew_asks_nothing(app: App, tell: Tell) -> None:
    """No task for a client who does not come."""
    tell("calcom", calcom("BOOKING_CREATED", NOW, ENDS))
    tell("calcom", calcom("BOOKING_CANCELLED", later(1), ENDS))
    assert open_tasks(app) == []


def test_a_replayed_call_adds_nothing(app: App, add_client: AddClient, tell: Tell) -> None:
    """A notice is kept once, however often it comes."""
    add_client()
    tell("calcom", *[calcom("BOOKING_CREATED", NOW, ENDS)] * 3)
    with app.database.read() as connection:
        kept = connection.execute(select(func.count()).select_from(booking_tables.booking_notice)).scalar_one()
    assert (kept, len(recorded(app))) == (1, 1)


def test_an_erased_client_is_not_brought_back(app: App, add_client: AddClient, tell: Tell) -> None:
    """What was told of her is forgotten, and what is told later is not kept."""
    anna = add_client()
    tell("calcom", calcom("BOOKING_CREATED", NOW, ENDS))
    assert personal_data.everything(app, anna.id)["bookings"][0]["service"] == "deep-tissue-60"
    personal_data.erase(app, anna.id, NOW)
    tell("calcom", calcom("BOOKING_CREATED", NOW, ENDS), calcom("BOOKING_CREATED", later(1), ENDS))
    with app.database.read() as connection:
        assert stored.of_address(connection, "anna@example.com") == []
    assert open_tasks(app) == []


def test_what_was_told_is_forgotten_when_it_is_over(app: App, add_client: AddClient, tell: Tell) -> None:
    """A month after the session; a booking made long before is kept until then."""
    add_client()
    far = ENDS + timedelta(days=50)
    tell("calcom", calcom("BOOKING_CREATED", NOW, far))
    notices.forget(app, far + timedelta(days=29))
    with app.database.read() as connection:
        assert stored.lineage(connection, "calcom:bk-1")
    notices.forget(app, far + timedelta(days=31))
    with app.database.read() as connection:
        assert stored.lineage(connection, "calcom:bk-1") == []


def test_a_plan_that_cannot_be_read_holds_up_no_other_mail(app: App, add_client: AddClient, tell: Tell) -> None:
    """What was told waits for it, and is followed once it is mended."""
    add_client()
    tell("calcom", calcom("BOOKING_CREATED", NOW, ENDS), follow=False)
    campaign_id = make_campaign(app, NOW)
    campaigns.launch(app, campaign_id, NOW)
    broken = app.settings.home / "plans" / "broken.toml"
    broken.parent.mkdir()
    broken.write_text("no toml", encoding="utf-8")
    with pytest.raises(SettingsError):
        tick(app, lambda: later(10))
    assert [each.state.value for each in ledger(app)] == ["accepted"]
    broken.unlink()
    tick(app, lambda: later(11))
    assert len(recorded(app)) == 1


def test_the_doctor_knows_every_program(app: App, tell: Tell) -> None:
    """What was heard of it, and what waits for a word."""
    tell("calcom", calcom("BOOKING_CREATED", NOW, ENDS))
    checks = {each.name: each for each in examine(app, later(5))}
    assert checks["bookings of Cal.com"].found == "heard 5 minutes ago; 1 for you to do"
    assert checks["bookings of Calendly"].remedy.endswith("https://juniper.example/bookings/calendly")
    assert checks["your word on bookings"].remedy == "See them with: task list"
