"""A feed and its entries: which entry is which article, what is new, and when to look again."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from newsletter.errors import AfterglowError, FetchError

EVERY = timedelta(hours=1)  # how often a feed is asked
_LONGEST_WAIT = timedelta(days=1)
_SHORTEST_WORDS = 100  # letters; less than that may well be said twice


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed that is polled. `etag` and `modified` are what its server last called it; times are UTC.

    `fault` says why the last poll failed, `note` what was odd about a feed that could be read; both empty where all
    is well. What was there when `baselined_at` was set is never new.
    """

    id: int
    url: str
    title: str
    etag: str
    modified: str
    added_at: datetime
    due_at: datetime
    baselined_at: datetime | None
    polled_at: datetime | None
    failures: int
    fault: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What tells entries apart: the feed's own name for one, its address, and a digest of its words.

    `words` is how many letters the digest is of; `version` is a digest of all there is, so that an edit shows.
    """

    guid: str
    link: str
    digest: str
    version: str
    words: int = _SHORTEST_WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEntry:
    """An entry that was seen before. Without an `article_id` its page could not be read yet."""

    id: int
    guid: str
    link: str
    digest: str
    version: str
    article_id: int | None
    is_new: bool
    seen_at: datetime


def named(entries: Sequence[Identity]) -> list[Identity]:
    """The entries under names of their own: a guid that several of them share names none, their link and words do."""
    counts = Counter(entry.guid for entry in entries)
    return [
        entry if counts[entry.guid] == 1 else replace(entry, guid=f"{entry.link} {entry.digest}") for entry in entries
    ]


def distinct(entries: Sequence[Identity]) -> list[int]:
    """The positions of entries that are not repeats of an earlier one in the same document."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for position, entry in enumerate(entries):
        names = {("guid and link", f"{entry.guid} {entry.link}"), ("link and words", f"{entry.link} {entry.digest}")}
        if not names & seen:
            kept.append(position)
        seen |= names
    return kept


def match(entries: Sequence[Identity], known: Iterable[KnownEntry]) -> list[KnownEntry | None]:
    """Which known entry each entry is, in their order; None for one never seen.

    The guid counts first, then the link, then the words, each only where it names a single entry on both sides: feeds
    give every entry the same guid, link all of them to the home page, or give new guids to old posts.
    """
    free = {each.id: each for each in known}
    found: dict[int, KnownEntry] = {}
    for entry_key, known_key in _KEYS:
        theirs = _unambiguous({number: known_key(each) for number, each in free.items()})
        keys = {position: entry_key(entry) for position, entry in enumerate(entries)}
        for key, position in _unambiguous(keys).items():
            if position not in found and key in theirs:
                found[position] = free.pop(theirs[key])
    return [found.get(position) for position in range(len(entries))]


def same_address(link: str) -> str:
    """A link as it is compared: http and https, `www.` in front and a slash at the end make no difference.

    Empty where it leads to no page of its own, but to the home page of a site.
    """
    try:
        parts = urlsplit(link)
    except ValueError:
        return link
    path = parts.path.rstrip("/")
    if not (path or parts.query or parts.fragment):
        return ""
    host = parts.netloc.lower().removeprefix("www.")
    return f"{host}{path}?{parts.query}#{parts.fragment}"


def after_fault(error: AfterglowError, name: str, failures: int, now: datetime) -> tuple[str, datetime]:
    """What to say of a poll that failed, and when to look again. `name` is how the sentence begins that what lay there
    is gone; `failures` counts this one too."""
    wait = error.retry_after if isinstance(error, FetchError) else None
    if isinstance(error, FetchError) and error.status == 410:  # Gone: RFC 9110, 15.5.11
        return f"{name} is gone for good.", next_poll(now, failures, timedelta(days=1))
    return error.message, next_poll(now, failures, wait)


def next_poll(now: datetime, failures: int, retry_after: timedelta | None) -> datetime:
    """Hourly; after failures in a row twice as long each time, up to a day, and never before the server said."""
    wait = min(EVERY * (1 << min(failures, 10)), _LONGEST_WAIT)
    return now + max(wait, min(retry_after or timedelta(0), timedelta(days=30)))


def _unambiguous(keys: Mapping[int, str]) -> dict[str, int]:
    """Who has a key that nobody else has."""
    counts = Counter(keys.values())
    return {key: holder for holder, key in keys.items() if key and counts[key] == 1}


def _words(entry: Identity) -> str:
    return entry.digest if entry.words >= _SHORTEST_WORDS else ""


_KEYS: Sequence[tuple[Callable[[Identity], str], Callable[[KnownEntry], str]]] = (
    (lambda entry: entry.guid, lambda known: known.guid),
    (lambda entry: same_address(entry.link), lambda known: same_address(known.link)),
    (_words, lambda known: known.digest),
)
