"""Feedback: what mail services tell is kept at once, and its consequences are drawn by the clockwork."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from newsletter import hearing
from newsletter.context import App
from newsletter.domain.delivery import DeliveryState
from newsletter.domain.event import Event, Kind, Source, Weight
from newsletter.errors import HookError, NotFoundError
from newsletter.providers.hooks.base import HookCall, Reading
from newsletter.store import events
from newsletter.store.events import Mail, News, Told
from subscribers import store
from subscribers.consent import ConsentAction, Stream
from subscribers.store.insertion import suppress_addresses
from subscribers.suppression import ALL, Reason

log = logging.getLogger(__name__)

REST_AFTER_BOUNCES = timedelta(days=30)
MOST_SOFT_BOUNCES = 3
_REPLAY = 406  # the one answer after which Mailgun does not call again
_AT_ONCE = 2000  # events followed in one transaction
_TOKENS = timedelta(days=3)  # longer than any signature is believed


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An authentic call of a service, read."""

    service: str
    reading: Reading


def read(app: App, service: str, call: HookCall, now: datetime) -> Call:
    """Raises NotFoundError for a service whose hook is not set up, HookError for a call that is not to be believed."""
    hook = app.hooks.get(service)
    if hook is None:
        raise NotFoundError(f"No hook of {service} is set up here.", "Set its secret; see docs/operating.md.")
    return Call(service=service, reading=hook.read(call, now))


def keep(app: App, calls: Sequence[Call], now: datetime) -> list[HookError | None]:
    """Keeps what calls tell, durably, in one transaction; a repeated one adds nothing. Says which are not believed."""
    faults: list[HookError | None] = []
    told: list[tuple[str, Event]] = []
    with app.database.write() as connection:
        for call in calls:
            faults.append(_replay(connection, call, told, now))
            told += [] if faults[-1] else [(call.service, event) for event in call.reading.events]
        hearing.keep(app, connection, Source.HOOK, told, now)
    return faults


def receive(app: App, service: str, call: HookCall, now: datetime) -> None:
    """Both of the above, for one call. Raises what is wrong with it."""
    (fault,) = keep(app, [read(app, service, call, now)], now)
    if fault is not None:
        raise fault


def follow(app: App, now: datetime) -> None:
    """Draws the consequences of all that was told and not followed yet, some at a time; doing it again adds nothing."""
    with app.database.read() as connection:
        if not events.waiting(connection, now):
            return
    with app.database.write() as connection:
        store.lift_ended(connection, now)
    while _follow_some(app, now):
        pass


def forget(app: App, now: datetime) -> None:
    """Forgets the services' own words once they are old, or about somebody whose data was erased."""
    with app.database.write() as connection:
        events.forget_raw(connection, now - timedelta(days=app.settings.keep_events_days))
        events.forget_tokens(connection, now - _TOKENS)


def _replay(connection: Connection, call: Call, told: Sequence[tuple[str, Event]], now: datetime) -> HookError | None:
    """A token that comes again is good for nothing but the events it came with; `told` is what is about to be kept."""
    reading = call.reading
    if not reading.token or events.spend(connection, call.service, reading.token, now):
        return None
    keys = {event.key for event in reading.events} - {event.key for service, event in told if service == call.service}
    if keys <= events.known(connection, call.service, list(keys)):
        return None
    return HookError("The token has vouched for another event before.", _REPLAY)


def _follow_some(app: App, now: datetime) -> bool:
    with app.database.write() as connection:
        told = events.take(connection, _AT_ONCE, now)
        about = _about(connection, told)
        _move(connection, [(one, about[one.id]) for one in told if one.id in about and one.weight], now)
        _suppress(connection, [(one, about[one.id]) for one in told if one.id in about], now)
        _withdraw(connection, [(one, about[one.id]) for one in told if one.id in about])
    strangers = sum(one.id not in about and one.kind is not Kind.UNKNOWN for one in told)
    if strangers:
        log.warning("%d events are about mail that this store never sent; they are kept and change nothing.", strangers)
    return len(told) == _AT_ONCE


