"""Calendars by their secret address: what is in them becomes sessions, what is gone from them is called off."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar as ParsedCalendar
from recurring_ical_events import of

from newsletter import aftercare, appointments, calendars, personal_data
from newsletter.calendars import Polled
from newsletter.context import App
from newsletter.doctor import examine
from newsletter.errors import InputError
from newsletter.store import aftercare as sessions
from newsletter.store import calendars as stored
from newsletter.store import tasks
from newsletter.worker import poll_calendar
from subscribers.subscriber import Subscriber
from tests.conftest import OpenHome
from tests.flows.calendar_server import SECRET, CalendarServer, calendar, event

AddClient = Callable[..., Subscriber]
Poll = Callable[..., Polled]
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
EXPORT = Path(__file__).parents[1] / "bookings" / "studio.ics"
BY_ANNA = "DESCRIPTION:Booked by anna@example.com\\nNotes: tearful"
MONDAY, TUESDAY = event("one", "20260302T180000", "Reiki", BY_ANNA), event("two", "20260303T180000", "Reiki", BY_ANNA)


@pytest.fixture
def database_url() -> None:
    """What differs between the databases is tested in tests/store/test_notices.py."""


@pytest.fixture
def app(open_home: OpenHome) -> Iterator[App]:
    with open_home(allow_private_addresses=True) as opened:
        yield opened


@pytest.fixture
def site() -> Iterator[CalendarServer]:
    server = CalendarServer(body=calendar(MONDAY, TUESDAY))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def poll(app: App, site: CalendarServer) -> Poll:
    """Reads the calendar at that moment, with what it holds from then on, and follows what it told."""

    def _poll(*events: str, now: datetime = NOW) -> Polled:
        if events:
            site.body = calendar(*events)
        with app.database.read() as connection:
            known = stored.all_calendars(connection)
        if not known:
            calendars.add(app, site.url, now)
        (polled,) = calendars.poll_all(app, lambda: now)
        appointments.follow(app, now)
        return polled

    return _poll


def standing(app: App) -> list[tuple[str, str]]:
    """Day and state of every session, the first one first."""
    with app.database.read() as connection:
        found = [line.session for line in sessions.all_sessions(connection)]
    return [(f"{each.ended_at:%d.%m.}", each.state.value) for each in reversed(found)]


def to_do(app: App) -> list[str]:
    with app.database.read() as connection:
        return [each.message for each in tasks.all_open(connection)]


def test_events_become_sessions(app: App, add_client: AddClient, poll: Poll) -> None:
    """Read again they change nothing; what stands in their notes is not kept."""
    add_client()
    assert poll().told == 2
    assert standing(app) == [("02.03.", "booked"), ("03.03.", "booked")]
    assert poll(now=NOW + timedelta(hours=13)).told == 0
    content = b"".join(path.read_bytes() for path in app.settings.home.rglob("*") if path.is_file())
    assert b"tearful" not in content


def test_a_real_export_is_read_as_recurring_ical_events_does(
    app: App, add_client: AddClient, poll: Poll, site: CalendarServer
) -> None:
    """Recurrences, exceptions and zones, with every session that names a client who is here."""
    add_client()
    site.body = EXPORT.read_bytes().replace(b"SUMMARY:", b"ATTENDEE:mailto:anna@example.com\r\nSUMMARY:Reiki ")
    poll()
    start, stop = NOW - calendars.DAYS_BACK, NOW + calendars.DAYS_AHEAD
    expected = {
        _utc(each.end)
        for each in of(ParsedCalendar.from_ical(site.body)).between(start, stop)
        if isinstance(each.start, datetime) and str(each.get("STATUS", "")) != "CANCELLED"
    }
    with app.database.read() as connection:
        ends = {line.session.ended_at for line in sessions.all_sessions(connection)}
    assert ends == {each for each in expected if start <= each < stop}


def _utc(moment: datetime) -> datetime:
    from zoneinfo import ZoneInfo

    return moment.replace(tzinfo=moment.tzinfo or ZoneInfo("Europe/London")).astimezone(UTC)


def test_a_moved_event_moves_its_session(app: App, add_client: AddClient, poll: Poll) -> None:
    add_client()
    poll(MONDAY)
    poll(event("one", "20260305T180000", "Reiki", BY_ANNA), now=NOW + timedelta(hours=1))
    assert standing(app) == [("05.03.", "booked")]


@pytest.mark.parametrize(
    "what_is_left", [(TUESDAY,), (event("one", "20260302T180000", "Reiki", BY_ANNA, "STATUS:CANCELLED"), TUESDAY)]
)
def test_what_is_gone_or_cancelled_is_called_off(
    app: App, add_client: AddClient, poll: Poll, what_is_left: tuple[str, ...]
) -> None:
    """And stands again when it comes back: a calendar may have had a bad day."""
    add_client()
    poll()
    poll(*what_is_left, now=NOW + timedelta(hours=1))
    assert standing(app) == [("02.03.", "cancelled"), ("03.03.", "booked")]
    poll(MONDAY, TUESDAY, now=NOW + timedelta(hours=2))
    assert sorted(standing(app)) == [("02.03.", "booked"), ("02.03.", "cancelled"), ("03.03.", "booked")]


def test_what_is_over_is_not_called_off_by_its_absence(app: App, add_client: AddClient, poll: Poll) -> None:
    """Many calendars show only what is to come."""
    add_client()
    poll()
    poll(TUESDAY, now=NOW + timedelta(hours=10))
    assert standing(app) == [("02.03.", "booked"), ("03.03.", "booked")]


@pytest.mark.parametrize(
    "body",
    [
        calendar(TUESDAY)[:-20],  # it breaks off
        calendar(),  # it is empty
        calendar(
            TUESDAY, event("odd", "20260304T180000", "Reiki", "RRULE:FREQ=SECONDLY")
        ),  # not all of it is understood
    ],
)
def test_only_a_calendar_read_as_a_whole_calls_anything_off(
    app: App, add_client: AddClient, poll: Poll, site: CalendarServer, body: bytes
) -> None:
    add_client()
    poll()
    site.body = body
    poll(now=NOW + timedelta(hours=1))
    assert standing(app) == [("02.03.", "booked"), ("03.03.", "booked")]


def test_a_broken_calendar_changes_nothing_and_says_so(
    app: App, add_client: AddClient, poll: Poll, site: CalendarServer
) -> None:
    """In the list and by the doctor, until it is well again."""
    add_client()
    poll()
    site.answer = (500, {}, b"")
    assert "answers 500" in poll().fault
    check = next(each for each in examine(app, NOW) if each.name == "calendar 1")
    assert ("answers 500" in check.found, "calendar remove 1" in check.remedy) == (True, True)
    site.answer = None
    assert poll().fault == ""
    assert "nothing for you to do" in next(each for each in examine(app, NOW) if each.name == "calendar 1").found


def test_it_is_asked_hourly_less_often_while_it_fails_and_not_before_it_says(
    app: App, poll: Poll, site: CalendarServer
) -> None:
    """One calendar a beat."""
    poll()
    assert not poll_calendar(app, lambda: NOW + timedelta(minutes=59))
    site.answer = (503, {"Retry-After": "36000"}, b"")
    assert poll_calendar(app, lambda: NOW + timedelta(hours=1))
    assert not poll_calendar(app, lambda: NOW + timedelta(hours=10))
    site.answer = (500, {}, b"")
    assert poll_calendar(app, lambda: NOW + timedelta(hours=11))
    assert not poll_calendar(app, lambda: NOW + timedelta(hours=14))


def test_what_did_not_change_is_not_sent_again(
    app: App, add_client: AddClient, poll: Poll, site: CalendarServer
) -> None:
    """But for twice a day: the days ahead move on, and a series with them."""
    add_client()
    series = event("weekly", "20260302T180000", "Reiki", BY_ANNA, "RRULE:FREQ=WEEKLY")
    poll(series)
    assert poll(now=NOW + timedelta(hours=1)).unchanged
    before = len(standing(app))
    poll(now=NOW + timedelta(days=7))
    assert len(standing(app)) == before + 1
    assert site.statuses[1:] == [200, 304, 200]


def test_private_events_are_none_of_our_business(app: App, add_client: AddClient, poll: Poll) -> None:
    """The dentist, and lunch with somebody unknown; and of a title no more is kept than the service."""
    add_client()
    lunch = event("lunch", "20260303T120000", "Lunch", "ATTENDEE:mailto:friend@example.com")
    poll(
        event("dentist", "20260303T090000", "Dentist, root canal"),
        lunch,
        event("one", "20260303T180000", "Reiki, tearful"),
    )
    assert (standing(app), len(to_do(app))) == ([], 1)
    content = b"".join(path.read_bytes() for path in app.settings.home.rglob("*") if path.is_file())
    assert not any(word in content for word in (b"canal", b"friend@", b"tearful"))


def test_a_series_without_an_address_is_settled_once(app: App, add_client: AddClient, poll: Poll) -> None:
    """Her word on one of its events is for all that wait, and for those to come."""
    add_client()
    series = event("weekly", "20260302T180000", "Reiki Anna", "RRULE:FREQ=WEEKLY")
    poll(series)
    waiting = to_do(app)
    assert (len(waiting), "--client" in waiting[0]) == (9, True)
    with app.database.read() as connection:
        first = tasks.all_open(connection)[0]
    appointments.settle(app, first.id, NOW, email="anna@example.com")
    assert (len(standing(app)), to_do(app)) == (9, [])
    poll(now=NOW + timedelta(days=7))
    assert (len(standing(app)), to_do(app)) == (10, [])


def test_what_she_called_off_by_hand_stays_so(app: App, add_client: AddClient, poll: Poll) -> None:
    """However often the calendar says that it stands."""
    add_client()
    poll(MONDAY)
    aftercare.cancel_session(app, 1, NOW)
    poll(event("one", "20260305T180000", "Reiki", BY_ANNA), now=NOW + timedelta(hours=1))
    assert [state for _, state in standing(app)] == ["cancelled"]


def test_somebody_erased_is_not_read_from_it_again(app: App, add_client: AddClient, poll: Poll) -> None:
    """Nor does the calendar make a task of her."""
    anna = add_client()
    poll(MONDAY)
    personal_data.erase(app, anna.id, NOW)
    assert poll(MONDAY, now=NOW + timedelta(hours=13)).told == 0
    assert to_do(app) == []


@pytest.mark.parametrize(
    "answer", [(404, {}, b""), (410, {}, b""), (302, {"Location": f"/{SECRET}/again"}, b""), (200, {}, b"<html>")]
)
def test_its_address_is_told_to_nobody(
    app: App,
    poll: Poll,
    site: CalendarServer,
    caplog: pytest.LogCaptureFixture,
    answer: tuple[int, dict[str, str], bytes],
) -> None:
    """Whatever goes wrong: not in a fault, not in the log, not by the doctor."""
    poll()
    site.answer = answer
    with caplog.at_level(logging.DEBUG, logger="newsletter"):
        assert poll_calendar(app, lambda: NOW + timedelta(hours=1))
    with app.database.read() as connection:
        (found,) = stored.all_calendars(connection)
    told = f"{caplog.text} {found.fault} {found.host} {examine(app, NOW)}"
    assert found.fault
    assert SECRET not in told
    with pytest.raises(InputError) as refused:
        calendars.add(app, site.url, NOW)
    chain = f"{refused.value!r} {refused.value.__cause__!r} {refused.value.__context__!r}"
    assert SECRET not in chain


@pytest.mark.parametrize(
    "url", [f"{SECRET}.ics", f"ftp://x/{SECRET}", "https://", f"https://[{SECRET}", f"https://me:{SECRET}@x.example/"]
)
def test_what_is_no_address_is_refused_without_repeating_it(app: App, url: str) -> None:
    with pytest.raises(InputError) as refused:
        calendars.add(app, url, NOW)
    assert SECRET not in str(refused.value)
