"""The addresses that mail services and booking programs call: kept before they are answered, and never answered with
a fault of ours."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from newsletter import feedback, notices
from newsletter.context import App, Clock
from newsletter.errors import HookError, StoreError
from newsletter.providers.hooks.base import HookCall
from newsletter.web.counter import Counter

MOST_BYTES = 2 * 1024 * 1024  # of a call: SendGrid's largest are 768 KB
MOST_BOOKING_BYTES = 256 * 1024  # of a call about one booking, with all the answers that a client gave
_BETWEEN = timedelta(minutes=1)  # two log lines about calls that were refused
_TRY_AGAIN = 503

log = logging.getLogger(__name__)


def pages(app: App, clock: Clock) -> Blueprint:
    """One route for every mail service, and one for every booking program."""
    hooks = Blueprint("hooks", __name__)
    complaints = _Complaints()
    counter: Counter[feedback.Call] = Counter(lambda calls: feedback.keep(app, calls, clock()))
    desk: Counter[notices.Call] = Counter(lambda calls: notices.keep(app, calls, clock()))

    @hooks.post("/hooks/<service>")
    def receive(service: str) -> ResponseReturnValue:
        return answered(service, MOST_BYTES, lambda call, now: counter.bring(feedback.read(app, service, call, now)))

    @hooks.post("/bookings/<source>")
    def book(source: str) -> ResponseReturnValue:
        return answered(source, MOST_BOOKING_BYTES, lambda call, now: desk.bring(notices.read(app, source, call, now)))

    def answered(service: str, most: int, bring: Callable[[HookCall, datetime], None]) -> ResponseReturnValue:
        request.max_content_length = most
        now = clock()
        headers = {name.lower(): value for name, value in request.headers.items()}
        call = HookCall(headers=headers, body=request.get_data(cache=False))
        try:
            bring(call, now)
        except HookError as error:
            complaints.note(service, error, now)
            return error.message, error.status
        except StoreError as error:  # a full disk, mostly: the service is to call again
            log.error("What %s told could not be kept. %s", service, error)
            return "It could not be kept.", _TRY_AGAIN
        return "", 200

    return hooks


class _Complaints:
    """Says in the log that calls are refused, now and then: whoever calls at random must not fill it."""

    def __init__(self) -> None:
        self._said: dict[str, datetime] = {}

    def note(self, service: str, error: HookError, now: datetime) -> None:
        last = self._said.get(service)
        if last is None or now - last >= _BETWEEN:
            self._said[service] = now
            log.warning("A call to the hook of %s was refused (%d). %s", service, error.status, error.message)