def _about(connection: Connection, told: Sequence[Told]) -> dict[int, Mail]:
    """The mail that each event is about, by the event's id; what is about none of ours is left out."""
    mails = events.mails(connection, (one.delivery_id for one in told if one.delivery_id))
    about = {one.id: mails[one.delivery_id] for one in told if one.delivery_id in mails}
    found: dict[int, int | None] = {}
    for one in told:
        if one.id in about:
            continue
        mail = events.mail_to(connection, one.address_hash, one.provider_message_id) if one.address_hash else None
        if mail is not None:
            about[one.id] = mail
        if mail is not None or one.delivery_id is not None:
            found[one.id] = mail.id if mail else None
    events.assign(connection, found)
    return about


def _move(connection: Connection, told: Sequence[tuple[Told, Mail]], now: datetime) -> None:
    """Of each mail the weightiest thing that was ever told of it."""
    best: dict[int, Told] = {}
    for one, mail in told:
        if mail.id not in best or (one.weight, one.at) >= (best[mail.id].weight, best[mail.id].at):
            best[mail.id] = one
    earlier = events.heaviest(connection, best, but=[one.id for one, _ in told])
    events.move(
        connection,
        [
            News(delivery_id=delivery_id, weight=one.weight, reason=_reason(one), at=one.at)
            for delivery_id, one in best.items()
            if one.weight >= earlier.get(delivery_id, 0)
        ],
    )
    in_doubt = {mail.call_id for _, mail in told if mail.state is DeliveryState.UNKNOWN and mail.call_id}
    events.settle_calls(connection, in_doubt, now)


def _reason(told: Told) -> str:
    why = f": {told.reason}" if told.reason else ""
    match told.weight:
        case Weight.REJECTED:
            return f"{told.provider} did not send it{why}"
        case Weight.SOFT_BOUNCE:
            return f"bounced for now{why}"
        case Weight.HARD_BOUNCE:
            return f"bounced for good{why}"
        case Weight.COMPLAINED:
            return "reported as spam"
    return ""


def _suppress(connection: Connection, told: Sequence[tuple[Told, Mail]], now: datetime) -> None:
    """For good after a hard bounce or a complaint; until a day to come after several soft bounces in a row."""
    rows = [
        _row(mail.address_hash, Reason.COMPLAINT if one.kind is Kind.COMPLAINED else Reason.HARD_BOUNCE, one)
        for one, mail in told
        if one.kind is Kind.COMPLAINED or (one.kind is Kind.BOUNCED and one.hard)
    ]
    soft = {mail.subscriber_id: (one, mail) for one, mail in told if one.weight == Weight.SOFT_BOUNCE}
    for subscriber_id in events.bounced_in_a_row(connection, soft, MOST_SOFT_BOUNCES):
        one, mail = soft[subscriber_id]
        rows.append(_row(mail.address_hash, Reason.SOFT_BOUNCE, one) | {"until": now + REST_AFTER_BOUNCES})
    suppress_addresses(connection, rows)


def _row(hashed: str, reason: Reason, told: Told) -> dict[str, object]:
    source = f"told by {told.provider}"
    return {"address_hash": hashed, "stream": ALL, "reason": reason, "source": source, "at": told.at, "until": None}


def _withdraw(connection: Connection, told: Sequence[tuple[Told, Mail]]) -> None:
    """Ends the stream of the mail she left by; unless she has agreed anew since."""
    for one, mail in told:
        if one.kind is not Kind.UNSUBSCRIBED:
            continue
        stream = mail.stream if one.provider_message_id or one.delivery_id else Stream.MARKETING
        latest = store.current(connection, mail.subscriber_id).get(stream)
        if latest is not None and latest.action is ConsentAction.GRANTED and latest.at > one.at:
            continue
        store.withdraw(connection, mail.subscriber_id, stream, source=f"told by {one.provider}", at=one.at)
