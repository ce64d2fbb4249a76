"""Rules on the safety blocks: whom to call, by country, and never a guessed number."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.domain.aftercare import SafetyBlock
from newsletter.domain.article import Span, block_spans
from newsletter.domain.care_rules import SERVICES, required_blocks
from newsletter.errors import SettingsError
from newsletter.packs.loading import safety_blocks

LANGUAGES = ("de", "fr", "es")
ALL = required_blocks((*SERVICES, "tender"))


def words_of(blocks: tuple[SafetyBlock, ...]) -> str:
    return "\n".join(block.text for safety in blocks for block in safety.blocks)


def spans_of(blocks: tuple[SafetyBlock, ...]) -> list[Span]:
    return [span for safety in blocks for block in safety.blocks for span in block_spans(block)]


def test_the_blocks_come_in_the_order_asked_for() -> None:
    """The rules of care say what cannot wait; the pack only gives the words."""
    assert tuple(block.name for block in safety_blocks(ALL, country="GB", language="en")) == ALL


@pytest.mark.parametrize(
    ("country", "emergency", "lines"),
    [
        ("GB", "999", ["Samaritans: 116 123", "NHS: 111", "Lifeline, Northern Ireland: 0808 808 8000"]),
        ("gb", "999", ["Samaritans: 116 123"]),
        ("IE", "112 or 999", ["Samaritans: 116 123"]),
        ("US", "911", ["988 Suicide & Crisis Lifeline: 988"]),
        ("CA", "911", ["9-8-8 Suicide Crisis Helpline: 988"]),
        ("AU", "000", ["Lifeline: 13 11 14"]),
        ("NZ", "111", ["1737, need to talk?: 1737"]),
        ("DE", "112", ["TelefonSeelsorge: 0800 111 0 111"]),
        ("FR", "112", ["Numéro national de prévention du suicide: 3114"]),
        ("IT", "112", ["findahelpline.com"]),
    ],
)
def test_a_country_gets_its_own_numbers(country: str, emergency: str, lines: list[str]) -> None:
    """The emergency number in the sentence, the crisis lines as a list."""
    words = words_of(safety_blocks(("crisis", "emergency"), country=country, language="en-GB"))
    assert f"Call {emergency} straight away" in words
    assert all(line in words for line in lines)


@pytest.mark.parametrize("country", [None, "", "BR", "XX"])
def test_an_unknown_country_gets_the_directory_and_no_number(country: str | None) -> None:
    """A guessed number is worse than none."""
    blocks = safety_blocks(("crisis", "emergency"), country=country, language="en")
    assert not re.search(r"\d", words_of(blocks))
    assert "Call your local emergency number" in words_of(blocks)
    assert [span.text for span in spans_of(blocks) if span.href == "https://findahelpline.com"] == ["findahelpline.com"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_placeholder_is_left_standing(language: str) -> None:
    """Every block, in every country that the packs know and in one that they do not."""
    for country in ("GB", "IE", "US", "CA", "AU", "NZ", "FR", None):
        assert not re.search(r"[{}]", words_of(safety_blocks(ALL, country=country, language=language)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sign_is_lost_in_translation(language: str) -> None:
    """Each block has as many signs, and is as urgent, as in English; and none of its English words."""
    english, theirs = (safety_blocks(ALL, country="GB", language=each) for each in ("en", language))
    assert [_shape(block) for block in theirs] == [_shape(block) for block in english]
    assert not {block.title for block in theirs} & {block.title for block in english}


def _shape(safety: SafetyBlock) -> tuple[object, ...]:
    return (safety.name, safety.urgent, [(block.type, len(block.text.splitlines())) for block in safety.blocks])


@pytest.mark.parametrize(
    ("language", "country", "words"),
    [
        ("de", "IE", "sofort 112 oder 999:"),
        ("de", None, "sofort den örtlichen Notruf:"),
        ("fr", "FR", "immédiatement le 112 "),
        ("fr", None, "le numéro d’urgence de votre pays"),
        ("es", "ES", "enseguida al 112 "),
        ("es", None, "al número de emergencias de su país"),
    ],
)
def test_the_number_stands_in_a_sentence_of_the_language(language: str, country: str | None, words: str) -> None:
    """Where there is none, the words in its place fit as well."""
    assert words in words_of(safety_blocks(("emergency",), country=country, language=language))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("general", ["not a diagnosis", "reaches a person", "not monitored for emergencies"]),
        ("emergency", ["chest pain", "sudden breathlessness", "coughing up blood"]),
        ("clot", ["One leg", "swollen", "warm", "painful"]),
        ("deep_work", ["dark urine", "beyond two or three days", "numbness"]),
        ("skin", ["spreads", "pus", "fever"]),
        ("lymphatic", ["heart failure", "kidney disease", "clinician"]),
        ("prenatal", ["maternity unit", "bleeding", "fluid", "moving less", "one leg"]),
    ],
)
def test_a_block_names_its_signs(name: str, words: list[str]) -> None:
    """What the rules of care ask for, in words that a client knows."""
    text = words_of(safety_blocks((name,), country="GB", language="en"))
    assert [word for word in words if word not in text] == []


def test_a_name_without_a_block_is_refused() -> None:
    """A mail never goes out without a warning that somebody asked for."""
    with pytest.raises(SettingsError, match="none named sunburn"):
        safety_blocks(("general", "sunburn"), country="GB", language="en")


@pytest.mark.parametrize(
    ("country", "file", "old", "new", "named"),
    [
        ("GB", "safety/en.toml", 'title = "Somebody to talk to"', "", "blocks[7].title"),
        ("GB", "safety/en.toml", 'text = "{crisis}"', 'text = ""', "blocks[7].signs[0].text"),
        ("GB", "safety/en.toml", "urgent = true", "urgend = true", "blocks[1].urgend"),
        (None, "safety/en.toml", ": {address}", "", "words.directory"),
        ("GB", "crisis_lines.toml", 'number = "116 123"', "number = 116", "countries.GB.lines[0].number"),
        ("GB", "crisis_lines.toml", 'source = "https://www.samaritans.org"', "", "countries.GB.lines[0].source"),
    ],
)
def test_a_fault_names_the_file_and_the_key(
    spoiled: Callable[[str, str, str], Path], country: str | None, file: str, old: str, new: str, named: str
) -> None:
    """A wrong number must not hide behind a vague message."""
    packs = spoiled(file, old, new)
    with pytest.raises(SettingsError) as caught:
        safety_blocks(ALL, country=country, language="en", packs=packs)
    assert f"{file}: “{named}”" in caught.value.message
