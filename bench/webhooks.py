"""Webhooks: what mail services tell is read, believed and kept durably, before they get their answer.

Called as a WSGI application: the HTTP server around it is not in the figures.
"""

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from wsgiref.types import WSGIApplication, WSGIEnvironment

from sqlalchemy import func, select
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from bench import homes
from bench.readers import NOW, email
from bench.section import Action, Figures, Setting
from newsletter.context import App
from newsletter.store.tables import event
from newsletter.web import create_app

_SECRET = "a-long-secret-of-the-benchmarks"  # noqa: S105 - of nothing but this
_SECRETS = {"postmark_webhook_secret": _SECRET, "mailjet_webhook_secret": _SECRET}
_HEADERS = Headers({"Authorization": "Basic " + b64encode(f"hook:{_SECRET}".encode()).decode()})


@contextmanager
def single(setting: Setting) -> Iterator[Action]:
    """Postmark's: a call for every event."""
    with homes.opened(setting.home, _SECRETS) as app:
        yield from _called(app, setting.number, "postmark", (_delivery(app, each) for each in _numbers(setting)))


@contextmanager
def batches(setting: Setting) -> Iterator[Action]:
    """Mailjet's: an array of a thousand events a call."""
    with homes.opened(setting.home, _SECRETS) as app:
        told = [_sent(app, each) for each in _numbers(setting)]
        calls = (told[start : start + 1000] for start in range(0, len(told), 1000))
        yield from _called(app, setting.number, "mailjet", calls)


def _called(app: App, number: int, service: str, bodies: Iterable[object]) -> Iterator[Action]:
    calls = [
        EnvironBuilder(f"/hooks/{service}", method="POST", data=json.dumps(body), headers=_HEADERS).get_environ()
        for body in bodies
    ]
    yield partial(_tell, create_app(app, lambda: NOW), calls)
    with app.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(event)).scalar_one() == number


def _tell(web: WSGIApplication, calls: Sequence[WSGIEnvironment]) -> Figures:
    for call in calls:
        _, status, _ = run_wsgi_app(web, call)
        assert status == "200 OK", status
    return {}


def _numbers(setting: Setting) -> range:
    return range(1, setting.number + 1)


def _delivery(app: App, number: int) -> object:
    told = {"RecordType": "Delivery", "MessageID": f"00000000-0000-4000-8000-{number:012}", "Recipient": email(number)}
    return told | {"DeliveredAt": NOW.isoformat(), "Metadata": {"mid": f"{app.store_id}-{number}"}}


def _sent(app: App, number: int) -> object:
    told = {"event": "sent", "time": int(NOW.timestamp()), "MessageID": number, "email": email(number)}
    return told | {"CustomID": f"{app.store_id}-{number}", "smtp_reply": "sent (250 2.0.0 OK)"}
