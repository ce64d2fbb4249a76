"""Where a person is: time zones and countries, in the spelling the rest relies on."""

import difflib
import zoneinfo
from functools import lru_cache
from importlib import resources

from subscribers.errors import AudienceError

_SHOWN = 40
# What people write, beside the names in the list of the time zone database.
_ALSO_CALLED = {
    "uk": "GB",
    "united kingdom": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "usa": "US",
    "u.s.a.": "US",
    "united states of america": "US",
    "deutschland": "DE",
    "österreich": "AT",
    "schweiz": "CH",
    "suisse": "CH",
    "españa": "ES",
    "italia": "IT",
    "nederland": "NL",
    "the netherlands": "NL",
    "belgique": "BE",
    "belgië": "BE",
    "éire": "IE",
    "republic of ireland": "IE",
    "czechia": "CZ",
}


@lru_cache(maxsize=1024)
def timezone(text: str) -> str:
    """The IANA name in its own spelling, or nothing for nothing. Raises AudienceError, with the nearest name."""
    name = text.strip().replace(" ", "_")
    if not name:
        return ""
    if found := _zones().get(name.casefold()):
        return found
    near = difflib.get_close_matches(name[:_SHOWN].casefold(), _zones(), n=1)
    hint = f"Did you mean {_zones()[near[0]]}?" if near else "Use a name such as Europe/London."
    raise AudienceError(f"“{text.strip()[:_SHOWN]}” is not a time zone.", hint)


@lru_cache(maxsize=1024)
def country(text: str) -> str:
    """The ISO 3166-1 alpha-2 code of a code or a usual name, or nothing for nothing. Raises AudienceError."""
    name = text.strip().casefold()
    if not name:
        return ""
    if found := _ALSO_CALLED.get(name) or _countries().get(name):
        return found
    raise AudienceError(f"“{text.strip()[:_SHOWN]}” is not a country.", "Use a code of two letters such as GB or US.")


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    return {name.casefold(): name for name in zoneinfo.available_timezones()}


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """Codes and English names, from the list that comes with the time zones (iso3166.tab)."""
    listing = resources.files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8")
    pairs = [line.split("\t") for line in listing.splitlines() if line and not line.startswith("#")]
    return {key.casefold(): code for code, name in pairs for key in (code, name)}
