"""A subscriber: a person who may be mailed, as she is known and greeted."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from subscribers import address, place
from subscribers.errors import AudienceError

NAME_LENGTH = 200
TAG_LENGTH = 60
_DROPPED = frozenset({"Cc", "Cs", "Co", "Cn"})  # controls, halves of characters, and what no font knows
_TURNING = frozenset("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "dame"}) | frozenset(
    {"herr", "frau", "m", "mme", "mlle", "monsieur", "madame", "sr", "sra", "srta"}
)
_NOT_A_NAME = re.compile(r"[@/:<>{}\[\]|=]|www\.", re.IGNORECASE)
_TAG_SEPARATORS = re.compile(r"[,;|]")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})((?:-[A-Za-z0-9]{2,8})*)")


class Frequency(StrEnum):
    """How many newsletters a person wishes for; care and service mails are not counted."""

    EVERY = ""
    WEEKLY = "weekly"  # at most one a week
    MONTHLY = "monthly"  # at most one a month

    @property
    def apart(self) -> timedelta:
        """How far apart two newsletters to her are at least; half a day less, as no campaign leaves on the minute.

        A month is four weeks: what comes every first Monday is monthly.
        """
        return _APART[self]


_APART = {
    Frequency.EVERY: timedelta(0),
    Frequency.WEEKLY: timedelta(days=6, hours=12),
    Frequency.MONTHLY: timedelta(days=27, hours=12),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What is known of a person before she is in the store, in normal form: made by `details`."""

    email: str
    name: str = ""
    timezone: str = ""
    country: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A person of the store. What is unknown is empty; after an erasure the address is empty too.

    `timezone` is an IANA name, `country` ISO 3166-1 alpha-2, `language` a BCP 47 tag; `created_at` is UTC.
    """

    id: int
    email: str
    name: str = ""
    timezone: str = ""
    country: str = ""
    language: str = ""
    tags: tuple[str, ...] = field(default=())
    frequency: Frequency = Frequency.EVERY
    created_at: datetime

    @property
    def first_name(self) -> str:
        """How to greet her, or nothing: a wrong name is worse than none."""
        return first_name(self.name)


def details(
    email: str,
    *,
    name: str = "",
    timezone: str = "",
    country: str = "",
    language: str = "",
    tags: Iterable[str] = (),
) -> Details:
    """What was typed or read, in normal form. Raises AudienceError for the first thing that cannot be used."""
    return Details(
        email=address.normalise(email),
        name=clean_name(name),
        timezone=place.timezone(timezone),
        country=place.country(country),
        language=clean_language(language),
        tags=clean_tags(tags),
    )


def clean_name(text: str) -> str:
    """On one line, without control characters, at most 200 characters; an address or a link is no name."""
    if not text.isprintable():
        text = "".join(map(_printable, unicodedata.normalize("NFC", text)))
    text = " ".join(text.split())[:NAME_LENGTH].rstrip()
    return "" if "@" in text or "://" in text else text


def first_name(name: str) -> str:
    """The given name in "Anna Maria Smith", "Smith, Anna" and "Dr. Anna Smith"; nothing in "Mrs Smith"."""
    family, comma, given = clean_name(name).partition(",")
    words = (given if comma and given.strip() else family).split()
    titles = 0
    while titles < len(words) and words[titles].rstrip(".").casefold() in _TITLES:
        titles += 1
    words, titled = words[titles:], titles > 0
    if not words or (titled and len(words) == 1 and not comma):
        return ""
    return "" if _NOT_A_NAME.search(words[0]) else words[0]


def clean_language(text: str) -> str:
    """A BCP 47 tag as it is usually written: en, en-GB. Raises AudienceError."""
    found = _LANGUAGE.fullmatch(text.strip().replace("_", "-"))
    if found:
        return found[1].lower() + "".join(map(_subtag, found[2].split("-")[1:]))
    if text.strip():
        raise AudienceError(f"“{text.strip()[:40]}” is not a language.", "Use a code such as en, en-GB, de or fr.")
    return ""


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags in lower case, each once, in order. Raises AudienceError for one that holds a comma, semicolon or bar."""
    cleaned = sorted({clean_name(tag).casefold()[:TAG_LENGTH].strip() for tag in tags} - {""})
    for tag in cleaned:
        if _TAG_SEPARATORS.search(tag):
            raise AudienceError(f"The tag “{tag}” holds a separator.", "Give several tags one by one.")
    return tuple(cleaned)


def _printable(character: str) -> str:
    if character.isspace():
        return " "
    return "" if character in _TURNING or unicodedata.category(character) in _DROPPED else character


def _subtag(text: str) -> str:
    """A region is written in capitals (GB), a script with one (Hant)."""
    return "-" + (text.upper() if len(text) == 2 else text.capitalize() if len(text) == 4 else text.lower())
