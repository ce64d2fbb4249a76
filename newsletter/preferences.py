"""Preferences: what a reader decides about her own mail, by the link in any of it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from newsletter.context import App
from newsletter.errors import NotFoundError
from newsletter.rendering.links import ALL, Scope
from subscribers import store
from subscribers.consent import Basis, Stream, in_force, offer
from subscribers.errors import AudienceError
from subscribers.subscriber import Frequency, Subscriber
from subscribers.suppression import Reason

SOURCE = "preferences page"
PAUSE = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What a reader gets now. `topics` are those she chose of the studio's; `paused_until` is aware, UTC. `is_refused`
    where what she turned on stays off: mail to her came back for good, or she reported one as spam."""

    newsletter: bool
    care: bool
    language: str
    topics: frozenset[str] = frozenset()
    frequency: Frequency = Frequency.EVERY
    paused_until: datetime | None = None
    is_refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a reader wishes: of the newsletter and how often, care notes, her language, her topics, whether to pause."""

    newsletter: bool
    care: bool
    language: str
    topics: frozenset[str] = frozenset()
    frequency: Frequency = Frequency.EVERY
    pause: bool = False


def read_link(app: App, token: str) -> Scope:
    """What the link in a mail ends; looking changes nothing. Raises NotFoundError for one that is nobody's."""
    _, scope = _reader(app, token)
    return scope


def language_of(app: App, token: str) -> str:
    """The language its reader is spoken to in; of one who was erased nothing is known. Raises NotFoundError."""
    person, _ = _reader(app, token)
    return person.language


def reader(app: App, token: str) -> Subscriber:
    """Whose link it is. Raises NotFoundError for one that is nobody's, or hers no more since she was erased."""
    person, _ = _reader(app, token)
    if not person.email:
        raise _nobodys()
    return person


def unsubscribe(app: App, token: str, now: datetime, *, everything: bool = False) -> Scope:
    """Ends the stream that the link in a mail was for, or `everything`, at once; doing it again changes nothing.

    Returns what was left. Raises NotFoundError for a link that is nobody's.
    """
    person, scope = _reader(app, token)
    left = ALL if everything else scope
    with app.database.write() as connection:
        stream = left if isinstance(left, Stream) else None
        store.withdraw(connection, person.id, stream, source="unsubscribe link", at=now)
    return left


def read(app: App, token: str, now: datetime) -> Preferences:
    """What she gets now. Raises NotFoundError for a link that is nobody's."""
    person = reader(app, token)
    with app.database.read() as connection:
        return _preferences(app, connection, person, now)


def choose(app: App, token: str, choice: Choice, now: datetime) -> Preferences:
    """Does as she wishes, at once, and returns what holds from now on; what she left as it was is not touched.

    Whoever holds the link reads her mailbox, so a stream that she turns on again needs no further mail to confirm it.
    Raises NotFoundError for a link that is nobody's.
    """
    person = reader(app, token)
    with app.database.write() as connection:
        before = _preferences(app, connection, person, now)
        taken = [
            _set(app, connection, person, Stream.MARKETING, (before.newsletter, choice.newsletter), now),
            _set(app, connection, person, Stream.CARE, (before.care, choice.care), now),
        ]
        _set_topics(app, connection, person, choice.topics)
        if (choice.language, choice.frequency, choice.topics) != (person.language, person.frequency, before.topics):
            store.wish(connection, person.id, language=choice.language, frequency=choice.frequency, at=now)
        if choice.pause != (before.paused_until is not None):
            store.pause(connection, person.id, until=now + PAUSE if choice.pause else None, source=SOURCE, at=now)
        person = store.get(connection, person.id)
        return replace(_preferences(app, connection, person, now), is_refused=not all(taken))


def _preferences(app: App, connection: Connection, person: Subscriber, now: datetime) -> Preferences:
    return Preferences(
        newsletter=_gets(connection, person, Stream.MARKETING, now),
        care=_gets(connection, person, Stream.CARE, now),
        language=person.language,
        topics=frozenset(app.settings.topics) & set(person.tags),
        frequency=person.frequency,
        paused_until=store.paused_until(connection, person.id, now),
    )


def _gets(connection: Connection, person: Subscriber, stream: Stream, now: datetime) -> bool:
    hashed = store.hash_of(connection, person.id)
    entries = [each for each in store.suppressions(connection, hashed) if each.reason is not Reason.PAUSE]
    blocked = any(each.stops(stream) and (each.until is None or each.until > now) for each in entries)
    return not blocked and in_force(store.current(connection, person.id).get(stream), now)


def _set(
    app: App, connection: Connection, person: Subscriber, stream: Stream, change: tuple[bool, bool], now: datetime
) -> bool:
    """False where the stream cannot be turned on: only what she said herself can she take back herself."""
    match change:
        case (True, False):
            store.withdraw(connection, person.id, stream, source=SOURCE, at=now)
        case (False, True):
            country = person.country or app.studio.country
            granted = offer(stream, Basis.EXPRESS, country=country, source=SOURCE, at=now)
            try:
                store.grant(connection, person.id, granted, own_act=True)
            except AudienceError:
                return False
    return True


def _set_topics(app: App, connection: Connection, person: Subscriber, topics: frozenset[str]) -> None:
    offered = set(app.settings.topics)
    store.add_tags(connection, person.id, sorted(offered & topics))
    store.remove_tags(connection, person.id, sorted(offered - topics))


def _reader(app: App, token: str) -> tuple[Subscriber, Scope]:
    """Whose link it is, and what it ends. Nobody's: one that is not ours, or of a person whose import was undone."""
    found = app.links.read_unsubscribe(token)
    if found is None:
        raise _nobodys()
    try:
        with app.database.read() as connection:
            return store.get(connection, found[0]), found[1]
    except AudienceError as error:
        raise _nobodys() from error


def _nobodys() -> NotFoundError:
    return NotFoundError(
        "This link is not complete.",
        "Open it from the mail once more, or reply to the mail and ask to be left out.",
    )
