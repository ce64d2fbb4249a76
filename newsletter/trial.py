"""A trial: one mail in plain words through the mail service, beside the ledger, and what the service tells of it."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from newsletter import asking
from newsletter.context import App, Clock
from newsletter.domain.delivery import Member, Outcome, Result
from newsletter.domain.edition import Edition
from newsletter.domain.event import Kind
from newsletter.domain.message import Message
from newsletter.errors import RefusedError
from newsletter.store import events, meta
from newsletter.store.events import Heard
from subscribers.address import normalise
from subscribers.consent import Stream

_FINAL = frozenset({Kind.DELIVERED, Kind.BOUNCED, Kind.COMPLAINED, Kind.REJECTED})
_TEXT = (
    "This is a test from Afterglow, sent because you asked for it.\n\n"
    "If you can read it, mail goes out. Nothing needs to be done.\n"
)
_HTML = "".join(f"<p>{paragraph}</p>" for paragraph in _TEXT.strip().split("\n\n"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A mail that was handed over; `since` is the last event that was known before."""

    service: str
    message: Message
    result: Result
    since: int


def send(app: App, address: str, now: datetime) -> Trial:
    """Sends the mail. Raises RefusedError while all mail is held or for a service that took it not, AudienceError for
    what is no address, ProviderError where the service does not take the call."""
    with app.database.read() as connection:
        if (hold := meta.held(connection)) is not None:
            raise RefusedError(f"All mail is held: {hold.reason}.", "Go on with: resume")
        since = events.latest(connection)
    message = _message(app, normalise(address), now)
    (result,) = app.provider.send(message.id, [message])
    if result.outcome is not Outcome.ACCEPTED:
        raise RefusedError(f"{app.provider.name} did not take the mail: {result.reason}", "Mend that, then try again.")
    return Trial(service=app.provider.name, message=message, result=result, since=since)


def heard(app: App, trial: Trial) -> list[Heard]:
    """What was told of the mail so far, in the order it came."""
    with app.database.read() as connection:
        return events.heard_since(
            connection, trial.service, trial.since, trial.message.id, trial.result.provider_message_id or ""
        )


def is_over(told: list[Heard]) -> bool:
    """Whether nothing more needs to be waited for."""
    return any(each.kind in _FINAL for each in told)


def is_followed(app: App) -> bool:
    """Whether the service tells anything afterwards, by itself or when it is asked."""
    return app.provider.name in app.hooks or asking.is_needed(app)


def ask(app: App, clock: Clock) -> None:
    """Asks the service now, unless it tells by itself. Raises ProviderError."""
    if asking.is_needed(app):
        asking.read_now(app, clock)


def _message(app: App, address: str, now: datetime) -> Message:
    """Its id is none of the ledger's: what is told of it changes no delivery."""
    edition = Edition(
        stream=Stream.SERVICE,
        language="en",
        subject="A test from Afterglow",
        preheader="",
        html=f"<!doctype html><html lang='en'><body>{_HTML}</body></html>",
        text=_TEXT,
    )
    nobody = Member(delivery_id=0, subscriber_id=0, email=address, name="", first_name="", practitioner="")
    (message,) = app.messages.build(edition, [nobody], now)
    return replace(message, id=f"{app.store_id}-test-{secrets.token_hex(6)}")
