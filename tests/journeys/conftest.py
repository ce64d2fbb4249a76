"""A practice whose stories are told on a set clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsletter import aftercare, inviting
from newsletter.app import open_app
from newsletter.booking import import_bookings
from newsletter.config import Settings
from newsletter.context import App
from newsletter.domain.delivery import Delivery
from newsletter.domain.edition import Edition
from newsletter.store import deliveries, editions
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import details
from tests.conftest import STUDIO

MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANNA = "anna@example.com"


@dataclass
class Practice:
    """A studio whose clock is set, and whose program can be stopped and started."""

    home: Path
    now: datetime

    @contextmanager
    def at_work(self) -> Iterator[App]:
        with open_app(Settings.model_validate({"home": self.home, "studio": STUDIO}), worker="test") as app:
            yield app

    def until(self, moment: datetime) -> None:
        """Time passes; the program was started anew for it."""
        with self.at_work() as app:
            due: datetime | None = self.now
            while due is not None and due <= moment:
                tick(app, lambda due=due: due)  # type: ignore[misc]  # bound at once
                with app.database.read() as connection:
                    due = deliveries.next_due(connection, due)
        self.now = moment

    def sleeps_until(self, moment: datetime) -> None:
        """Time passes, and nothing of it is noticed before its end."""
        self.now = moment
        self.until(moment)

    def saw(self, *services: str, flags: tuple[str, ...] = ()) -> int:
        """A session of Anna's that ends now."""
        with self.at_work() as app:
            return aftercare.add_session(
                app, email=ANNA, services=services, flags=flags, ended_at=self.now, now=self.now, practitioner="Mara"
            )

    def bookings(self, *rows: str) -> None:
        file = self.home.parent / "bookings.csv"
        file.write_text("\n".join(["id,email,service,end,status", *rows]), encoding="utf-8")
        with self.at_work() as app:
            import_bookings(app, file, self.now)

    def mails(self) -> list[Delivery]:
        with self.at_work() as app, app.database.read() as connection:
            return list(deliveries.ledger(connection))

    def left(self, stream: Stream = Stream.MARKETING) -> list[tuple[str, str]]:
        """What went to her, and on which day."""
        sent = [each for each in self.mails() if each.accepted_at and each.stream is stream]
        return [(each.step or "newsletter", f"{each.accepted_at:%d %b}") for each in sent]

    def edition(self, mail: Delivery) -> Edition:
        with self.at_work() as app, app.database.read() as connection:
            edition_id = deliveries.edition_of(connection, mail.id)
            assert edition_id is not None
            return editions.get(connection, edition_id)


@pytest.fixture
def practice(tmp_path: Path) -> Practice:
    """It invites since Monday noon, and knows Anna, who agreed to everything."""
    opened = Practice(home=tmp_path / "home", now=MONDAY)
    with opened.at_work() as app:
        inviting.switch_on(app, MONDAY)
        with app.database.write() as connection:
            consents = [Stream.CARE, Stream.MARKETING]
            store.add(connection, details(ANNA, name="Anna"), key=app.key, now=MONDAY, consents=consents)
    return opened
