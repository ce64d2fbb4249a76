"""Heavy mails go in smaller calls, planned before anything is on record."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from newsletter.context import App
from newsletter.domain.delivery import DeliveryState, Result
from newsletter.domain.message import Message
from newsletter.outbox import send_due
from newsletter.providers.base import Capabilities
from newsletter.worker import tick
from tests.crash.conftest import add_readers, in_state, launch, ledger
from tests.crash.memory_service import MemoryService


@dataclass(slots=True, kw_only=True)
class Scales(MemoryService):
    """Weighs each call."""

    weights: list[int] = field(default_factory=list)

    def send(self, key: str, messages: Sequence[Message]) -> tuple[Result, ...]:
        self.weights.append(sum(len(each.html.encode()) + len(each.text.encode()) for each in messages))
        return MemoryService.send(self, key, messages)


def test_call_holds_no_more_than_the_service_takes(app: App, now: datetime) -> None:
    """By weight before number; who does not fit waits for the next call, unblamed, and nobody is lost."""
    most = 120_000
    scales = Scales(capabilities=Capabilities(batch=50, most_bytes=most), clock=lambda: now)
    weighed = replace(app, provider=scales)
    add_readers(app, 20, now)
    campaign_id = launch(app, now)
    tick(weighed, lambda: now)
    send_due(weighed, lambda: now)
    rows = ledger(app, campaign_id)
    assert in_state(rows, DeliveryState.ACCEPTED) == set(rows)
    assert {row.attempts for row in rows.values()} == {1}
    assert max(scales.weights) <= most
    assert 1 < len(scales.weights) < 20
