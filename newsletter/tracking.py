"""Tracking: a link of a newsletter leads where it led; what its reader opens and follows is noted, if she agrees."""

from collections.abc import Sequence
from datetime import datetime

from newsletter.context import App
from newsletter.domain.event import Kind
from newsletter.domain.tracking import SOON, Seen, Visit, is_machine, may_be_noted, scan_of
from newsletter.rendering.tracking import followable
from newsletter.store import tracking as store
from newsletter.store.tracking import Mail
from subscribers.consent import Stream


def follow(app: App, token: str, number: str, visit: Visit, now: datetime) -> tuple[str | None, Seen | None]:
    """Where a link leads, and what is to be noted of it; None for what leads nowhere, or is not to be noted.

    The target comes from the store alone: nothing in the address of the link says where it leads.
    """
    delivery_id = app.links.read_track(token)
    if delivery_id is None or not (number.isascii() and number.isdecimal() and len(number) <= 4):
        return None, None
    with app.database.read() as connection:
        mail = store.mail(connection, delivery_id)
        url = store.target(connection, mail.edition_id, int(number)) if mail else None
    if mail is None or url is None:
        return None, None
    seen = _seen(app, mail, visit, now, Kind.CLICKED, int(number))
    return followable(url), seen


def look(app: App, token: str, visit: Visit, now: datetime) -> Seen | None:
    """What is to be noted when the picture of a mail is fetched."""
    delivery_id = app.links.read_track(token)
    if delivery_id is None or not app.tracking.opens:
        return None
    with app.database.read() as connection:
        mail = store.mail(connection, delivery_id)
    return _seen(app, mail, visit, now, Kind.OPENED) if mail else None


def keep(app: App, seen: Sequence[Seen], now: datetime) -> list[None]:
    """Notes what was seen, in one transaction. A scan is known only by its last link: its first ones are relabelled."""
    with app.database.write() as connection:
        store.keep(connection, seen, now)
        for each in seen:
            if each.link is not None:
                store.unmask(connection, each.delivery_id, each.at - SOON, scan_of(each.links))
    return [None] * len(seen)


def wish(app: App, subscriber_id: int) -> bool | None:
    """Whether a reader allows to be noted; None where she never said."""
    with app.database.read() as connection:
        return store.wish_of(connection, subscriber_id)


def set_wish(app: App, subscriber_id: int, *, allowed: bool, wording: str, now: datetime) -> None:
    """Her word from now on, and the words she was asked with. A no also forgets what was noted before."""
    with app.database.write() as connection:
        store.set_wish(connection, subscriber_id, allowed=allowed, wording=wording, at=now)


def _seen(app: App, mail: Mail, visit: Visit, now: datetime, kind: Kind, link: int | None = None) -> Seen | None:
    """None where nothing may be noted: tracking is off, this is no newsletter, or the reader has not agreed."""
    if not app.tracking.notes(kind) or mail.stream is not Stream.MARKETING or mail.erased:
        return None
    if not may_be_noted(mail.wish, asks=app.settings.track_asks):
        return None
    machine = is_machine(visit, now, mail.handed_over_at)
    return Seen(kind=kind, delivery_id=mail.id, machine=machine, at=now, link=link, links=mail.links)
