"""The date of an article, as people write it."""

import re
from datetime import date

_MONTHS = (
    ("january", "jan", "januar", "jänner", "janvier", "enero"),
    ("february", "feb", "februar", "feber", "février", "fevrier", "febrero"),
    ("march", "mar", "märz", "mrz", "mars", "marzo"),
    ("april", "apr", "avril", "abril"),
    ("may", "mai", "mayo"),
    ("june", "jun", "juni", "juin", "junio"),
    ("july", "jul", "juli", "juillet", "julio"),
    ("august", "aug", "août", "aout", "agosto"),
    ("september", "sep", "sept", "septembre", "septiembre"),
    ("october", "oct", "oktober", "okt", "octobre", "octubre"),
    ("november", "nov", "novembre", "noviembre"),
    ("december", "dec", "dezember", "dez", "décembre", "decembre", "diciembre"),
)
_MONTH_OF = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names}
_LABEL = re.compile(
    r"(?:(?:(?:first|last|originally) )?(?:published|posted|updated|modified|reviewed|written)(?: (?:on|at))?|date"
    r"|(?:zuletzt )?(?:aktualisiert|veröffentlicht|geändert)(?: am)?|publié le|mis à jour le"
    r"|(?:publicado|actualizado)(?: el)?)"
    r"\s*:?\s+",
    re.I,
)
_TIME_OF_DAY = re.compile(
    r",?\s*(?:at|um|à|a las|-|–|\|)?\s*\d{1,2}[:.h]\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?|uhr|h)?"
    r"(?:\s*\(?[A-Z]{2,4}\)?)?\.?",
    re.I,
)
_STAMP = re.compile(
    r"(?:(?:last|first) (?:updated|modified|reviewed|published)|updated on|zuletzt (?:aktualisiert|geändert)|mis à jour"
    r"|dernière mise à jour|última actualización)\b",
    re.I,
)
_WEEKDAY = re.compile(r"(?:[^\W\d_]{3,10}day|[^\W\d_]{6,10}|[^\W\d_]{2,5}\.?),\s+", re.I)
_NAMED = (
    re.compile(r"(?P<month>[^\W\d_]{3,10})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})", re.I),
    re.compile(
        r"(?P<day>\d{1,2})(?:\.|st|nd|rd|th|er)?(?:\s+of|\s+de)?[\s-]+(?P<month>[^\W\d_]{3,10})\.?,?"
        r"(?:\s+del?)?[\s-]+(?P<year>\d{4})",
        re.I,
    ),
)
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ]\d{2}:\d{2}.{0,20})?")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])\s?(\d{1,2})\2\s?(\d{4})")


def read_date(text: str, language: str = "en") -> date | None:
    """The date that `text` is, all of it; None where it is none, or could be two.

    03/04/2024 is two dates to readers of English; in every other language that we read, the day stands first.
    """
    text = _LABEL.sub("", text.strip(), count=1) if len(text) < 80 else ""
    text = text.strip().removesuffix(".")
    if not (text[:1].isdigit() and _YEAR_FIRST.match(text)) and (time := _TIME_OF_DAY.search(text)):
        text = text[: time.start()] if time.end() == len(text) else text
    return _named(text) or _named(_WEEKDAY.sub("", text, count=1)) or _numbered(text, language)


def is_stamp(text: str) -> bool:
    """Whether a line only says when something was written or changed, whatever it names: “Last updated in spring”."""
    text = text.strip()
    return len(text) < 80 and bool(_STAMP.match(text) or read_date(text))


def _named(text: str) -> date | None:
    for form in _NAMED:
        found = form.fullmatch(text)
        month = _MONTH_OF.get(found["month"].lower()) if found else None
        if found and month:
            return _date(int(found["year"]), month, int(found["day"]))
    return None


def _numbered(text: str, language: str) -> date | None:
    if found := _YEAR_FIRST.fullmatch(text):
        return _date(int(found[1]), int(found[3]), int(found[4]))
    found = _YEAR_LAST.fullmatch(text)
    if not found:
        return None
    day, month, year = int(found[1]), int(found[3]), int(found[4])
    if month > 12:
        return _date(year, day, month)
    certain = day > 12 or day == month or not language.startswith("en")
    return _date(year, month, day) if certain else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
