"""Whatever is recorded, moved, cancelled, approved or held, and whenever the clockwork beats: no care mail too many."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter import aftercare, reviewing
from newsletter.app import open_app
from newsletter.config import Settings
from newsletter.context import App
from newsletter.domain.quiet import local_day
from newsletter.errors import RefusedError
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import details
from tests.conftest import STUDIO
from tests.flows.conftest import ledger

START = datetime(2026, 3, 27, 13, tzinfo=UTC)  # two days before the clocks change in Europe
EMAIL = "anna@example.com"
_ACTS = st.tuples(
    st.integers(0, 30),  # hours until then: the clockwork may sleep for a day
    st.sampled_from(["record", "tender", "move", "cancel", "approve", "hold", "beat", "beat"]),
    st.integers(1, 4),  # which session
)
_ZONES = st.sampled_from(["Europe/London", "Pacific/Auckland", "America/Los_Angeles", "Asia/Kolkata"])


@settings(max_examples=10, deadline=None)
@given(zone=_ZONES, acts=st.lists(_ACTS, min_size=3, max_size=10))
def test_no_care_mail_is_one_too_many(zone: str, acts: list[tuple[int, str, int]]) -> None:
    """One a local day, none in quiet hours, none after a stop, none of a tender session without her word."""
    with TemporaryDirectory() as folder:
        home = Settings.model_validate({"home": Path(folder) / "home", "studio": STUDIO})
        with open_app(home, worker="test") as app:
            with app.database.write() as connection:
                store.add(connection, details(EMAIL, timezone=zone), key=app.key, now=START, consents=[Stream.CARE])
            stopped, released = _live_through(app, acts)
            _check(app, zone, stopped, released)


def _live_through(app: App, acts: list[tuple[int, str, int]]) -> tuple[dict[int, datetime], dict[int, datetime]]:
    """Plays the acts, then some quiet days; returns when sessions were stopped, and from when on their mails may go."""
    stopped: dict[int, datetime] = {}
    released: dict[int, datetime] = {}
    moment = START
    for hours, act, session in acts:
        moment += timedelta(hours=hours)
        known = [each for each in released if each == session]
        with suppress(RefusedError):  # such as moving a session that was cancelled
            if act in ("record", "tender"):
                flags = ["tender"] if act == "tender" else []
                number = aftercare.add_session(
                    app, email=EMAIL, services=["cupping"], flags=flags, ended_at=moment, now=moment
                )
                released.setdefault(number, datetime.max.replace(tzinfo=UTC) if flags else moment)
            elif known:
                _do(app, act, session, moment)
                if act in ("cancel", "hold"):
                    stopped.setdefault(session, moment)
                elif act == "approve":
                    released[session] = min(released[session], moment)
        _beat(app, moment)
    for hours in range(0, 24 * 5, 5):
        _beat(app, moment + timedelta(hours=hours))
    return stopped, released


def _do(app: App, act: str, session: int, moment: datetime) -> None:
    match act:
        case "move":
            aftercare.move_session(app, session, moment, moment)
        case "cancel":
            aftercare.cancel_session(app, session, moment)
        case "approve":
            reviewing.approve_session(app, session, moment)
        case "hold":
            reviewing.hold_session(app, session, moment)


def _beat(app: App, moment: datetime) -> None:
    tick(app, lambda: moment)


def _check(app: App, zone: str, stopped: dict[int, datetime], released: dict[int, datetime]) -> None:
    sent = [(each.session_id, each.step, each.accepted_at) for each in ledger(app) if each.accepted_at is not None]
    days = [local_day(at, zone) for _, _, at in sent]
    assert len(days) == len(set(days))
    assert len({(session, step) for session, step, _ in sent}) == len(sent)
    for session, _, at in sent:
        assert session is not None
        assert app.quiet.next_allowed(at, zone) == at
        assert at >= released[session]
        assert session not in stopped or at <= stopped[session]
