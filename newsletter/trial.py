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
from newsletter.errors import NotFoundError, RefusedError
from newsletter.providers.base import Provider
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


def send(app: App, address: str, now: datetime, through: str | None = None) -> Trial:
    """Sends the mail, through the first mail service unless another is named.

    Raises NotFoundError for a service that is not set up, RefusedError while all mail is held or for a service that
    took it not, AudienceError for what is no address, ProviderError where the service does not take the call.
    """
    provider = _provider(app, through)
    with app.database.read() as connection:
        if (hold := meta.held(connection)) is not None:
            raise RefusedError(f"All mail is held: {hold.reason}.", "Go on with: resume")
        since = events.latest(connection)
    message = _message(app, normalise(address), now)
    (result,) = provider.send(message.id, [message])
    if result.outcome is not Outcome.ACCEPTED:
        raise RefusedError(f"{provider.name} did not take the mail: {result.reason}", "Mend that, then try again.")
    return Trial(service=provider.name, message=message, result=result, since=since)


def heard(app: App, trial: Trial) -> list[Heard]:
    """What was told of the mail so far, in the order it came."""
    with app.database.read() as connection:
        return events.heard_since(
            connection, trial.service, trial.since, trial.message.id, trial.result.provider_message_id or ""
        )


def is_over(told: list[Heard]) -> bool:
    """Whether nothing more needs to be waited for."""
    return any(each.kind in _FINAL for each in told)


def is_followed(app: App, trial: Trial) -> bool:
    """Whether the service tells anything afterwards, by itself or when it is asked."""
    return trial.service in app.hooks or bool(asking.readings_of(app, trial.service))


def ask(app: App, trial: Trial, clock: Clock) -> None:
    """Asks the service now, unless it tells by itself. Raises ProviderError."""
    asking.read_now(app, trial.service, clock)


def _provider(app: App, name: str | None) -> Provider:
    if name is None:
        return app.provider
    if (found := app.service(name)) is None:
        known = " or ".join(each.name for each in app.services)
        raise NotFoundError(f"{name} is not set up here.", f"Name {known}, or set provider or fallback_provider.")
    return found


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
