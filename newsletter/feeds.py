"""Feeds: polled when they are due, and what is new or edited in them becomes articles."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from newsletter import pictures
from newsletter.context import App, Clock
from newsletter.domain.article import Article
from newsletter.domain.feed import Feed, Identity, KnownEntry, after_fault, distinct, match, named, next_poll
from newsletter.errors import AfterglowError, InputError
from newsletter.reading.encoding import declared_charset, decode
from newsletter.reading.entries import Draft, checked, draft_of, fuller
from newsletter.reading.feeds import ACCEPT, FeedDocument, feed_address, no_feed, read_feed
from newsletter.reading.fetch import Fetched, conditions, fetch
from newsletter.reading.illustrations import loader
from newsletter.reading.source import read_page
from newsletter.store import articles, feeds

_LEASE = timedelta(minutes=10)
_BUDGET = timedelta(seconds=60)  # of one poll, so that mail never waits long behind a slow site
_PATIENCE = timedelta(days=1)  # with a page that does not answer; then the feed's own words must do


class Happened(StrEnum):
    BASELINE = "baseline"  # it was there before the feed was added: never mailed by itself
    NEW = "new"
    EDITED = "edited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What one poll of a feed brought: articles by their id. `fault` says why it brought nothing, `notes` what was odd.

    Where `unchanged`, the server said that the feed is as it was.
    """

    feed: Feed
    articles: tuple[tuple[int, Happened, str], ...] = ()
    unchanged: bool = False
    fault: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """An entry ready to be recorded; without an `article` its page is to be tried again."""

    identity: Identity
    known: KnownEntry | None
    article: Article | None
    day: date | None = None  # on which it was published, as the feed says

    @property
    def waits(self) -> bool:
        return self.article is None and (self.known is None or self.known.article_id is None)


def add(app: App, url: str, now: datetime) -> Feed:
    """Keeps the feed at an address, or the one that the page there names. Raises InputError where there is none.

    It is due at once: the first poll takes what is there as its baseline.
    """
    fetched = _fetch(app, url)
    try:
        document = _document(fetched)
    except InputError:
        address = feed_address(_text(fetched), fetched.url)
        if address is None:
            raise no_feed(url) from None
        url, fetched = address, _fetch(app, address)
        document = _document(fetched)
    with app.database.write() as connection:
        return feeds.get(connection, feeds.add(connection, fetched.moved_to or url, document.title, now))


def poll_due(app: App, clock: Clock) -> Polled | None:
    """Polls the feed that has been due longest; None where none is. What goes wrong stands in the outcome."""
    with app.database.write() as connection:
        feed = feeds.claim(connection, clock(), _LEASE)
    return _poll(app, feed, clock) if feed else None


def poll_all(app: App, clock: Clock) -> Iterator[Polled]:
    """Polls every feed now, due or not."""
    with app.database.read() as connection:
        known = feeds.all_feeds(connection)
    for each in known:
        with app.database.write() as connection:
            feed = feeds.claim(connection, clock(), _LEASE, each.id)
        if feed:
            yield _poll(app, feed, clock)


def _poll(app: App, feed: Feed, clock: Clock) -> Polled:
    try:
        fetched = _fetch(app, feed.url, conditions(feed.etag, feed.modified))
        if fetched.unchanged:
            return _still_the_same(app, feed, clock())
        document = _document(fetched)
        return _take(app, _settled(app, feed, fetched, document), fetched, document, clock)
    except AfterglowError as error:
        return _fault(app, feed, error, clock())


def _fault(app: App, feed: Feed, error: AfterglowError, now: datetime) -> Polled:
    fault, due_at = after_fault(error, feed.url, feed.failures + 1, now)
    with app.database.write() as connection:
        feeds.failed(connection, feed.id, fault, due_at, now)
    return Polled(feed=feed, fault=fault)


def _still_the_same(app: App, feed: Feed, now: datetime) -> Polled:
    with app.database.write() as connection:
        due_at = next_poll(now, 0, None)
        feeds.polled(connection, feed, due_at=due_at, now=now, etag=feed.etag, modified=feed.modified, note=feed.note)
    return Polled(feed=feed, unchanged=True)


def _settled(app: App, feed: Feed, fetched: Fetched, document: FeedDocument) -> Feed:
    """The feed where it lies for good, under its present title."""
    url = fetched.moved_to or feed.url
    with app.database.read() as connection:
        taken = url != feed.url and feeds.by_address(connection, url) is not None
    return replace(feed, url=feed.url if taken else url, title=document.title or feed.title)


def _take(app: App, feed: Feed, fetched: Fetched, document: FeedDocument, clock: Clock) -> Polled:
    with app.database.read() as connection:
        known = feeds.entries(connection, feed.id)
    drafts = [draft for entry in reversed(document.entries) if (draft := draft_of(entry, fetched.url))]
    reader = _Reader(app, feed, clock)
    read = [reader.read(draft, seen) for draft, seen in _matched(drafts, known)]
    now = clock()
    with app.database.write() as connection:
        outcome = [done for each in read if each and (done := _record(connection, feed, each, now))]
        waits = any(each and each.waits for each in read)
        feeds.polled(
            connection,
            feed,
            due_at=next_poll(now, 0, None),
            now=now,
            etag="" if waits else fetched.etag,  # asked without, the feed comes again with what is still to be read
            modified="" if waits else fetched.modified,
            note=document.note,
        )
    return Polled(feed=feed, articles=tuple(outcome), notes=(*filter(None, (document.note,)), *reader.notes))


