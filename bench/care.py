"""Care: sessions are recorded and planned; their first step is composed, claimed and handed over when it is due."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial

from bench import homes
from bench.ours import MAILGUN
from bench.readers import NOW, email
from bench.section import Action, Figures, Setting
from newsletter import aftercare, worker
from newsletter.context import App
from newsletter.providers.silent import SilentProvider
from subscribers.consent import Stream

_LATER = NOW + timedelta(hours=4)  # the same day's step is due three hours after a session


def prepare(setting: Setting) -> None:
    with homes.opened(setting.home) as app, app.database.write() as connection:
        homes.add_readers(connection, app.key, setting.number + 1, Stream.CARE)


@contextmanager
def first_steps(setting: Setting) -> Iterator[Action]:
    """With a service that takes everything at once, so that no call is in the figures."""
    with homes.opened(setting.home, MAILGUN) as opened:
        app = replace(opened, provider=SilentProvider(opened.provider))
        last = setting.number + 1
        _care(app, [last])  # the first one warms up what a running worker has warm
        yield partial(_care, app, range(1, last))
        homes.require_accepted(app, last)


def _care(app: App, readers: Iterable[int]) -> Figures:
    for each in readers:
        aftercare.add_session(app, email=email(each), services=["relaxation"], ended_at=NOW, now=NOW)
    worker.tick(app, lambda: _LATER)
    return {}
