"""The rules of a country: which bases allow mailing, and how long each of them lasts.

The rules are data (jurisdictions.toml) with a source beside each item. Streams and bases are named by their values, so
that the rules stand below the consent that obeys them.
"""

import calendar
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from importlib import resources

STRICTEST = "strictest"
_STREAMS_WITHOUT_CONSENT = frozenset({"service"})
_KEYS = frozenset({"countries", "bases", "months", "source", "verified_on"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Jurisdiction:
    """`bases` by stream, `months` by basis; a basis without months does not end by itself."""

    name: str
    countries: frozenset[str]
    bases: Mapping[str, frozenset[str]]
    months: Mapping[str, int] = field(default_factory=dict)
    source: str
    verified_on: date | None

    def allows(self, stream: str, basis: str) -> bool:
        """Whether mail of the stream may rest on the basis; service mail rests on none."""
        return stream in _STREAMS_WITHOUT_CONSENT or basis in self.bases.get(stream, frozenset())

    def expires_at(self, basis: str, at: datetime) -> datetime | None:
        """The first moment at which a basis that began at `at` is over, or None where it does not end by itself."""
        months = self.months.get(basis)
        return None if months is None else months_later(at, months)


def of(country: str) -> Jurisdiction:
    """The rules for a country (alpha-2); the strictest where it is empty or not known."""
    return _by_country().get(country, all_jurisdictions()[STRICTEST])


@lru_cache(maxsize=1)
def all_jurisdictions() -> Mapping[str, Jurisdiction]:
    """Every set of rules by its name."""
    text = resources.files("subscribers").joinpath("jurisdictions.toml").read_text(encoding="utf-8")
    return {name: _jurisdiction(name, item) for name, item in tomllib.loads(text).items()}


def months_later(at: datetime, months: int) -> datetime:
    """The same day `months` months later, or that month's last day: 31 August and six months is 28 or 29 February."""
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, calendar.monthrange(year, month + 1)[1]))


@lru_cache(maxsize=1)
def _by_country() -> Mapping[str, Jurisdiction]:
    return {country: rules for rules in all_jurisdictions().values() for country in rules.countries}


def _jurisdiction(name: str, item: Mapping[str, object]) -> Jurisdiction:
    match item:
        case {"bases": {**bases}, "source": str(source), "verified_on": str(verified_on)} if set(item) <= _KEYS:
            return Jurisdiction(
                name=name,
                countries=frozenset(_strings(name, item.get("countries", []))),
                bases={str(stream): frozenset(_strings(name, allowed)) for stream, allowed in bases.items()},
                months=_months(name, item.get("months", {})),
                source=source,
                verified_on=None if verified_on == "never" else date.fromisoformat(verified_on),
            )
    raise ValueError(f"[{name}] in jurisdictions.toml needs bases, source and verified_on, and no unknown key.")


def _strings(name: str, value: object) -> list[str]:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    raise ValueError(f"[{name}] in jurisdictions.toml has {value!r} where a list of words belongs.")


def _months(name: str, value: object) -> dict[str, int]:
    if isinstance(value, dict) and all(isinstance(months, int) and months > 0 for months in value.values()):
        return value
    raise ValueError(f"[{name}] in jurisdictions.toml has {value!r} where months by basis belong.")