def _matched(drafts: Sequence[Draft], known: Sequence[KnownEntry]) -> list[tuple[Draft, KnownEntry | None]]:
    identities = named([draft.identity for draft in drafts])
    kept = distinct(identities)
    chosen = [replace(drafts[position], identity=identities[position]) for position in kept]
    return list(zip(chosen, match([draft.identity for draft in chosen], known), strict=True))


def _record(connection: Connection, feed: Feed, read: _Read, now: datetime) -> tuple[int, Happened, str] | None:
    """Keeps an article with its entry. Returns what is worth telling."""
    if read.known is not None and read.known.article_id is not None:
        return _renew(connection, read, read.known, read.known.article_id, now)
    article_id, is_new = None, feed.baselined_at is not None and _is_recent(read.day, feed.baselined_at)
    if read.article is not None:
        is_new = is_new and not articles.is_old(connection, read.article.source)
        article_id, _ = articles.save(connection, read.article, now)
    if read.known is None:
        feeds.see(connection, feed.id, read.identity, article_id=article_id, is_new=is_new, now=now)
    else:
        is_new = read.known.is_new
        feeds.renew(connection, read.known.id, read.identity, article_id=article_id, edited_at=None)
    if article_id is None or read.article is None:
        return None
    return article_id, Happened.NEW if is_new else Happened.BASELINE, read.article.title


def _renew(
    connection: Connection, read: _Read, known: KnownEntry, article_id: int, now: datetime
) -> tuple[int, Happened, str] | None:
    edited = read.article is not None and articles.bring_up_to_date(connection, article_id, read.article, now)
    edited_at = now if edited else None
    feeds.renew(connection, known.id, read.identity, article_id=article_id, edited_at=edited_at)
    return (article_id, Happened.EDITED, read.article.title) if edited and read.article else None


def _is_recent(day: date | None, baselined_at: datetime) -> bool:
    """A feed that begins to show more of its past shows nothing new."""
    return day is None or day >= baselined_at.date() - timedelta(days=1)


class _Reader:
    """Reads entries in full, within the time of one poll."""

    def __init__(self, app: App, feed: Feed, clock: Clock) -> None:
        self.app = app
        self.is_baseline = feed.baselined_at is None
        self.clock = clock
        self.until = clock() + _BUDGET
        self.notes: list[str] = []

    def read(self, draft: Draft, known: KnownEntry | None) -> _Read | None:
        """None for an entry that is as it was."""
        if known and known.version == draft.identity.version and (known.article_id is not None or not known.is_new):
            return (
                None if _is_named(known, draft.identity) else _Read(identity=draft.identity, known=known, article=None)
            )
        article = self._article(draft, known)
        if article is None and known and known.article_id is not None:
            return None  # an edit whose page does not answer: what we have stays, and the edit is seen again
        return _Read(identity=draft.identity, known=known, article=article, day=draft.article.date)

    def _article(self, draft: Draft, known: KnownEntry | None) -> Article | None:
        """None where the page that it needs does not answer, and may do so next time."""
        article = draft.article
        try:
            if draft.needs_page:
                article = fuller(article, self._page(article.source))
            article = checked(article)
        except InputError as error:
            self.notes.append(error.message)
            if self._may_wait(known) or not draft.article.blocks:
                return None
            article = draft.article
        return article if self.is_baseline else self._with_pictures(article)

    def _page(self, address: str) -> Article:
        if self.clock() >= self.until:
            raise InputError(f"There was no time left to read {address}.")
        return read_page(address, _fetch(self.app, address))

    def _with_pictures(self, article: Article) -> Article:
        load = loader(allow_private=self.app.settings.allow_private_addresses)
        taken, notes = pictures.take_in(article, load, self.app.settings.home)
        self.notes += notes
        return taken

    def _may_wait(self, known: KnownEntry | None) -> bool:
        if known is None:
            return not self.is_baseline
        return known.article_id is not None or self.clock() - known.seen_at < _PATIENCE


def _is_named(known: KnownEntry, identity: Identity) -> bool:
    return (known.guid, known.link, known.digest) == (identity.guid, identity.link, identity.digest)


def _fetch(app: App, url: str, headers: dict[str, str] | None = None) -> Fetched:
    asked = {"Accept": ACCEPT} | (headers or {})
    return fetch(url, allow_private=app.settings.allow_private_addresses, headers=asked)


def _document(fetched: Fetched) -> FeedDocument:
    return read_feed(fetched.body, fetched.url, fetched.content_type, fetched.charset)


def _text(fetched: Fetched) -> str:
    return decode(fetched.body, fetched.url, fetched.charset or declared_charset(fetched.body))
