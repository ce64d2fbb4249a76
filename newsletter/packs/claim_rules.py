"""The claims rules, read from their pack."""

import re
from functools import cache
from importlib.resources.abc import Traversable

from newsletter.domain.claims import ClaimRule, looked_for
from newsletter.domain.denials import Denials
from newsletter.packs.document import PACKS, PackTable, available_language, read_document

_PACK_KEYS = ("rules", "shared", "denials")
_DENIALS = {  # what stands around the alternatives of each
    "leading_question": r"^(?:{})\b",
    "disowned": r"\b(?:{})\b",
    "affirmed": r"\b(?:{})\b",
    "taken_back": r"^(?:{})",
    "clause_end": r"(?:{})",
    "denial": r"(?:{})",
    "denied_after": r"^(?:{})",
}
_RULE_KEYS = (
    *("name", "countries", "about", "beside", "patterns", "unless", "message", "suggestion"),
    *("source", "verified_on", "review_by"),
)


def load_claim_rules(language: str, country: str = "", packs: Traversable = PACKS) -> tuple[ClaimRule, ...]:
    """The rules for texts in `language` (a BCP 47 tag), or else the English ones, in the order they are tried.

    `country` (ISO 3166-1 alpha-2) is the studio's; where it is not known, the rules of every country apply.
    Raises SettingsError, naming the file and the key.
    """
    path = f"claims/{available_language('claims', language, packs)}.toml"
    rules = _packaged(path) if packs is PACKS else _read(path, packs)
    return tuple(rule for rule, countries in rules if not country or not countries or country in countries)


_RulesByCountry = tuple[tuple[ClaimRule, tuple[str, ...]], ...]


@cache
def _packaged(path: str) -> _RulesByCountry:
    """Our own packs do not change while the program runs, and every mail asks for them."""
    return _read(path, PACKS)


def _read(path: str, packs: Traversable) -> _RulesByCountry:
    pack = read_document(path, packs)
    pack.check_keys(_PACK_KEYS)
    shared = _shared(pack.table("shared"))
    denials = _denials(pack.table("denials"), shared)
    return tuple((_rule(table, shared, denials), table.texts("countries")) for table in pack.tables("rules"))


def _denials(table: PackTable, shared: dict[str, str]) -> Denials:
    table.check_keys(tuple(_DENIALS))
    return Denials(
        **{key: _compiled(table, key, "|".join(table.texts(key)), shared, _DENIALS[key]) for key in _DENIALS}
    )


def _shared(table: PackTable) -> dict[str, str]:
    """Lists of words that several patterns name, as alternatives: {condition} stands for (?:migraines?|...)."""
    return {f"{{{name}}}": f"(?:{'|'.join(table.texts(name))})" for name in table.values}


def _rule(table: PackTable, shared: dict[str, str], denials: Denials) -> ClaimRule:
    table.check_keys(_RULE_KEYS)
    table.check_provenance()
    return ClaimRule(
        name=table.text("name"),
        about=tuple(map(looked_for, table.texts("about"))),
        beside=tuple(map(looked_for, table.texts("beside"))),
        patterns=_patterns(table, "patterns", shared),
        unless=_patterns(table, "unless", shared),
        message=table.text("message"),
        suggestion=table.text("suggestion"),
        denials=denials,
    )


def _patterns(table: PackTable, key: str, shared: dict[str, str]) -> tuple[re.Pattern[str], ...]:
    return tuple(_compiled(table, key, text, shared, r"\b(?:{})") for text in table.texts(key))


def _compiled(table: PackTable, key: str, text: str, shared: dict[str, str], frame: str) -> re.Pattern[str]:
    """The pattern with its shared words, inside the frame's {}."""
    for name, words in shared.items():
        text = text.replace(name, words)
    try:
        return re.compile(frame.replace("{}", text), re.IGNORECASE)
    except re.error as error:
        raise table.fault(key, f"holds “{text:.60}”, which is no pattern: {error}") from error
