"""Rules on the pack of claims rules."""

from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.errors import SettingsError
from newsletter.packs.loading import load_claim_rules


def test_every_rule_says_why_and_offers_other_words() -> None:
    """A note without a way out only annoys."""
    assert all(rule.message.endswith(".") and "“" in rule.suggestion for rule in load_claim_rules("en"))


def test_rules_are_named_in_the_area_of_claims_and_each_once() -> None:
    """Scripts read area.name."""
    names = [rule.name for rule in load_claim_rules("en-AU")]
    assert len(set(names)) == len(names)
    assert all(name.startswith("claims.") for name in names)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('"healing (?:crisis', '"healing ((?:crisis', "rules[4].patterns"),
        ('name = "claims.detox"', "", "rules[1].name"),
        ('name = "claims.detox"', 'name = "claims.detox"\nseverity = "high"', "rules[1].severity"),
        ("verified_on = 2026-11-01", "", "rules[0].verified_on"),
    ],
)
def test_a_fault_names_the_file_and_the_key(
    spoiled: Callable[[str, str, str], Path], old: str, new: str, named: str
) -> None:
    """A pattern that is none is found when the pack is read."""
    with pytest.raises(SettingsError) as caught:
        load_claim_rules("en", spoiled("claims/en.toml", old, new))
    assert f"claims/en.toml: “{named}”" in caught.value.message
