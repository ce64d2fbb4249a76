"""Whatever is booked, moved, cancelled, held or mailed, and however the clock jumps: nobody gets a mail too many."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter import aftercare, campaigns, holidays, inviting, reviewing
from newsletter.app import open_app
from newsletter.config import Settings
from newsletter.context import App
from newsletter.domain.delivery import Delivery
from newsletter.domain.holiday import Holiday
from newsletter.domain.quiet import local_day
from newsletter.domain.sending import MONTH
from newsletter.errors import InputError, RefusedError
from newsletter.store import deliveries
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import details
from tests.conftest import STUDIO
from tests.flows.conftest import ledger, make_campaign

START = datetime(2026, 3, 27, 13, tzinfo=UTC)  # two days before the clocks change in Europe
NEVER = datetime.max.replace(tzinfo=UTC)
EMAIL = "anna@example.com"
_STUDIO_ZONE = STUDIO.timezone
_CARE_ACTS = ("record", "record", "record", "tender", "book", "move", "cancel", "approve", "hold")
_MARKETING_ACTS = ("newsletters", "newsletters", "holiday", "holiday", "back", "beat")
_ENDS = st.tuples(st.integers(0, 300), st.sampled_from(["holiday", "newsletters", "leave", "off"]), st.integers(1, 4))
_ACTS = st.tuples(
    st.one_of(st.integers(0, 30), st.integers(60, 400)),  # hours until then: the clockwork may sleep for weeks
    st.sampled_from([*_CARE_ACTS, *_MARKETING_ACTS]),
    st.integers(1, 4),  # which session, how many newsletters, how many weeks away
)
_ZONES = st.sampled_from(["Europe/London", "Pacific/Auckland", "America/Los_Angeles", "Asia/Kolkata"])


@dataclass
class Life:
    """What happened to whom, and when; sessions by their number."""

    ended: dict[int, datetime] = field(default_factory=dict)  # as they stand, or stood when they were stopped
    stopped: dict[int, datetime] = field(default_factory=dict)
    released: dict[int, datetime] = field(default_factory=dict)
    holidays: list[tuple[Holiday, datetime, datetime]] = field(default_factory=list)  # known from, known until
    left_at: datetime = NEVER
    off_at: datetime = NEVER


@settings(max_examples=8, deadline=None)
@given(zone=_ZONES, acts=st.lists(_ACTS, min_size=2, max_size=10), end=_ENDS)
def test_no_mail_is_one_too_many(zone: str, acts: list[tuple[int, str, int]], end: tuple[int, str, int]) -> None:
    """One a local day, none at night, none after a stop, none twice, and no more than two newsletters or invitations a
    month."""
    with TemporaryDirectory() as folder:
        home = Settings.model_validate({"home": Path(folder) / "home", "studio": STUDIO, "undo_window": 0})
        with open_app(home, worker="test") as app:
            inviting.switch_on(app, START)
            consents = [Stream.CARE, Stream.MARKETING]
            with app.database.write() as connection:
                store.add(connection, details(EMAIL, timezone=zone), key=app.key, now=START, consents=consents)
            life = _live_through(app, [(1, "record", 1), *acts, end])
            sent = [each for each in ledger(app) if each.accepted_at is not None]
            _check_every_mail(app, zone, sent)
            _check_sessions(sent, life)
            _check_marketing(zone, [each for each in sent if each.stream is Stream.MARKETING], life)


def _live_through(app: App, acts: list[tuple[int, str, int]]) -> Life:
    """Plays the acts, then a hundred quiet days."""
    life, moment = Life(), START
    for number, (hours, act, which) in enumerate(acts):
        moment += timedelta(hours=hours)
        with suppress(RefusedError, InputError):  # such as moving a session that was cancelled
            _do(app, life, act, which, moment, str(number))
        _beat(app, moment)
    due: datetime | None = moment
    while due is not None and due <= moment + timedelta(days=100):
        _beat(app, due)
        with app.database.read() as connection:
            due = deliveries.next_due(connection, due)
    return life


def _do(app: App, life: Life, act: str, which: int, moment: datetime, name: str) -> None:
    match act:
        case "record" | "tender":
            _record(app, life, moment, ["tender"] if act == "tender" else [])
        case "book" if which in life.ended:
            moved = aftercare.move_session(app, which, moment + timedelta(days=which), moment)
            life.ended[which] = moved.ended_at
        case "move" if which in life.ended:
            life.ended[which] = aftercare.move_session(app, which, moment, moment).ended_at
        case "cancel" if which in life.ended:
            aftercare.cancel_session(app, which, moment)
            life.stopped.setdefault(which, moment)
        case "hold" if which in life.ended:
            reviewing.hold_session(app, which, moment)
            life.stopped.setdefault(which, moment)
        case "approve" if which in life.ended:
            reviewing.approve_session(app, which, moment)
            life.released[which] = min(life.released[which], moment)
        case _:
            _do_marketing(app, life, act, which, moment, name)


def _do_marketing(app: App, life: Life, act: str, which: int, moment: datetime, name: str) -> None:
    match act:
        case "newsletters":
            for number in range(which):
                campaign = make_campaign(app, moment, name=f"{name}-{number}")
                campaigns.launch(app, campaign, moment + timedelta(days=3 * number))
        case "leave":
            with app.database.write() as connection:
                store.withdraw(connection, 1, Stream.MARKETING, source="test", at=moment)
            life.left_at = min(life.left_at, moment)
        case "off":
            inviting.switch_off(app, moment)
            life.off_at = min(life.off_at, moment)
        case "holiday" | "back":
            _go_away(app, life, which if act == "holiday" else 0, moment)


def _record(app: App, life: Life, moment: datetime, flags: list[str]) -> None:
    number = aftercare.add_session(app, email=EMAIL, services=["sports"], flags=flags, ended_at=moment, now=moment)
    life.ended.setdefault(number, moment)
    life.released.setdefault(number, NEVER if flags else moment)


def _go_away(app: App, life: Life, days: int, moment: datetime) -> None:
    """For so many weeks from now on, or back at once; another holiday takes the place of the one before."""
    life.holidays = [(away, since, min(until, moment)) for away, since, until in life.holidays]
    if days:
        today = local_day(moment, _STUDIO_ZONE)
        away = holidays.set_holiday(app, today, today + timedelta(weeks=days), "", moment)
        life.holidays.append((away, moment, NEVER))
    else:
        holidays.clear_holiday(app, moment)


def _beat(app: App, moment: datetime) -> None:
    tick(app, lambda: moment)


def _at(mail: Delivery) -> datetime:
    assert mail.accepted_at is not None
    return mail.accepted_at


def _check_every_mail(app: App, zone: str, sent: list[Delivery]) -> None:
    days = [local_day(_at(each), zone) for each in sent]
    assert len(days) == len(set(days))
    assert len({(each.campaign_id, each.session_id, each.step) for each in sent}) == len(sent)
    assert all(app.quiet.next_allowed(_at(each), zone) == _at(each) for each in sent)


def _check_sessions(sent: list[Delivery], life: Life) -> None:
    for each in sent:
        if each.session_id is not None:
            assert _at(each) >= life.released[each.session_id] or each.stream is Stream.MARKETING
            assert _at(each) <= life.stopped.get(each.session_id, NEVER)


def _check_marketing(zone: str, sent: list[Delivery], life: Life) -> None:
    moments = sorted(map(_at, sent))
    assert all(later - earlier >= MONTH for earlier, later in zip(moments, moments[2:], strict=False))
    assert all(moment <= life.left_at for moment in moments)
    invitations = [each for each in sent if each.session_id is not None]
    assert [each.step for each in invitations].count("win-back") <= 1
    for each in invitations:
        assert local_day(_at(each), zone).weekday() < 5
        assert _at(each) <= life.off_at
        away = [holiday for holiday, since, until in life.holidays if since < _at(each) <= until]
        assert not any(holiday.lasts(_at(each), _STUDIO_ZONE) for holiday in away)
