"""Whatever a practice has planned: the forecast is what the clockwork then does."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter import aftercare, campaigns, holidays, inviting
from newsletter.app import open_app
from newsletter.config import Settings
from newsletter.context import App
from newsletter.domain.delivery import DeliveryState
from newsletter.domain.forecast import Will
from newsletter.forecast import foresee
from newsletter.store import deliveries
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import details
from tests.conftest import STUDIO
from tests.flows.conftest import ledger, make_campaign

NOW = datetime(2026, 3, 27, 13, tzinfo=UTC)  # two days before the clocks change in Europe
DAYS = 6
_ZONES = st.sampled_from(["Europe/London", "Pacific/Auckland", "America/Los_Angeles", "Asia/Kolkata", ""])
_CLIENTS = st.fixed_dictionaries(
    {
        "zone": _ZONES,
        "services": st.lists(st.sampled_from(["deep-tissue", "relaxation", "reiki"]), max_size=2, unique=True),
        "ended": st.one_of(st.integers(0, 30), st.integers(13 * 24, 29 * 24)),  # hours ago: then invitations are due
        "newsletter": st.booleans(),
        "leaves": st.booleans(),
    }
)
_LETTERS = st.lists(st.integers(-12, 24 * DAYS), max_size=3)  # hours from now; earlier ones would ask first
_AWAY = st.none() | st.tuples(st.integers(0, DAYS), st.integers(0, DAYS))  # from which day on, for how many


@settings(max_examples=10, deadline=None)
@given(clients=st.lists(_CLIENTS, min_size=1, max_size=4), letters=_LETTERS, away=_AWAY)
def test_every_forecast_comes_true(
    clients: list[dict[str, Any]], letters: list[int], away: tuple[int, int] | None
) -> None:
    with TemporaryDirectory() as folder:
        home = Settings.model_validate({"home": Path(folder) / "home", "studio": STUDIO})
        with open_app(home, worker="test") as app:
            _furnish(app, clients, letters)
            if away is not None:
                first_day = (NOW + timedelta(days=away[0])).date()
                holidays.set_holiday(app, first_day, first_day + timedelta(days=away[1]), "", NOW)
            lines = foresee(app, NOW, DAYS)
            _work(app)
            assert sorted((each.at, each.email, each.will) for each in lines) == _became(app)


def _furnish(app: App, clients: list[dict[str, Any]], letters: list[int]) -> None:
    inviting.switch_on(app, NOW - timedelta(days=60))
    for number, client in enumerate(clients):
        email = f"client-{number}@example.com"
        streams = [Stream.CARE, Stream.MARKETING] if client["newsletter"] else [Stream.CARE]
        with app.database.write() as connection:
            person = store.add(
                connection, details(email, timezone=client["zone"]), key=app.key, now=NOW, consents=streams
            )
        if client["services"]:
            ended = NOW - timedelta(hours=client["ended"])
            aftercare.add_session(app, email=email, services=client["services"], ended_at=ended, now=NOW)
        if client["leaves"]:
            with app.database.write() as connection:
                store.withdraw(connection, person.id, Stream.CARE, source="test", at=NOW)
    for hours in letters:
        campaigns.launch(app, make_campaign(app, NOW, name=str(hours)), NOW + timedelta(hours=hours))


def _work(app: App) -> None:
    moment: datetime | None = NOW
    while moment is not None and moment <= NOW + timedelta(days=DAYS):
        _tick(app, moment)
        with app.database.read() as connection:
            moment = deliveries.next_due(connection, moment)


def _tick(app: App, moment: datetime) -> None:
    tick(app, lambda: moment)


def _became(app: App) -> list[tuple[datetime, str, Will]]:
    """Everything that has come to its end."""
    found = [
        (each.final_at, each.email, Will.SEND if each.state is DeliveryState.ACCEPTED else Will.SKIP)
        for each in ledger(app)
        if each.final_at is not None
    ]
    return sorted(found)
