"""Rules on the pack of claims rules."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.domain.claims import ClaimRule
from newsletter.errors import SettingsError
from newsletter.packs.loading import load_claim_rules

LANGUAGES = ("en", "de", "fr", "es")
LETTERS = st.characters(max_codepoint=0xFF, categories=["L", "Nd"]) | st.sampled_from(" '-,.;:&%!?\"()/+œ’")
EVERY_RULE = [
    pytest.param(rule, id=f"{language} {rule.name}") for language in LANGUAGES for rule in load_claim_rules(language)
]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_says_why_and_offers_other_words(language: str) -> None:
    """A note without a way out only annoys."""
    for rule in load_claim_rules(language):
        assert rule.message.endswith(".")
        assert "“" in rule.suggestion or rule.name == "claims.testimonial"


def test_rules_are_named_in_the_area_of_claims_and_each_once() -> None:
    """Scripts read area.name."""
    names = [rule.name for rule in load_claim_rules("en-AU")]
    assert len(set(names)) == len(names)
    assert all(name.startswith("claims.") for name in names)


@pytest.mark.parametrize("rule", EVERY_RULE)
@settings(max_examples=4, suppress_health_check=[HealthCheck.filter_too_much])  # patterns that look ahead
@given(data=st.data())
def test_whatever_a_pattern_matches_holds_the_words_without_which_it_is_not_tried(
    rule: ClaimRule, data: st.DataObject
) -> None:
    """Where no such word stands, no pattern is tried: a word left out of `about` or `beside` would hide promises."""
    pattern = data.draw(st.sampled_from(rule.patterns))
    promise = data.draw(st.from_regex(pattern, fullmatch=True, alphabet=LETTERS))

    assert rule.may_find_in(promise), promise


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
        load_claim_rules("en", packs=spoiled("claims/en.toml", old, new))
    assert f"claims/en.toml: “{named}”" in caught.value.message
