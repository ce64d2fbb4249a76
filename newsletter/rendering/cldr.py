"""Days, hours and numbers as a language writes them, by Unicode's CLDR; Babel is imported when one is first written."""

from contextlib import suppress
from datetime import date, datetime
from functools import lru_cache


def long_date(day: date, spoken: str, country: str) -> str:
    """The day as a language writes it in a country: 5 March 2026; ISO 8601 where CLDR does not know the language."""
    from babel.dates import format_date

    locale = _locale(spoken, country)
    return format_date(day, "long", locale) if locale else day.isoformat()


def long_moment(local: datetime, spoken: str, country: str) -> str:
    """The day and hour that a clock shows, written likewise: 5 March 2026, 14:05."""
    from babel.dates import format_time

    locale = _locale(spoken, country)
    hour = format_time(local, "short", locale=locale) if locale else f"{local:%H:%M}"
    return f"{long_date(local.date(), spoken, country)}, {hour}"


def number(value: int, spoken: str) -> str:
    """A whole number: 1,234 or 1.234."""
    from babel.numbers import format_decimal

    locale = _locale(spoken, "")
    return format_decimal(value, locale=locale) if locale else str(value)


def own_name(spoken: str) -> str:
    """What the speakers of a language call it, as it stands in a list: Deutsch."""
    from babel.core import Locale

    locale = _locale(spoken, "")
    name = (locale and Locale.parse(locale).get_language_name(spoken)) or spoken
    return name[:1].upper() + name[1:]


@lru_cache
def _locale(spoken: str, country: str) -> str | None:
    """What CLDR calls a language in a country, else everywhere; None where it does not know the language."""
    from babel.core import Locale, UnknownLocaleError

    everywhere = "en_001" if spoken == "en" else spoken  # its plain `en` is that of the United States
    for name in (f"{spoken}_{country}", everywhere):
        with suppress(UnknownLocaleError, ValueError):
            return str(Locale.parse(name))
    return None
