"""An idle beat: nothing is due, whatever waits for its time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection, insert

from bench import homes
from bench.readers import NOW
from bench.section import Action, Figures, Setting
from newsletter import worker
from newsletter.context import App
from newsletter.domain.aftercare import SessionState
from newsletter.domain.delivery import PRIORITY, DeliveryState
from newsletter.store.tables import delivery, session
from subscribers.consent import Stream

_READERS = 5_000
_STEPS = 5  # a session's
_CHUNK = 10_000
_DAYS = 90  # over which the steps are spread


def prepare_ten_thousand(setting: Setting) -> None:
    _prepare(setting, 10_000)


def prepare_a_million(setting: Setting) -> None:
    _prepare(setting, 1_000_000)


@contextmanager
def beats(setting: Setting) -> Iterator[Action]:
    with homes.opened(setting.home) as app:
        worker.tick(app, lambda: NOW)  # the first one warms up what a running worker has warm
        yield partial(_beat, app, setting.number)


def _beat(app: App, number: int) -> Figures:
    for _ in range(number):
        worker.tick(app, lambda: NOW)
    return {}


def _prepare(setting: Setting, waiting: int) -> None:
    with homes.opened(setting.home) as app, app.database.write() as connection:
        homes.add_readers(connection, app.key, _READERS, Stream.CARE)
        sessions = waiting // _STEPS
        for start in range(1, sessions + 1, _CHUNK):
            _plan(connection, range(start, min(start + _CHUNK, sessions + 1)))


def _plan(connection: Connection, ids: range) -> None:
    ended = {"services": ["relaxation"], "practitioner": "", "ended_at": NOW, "flags": []}
    stands = {"state": SessionState.COMPLETED.value, "created_at": NOW, "changed_at": NOW}
    people = [{"id": each, "subscriber_id": each % _READERS + 1} for each in ids]
    connection.execute(insert(session), [each | ended | stands for each in people])
    steps = [
        {"session_id": each["id"], "subscriber_id": each["subscriber_id"], "step": f"step-{step}"}
        | _waiting(each["id"] + step)
        for each in people
        for step in range(_STEPS)
    ]
    connection.execute(insert(delivery), steps)


def _waiting(number: int) -> dict[str, object]:
    due = NOW + timedelta(days=1 + number % _DAYS, minutes=number % 60)
    care = {"stream": Stream.CARE.value, "priority": PRIORITY[Stream.CARE], "state": DeliveryState.QUEUED.value}
    return care | {"planned_at": due, "due_at": due, "expires_at": due + timedelta(hours=20), "created_at": NOW}
