"""The claims rules, read from their pack."""

import re
from importlib.resources.abc import Traversable

from newsletter.domain.claims import ClaimRule
from newsletter.packs.document import PACKS, PackTable, available_language, read_document

_PACK_KEYS = ("rules", "shared")
_RULE_KEYS = ("name", "patterns", "unless", "message", "suggestion", "source", "verified_on", "review_by")


def load_claim_rules(language: str, packs: Traversable = PACKS) -> tuple[ClaimRule, ...]:
    """The rules for texts in `language` (a BCP 47 tag), or else the English ones, in the order they are tried.

    Raises SettingsError, naming the file and the key.
    """
    pack = read_document(f"claims/{available_language('claims', language, packs)}.toml", packs)
    pack.check_keys(_PACK_KEYS)
    shared = _shared(pack.table("shared"))
    return tuple(_rule(table, shared) for table in pack.tables("rules"))


def _shared(table: PackTable) -> dict[str, str]:
    """Lists of words that several patterns name, as alternatives: {condition} stands for (?:migraines?|...)."""
    return {f"{{{name}}}": f"(?:{'|'.join(table.texts(name))})" for name in table.values}


def _rule(table: PackTable, shared: dict[str, str]) -> ClaimRule:
    table.check_keys(_RULE_KEYS)
    table.check_provenance()
    return ClaimRule(
        name=table.text("name"),
        patterns=_patterns(table, "patterns", shared),
        unless=_patterns(table, "unless", shared),
        message=table.text("message"),
        suggestion=table.text("suggestion"),
    )


def _patterns(table: PackTable, key: str, shared: dict[str, str]) -> tuple[re.Pattern[str], ...]:
    return tuple(_pattern(table, key, text, shared) for text in table.texts(key))


def _pattern(table: PackTable, key: str, text: str, shared: dict[str, str]) -> re.Pattern[str]:
    for name, words in shared.items():
        text = text.replace(name, words)
    try:
        return re.compile(rf"\b(?:{text})", re.IGNORECASE)
    except re.error as error:
        raise table.fault(key, f"holds “{text:.60}”, which is no pattern: {error}") from error
