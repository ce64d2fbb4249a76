"""Sign-up: an address asks for mail, and whoever reads its mailbox confirms.

Whether an address is known, new, suppressed or asked for a moment ago: the page says the same, so that nobody can find
out by it who is a client. What differs is the mail that goes to the address, and whether one does.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from newsletter.context import App
from newsletter.errors import NotFoundError
from newsletter.rendering import compose
from newsletter.store import confirmations, editions
from subscribers import store
from subscribers.consent import SIGN_UP, Basis, ConsentAction, ConsentRecord, Stream, in_force, offer
from subscribers.errors import AudienceError
from subscribers.subscriber import Details, Subscriber, details

_MOST_A_DAY = 3  # mails that anybody can have sent to one address
_BETWEEN = timedelta(minutes=2)


class Mail(StrEnum):
    """The mails of the service stream: each is asked for by a person, and says so. The value begins its words."""

    CONFIRM = "confirm"
    WELCOME = "welcome"
    LINK = "link"
    DATA = "data"


_BUTTONS = {
    Mail.CONFIRM: "[[ confirm_url ]]",
    Mail.WELCOME: "[[ preferences_url ]]",
    Mail.LINK: "[[ preferences_url ]]",
    Mail.DATA: "[[ data_url ]]",
}


def ask_to_join(
    app: App, *, email: str, streams: Collection[Stream], wording: str, language_tag: str, now: datetime
) -> None:
    """Notes what was asked for as pending, and sends the mail by which it is confirmed.

    Who already gets all of it is sent the link to her settings instead. `wording` is what the page said, in the words
    she saw. Nothing says whether a mail goes out. Raises AudienceError for what is no address.
    """
    person = details(email, language=language_tag)
    with app.database.write() as connection:
        known = _known_or_new(app, connection, person, now)
        lacking = _lacking(connection, known, streams, now)
        if not _may_be_written_to(connection, known, now):
            return
        pending = [_ask(connection, known, stream, wording, now) for stream in lacking]
        if lacking and not any(pending):  # a bounce or a complaint: nothing leaves
            return
        _send(app, connection, known, Mail.CONFIRM if lacking else Mail.LINK, now)


def confirm(app: App, token: str, now: datetime) -> Subscriber:
    """Grants what the reader of the link asked for; doing it again changes nothing.

    Raises NotFoundError for a link that is nobody's, or is older than a week.
    """
    subscriber_id = confirming(app, token, now)
    with app.database.write() as connection:
        person = store.get(connection, subscriber_id)
        pending = [each for each in store.current(connection, subscriber_id).values() if _waits(each)]
        for record in pending:
            granted = offer(
                record.stream,
                Basis.EXPRESS,
                country=person.country or app.studio.country,
                source=record.source,
                at=now,
                wording=record.wording,
            )
            try:
                store.grant(connection, subscriber_id, granted, own_act=True)
            except AudienceError as error:  # meanwhile her address bounced, or she was erased
                raise _over() from error
        if pending:
            _send(app, connection, person, Mail.WELCOME, now)
    return person


def confirming(app: App, token: str, now: datetime) -> int:
    """Whose link it is; looking changes nothing. Raises NotFoundError as `confirm` does."""
    subscriber_id = app.links.read_confirm(token, now)
    if subscriber_id is None:
        raise _over()
    return subscriber_id


def send_mail(app: App, *, email: str, mail: Mail, now: datetime) -> None:
    """Sends a link to the settings or to one's own data, if the address is known; nothing says whether it is.

    Raises AudienceError for what is no address.
    """
    with app.database.write() as connection:
        known = store.find(connection, email)
        if known is not None and _may_be_written_to(connection, known, now):
            _send(app, connection, known, mail, now)


def _over() -> NotFoundError:
    return NotFoundError("This link is over, or not complete.", "Sign up once more; a new one comes by mail.")


def _known_or_new(app: App, connection: Connection, person: Details, now: datetime) -> Subscriber:
    """The person of that address. Whose data was erased can ask to come back, and is erased again if she does not
    confirm (newsletter.retention)."""
    known = store.find(connection, person.email)
    if known is not None:
        return known
    try:
        return store.add(connection, person, key=app.key, now=now, source=SIGN_UP)
    except AudienceError:
        return store.readmit(connection, person, key=app.key, now=now, source=SIGN_UP)


def _may_be_written_to(connection: Connection, known: Subscriber, now: datetime) -> bool:
    """Not over and over: anybody can type anybody's address into a form."""
    lately = confirmations.queued_since(connection, known.id, now - _BETWEEN)
    return not lately and confirmations.queued_since(connection, known.id, now - timedelta(days=1)) < _MOST_A_DAY


def _lacking(connection: Connection, known: Subscriber, streams: Collection[Stream], now: datetime) -> list[Stream]:
    """The streams that were asked for and do not reach her yet."""
    current = store.current(connection, known.id)
    return [stream for stream in sorted(streams) if not in_force(current.get(stream), now)]


def _ask(connection: Connection, known: Subscriber, stream: Stream, wording: str, now: datetime) -> bool:
    """Notes her wish as pending. False where the address must not be written to at all."""
    wish = ConsentRecord(
        stream=stream, action=ConsentAction.PENDING, basis=Basis.EXPRESS, source=SIGN_UP, wording=wording, at=now
    )
    try:
        store.grant(connection, known.id, wish, own_act=True)
        store.allow_service(connection, known.id)
    except AudienceError:
        return False
    return True


def _waits(record: ConsentRecord) -> bool:
    return record.action is ConsentAction.PENDING and record.source == SIGN_UP


def _send(app: App, connection: Connection, person: Subscriber, mail: Mail, now: datetime) -> None:
    """In her language; nothing that anybody typed is in it."""
    spoken = person.language or app.studio.language
    edition = compose.worded(mail, spoken, _BUTTONS[mail], app.studio, app.templates)
    confirmations.queue(connection, person.id, editions.save(connection, edition, now), now)
