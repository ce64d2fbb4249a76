"""The catalogues: every language says all that English says, with the same placeholders, as its readers write."""

import re
import string
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.pofile import read_po

from newsletter.domain.subjects import subject_findings
from newsletter.rendering.words import PACKAGED, languages, read
from newsletter.web.speech import named_languages
from subscribers.consent import Stream

LOCALE = Path(str(PACKAGED))
TEMPLATES = Path(str(files("templates")))
HOUSE = Path(str(files("newsletter")))
TRANSLATED = [(spoken, name) for spoken in languages()[1:] for name in ("email", "web")]
SHOWN = sorted(path for kind in ("web/**/*.html", "card.html", "email/**/*.txt") for path in TEMPLATES.glob(kind))
_NO_WORDS = re.compile(
    r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|\[\[.*?\]\](?:/\w+)?|<style.*?</style>|<!--.*?-->|<[^>]*>|&\w+;", re.DOTALL
)
_SLOT = re.compile(r"\[\[ *(\w+)[^\]]*\]\]")
_PLAIN = re.compile(r"""['"]|\.\.\.|  | $|^ |--""")
_FRENCH = re.compile(r"[^\s\xa0][?!;:»](?!\S)|[ \t][?!;:»]|«(?!\xa0)")


def catalogue(file: Path) -> Catalog:
    """As a translator's program reads it."""
    with file.open("rb") as content:
        return read_po(content, abort_invalid=True)


def translation(spoken: str, name: str) -> Catalog:
    """The catalogue of a language."""
    return catalogue(LOCALE / spoken / "LC_MESSAGES" / f"{name}.po")


def messages(found: Catalog) -> list[Message]:
    """All but the header."""
    return [message for message in found if message.id]


def forms(said: object) -> tuple[str, ...]:
    """The singular and the plurals of what a catalogue says."""
    return (said,) if isinstance(said, str) else tuple(said)  # type: ignore[arg-type]  # a sequence of them


def fields(sentence: str) -> set[str]:
    """The placeholders and the slots of a sentence."""
    named = {field for _, field, _, _ in string.Formatter().parse(sentence) if field is not None}
    return named | set(_SLOT.findall(sentence))


def sentences(spoken: str) -> Iterator[tuple[str, str]]:
    """What readers of a language may see, with its name."""
    for name in ("email", "web"):
        for word, sentence in read(name, spoken).items():
            yield f"{name}.{word}", sentence


@pytest.mark.parametrize(("spoken", "name"), TRANSLATED)
def test_a_translation_holds_what_english_holds(spoken: str, name: str) -> None:
    """The same words, of the same English, in the same order; a change of the English shows here."""
    english = [(message.context, message.id) for message in messages(catalogue(LOCALE / f"{name}.pot"))]
    assert [(message.context, message.id) for message in messages(translation(spoken, name))] == english


@pytest.mark.parametrize(("spoken", "name"), TRANSLATED)
def test_a_translation_is_complete_and_sure(spoken: str, name: str) -> None:
    """Nothing empty, nothing marked as doubtful, all plural forms there."""
    found = translation(spoken, name)
    for message in messages(found):
        assert not message.fuzzy, message.context
        assert all(forms(message.string)), message.context
        assert len(forms(message.string)) == (found.num_plurals if message.pluralizable else 1), message.context


@pytest.mark.parametrize(("spoken", "name"), TRANSLATED)
def test_a_translation_keeps_the_placeholders(spoken: str, name: str) -> None:
    """In each of its forms, with the same names."""
    for message in messages(translation(spoken, name)):
        (expected,) = {frozenset(fields(form)) for form in forms(message.id)}
        assert {frozenset(fields(form)) for form in forms(message.string)} == {expected}, message.context


@pytest.mark.parametrize("name", ["email", "web"])
def test_every_word_has_one_place_and_says_what_it_is(name: str) -> None:
    """For whoever translates it; a sentence with placeholders is marked, so that her program looks after them."""
    found = messages(catalogue(LOCALE / f"{name}.pot"))
    contexts = [message.context for message in found]
    assert sorted(set(map(str, contexts))) == sorted(map(str, contexts))
    for message in found:
        assert message.auto_comments, message.context
        has_fields = any("{" in form for form in forms(message.id))
        assert ("python-brace-format" in message.flags) == has_fields, message.context


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.name)
def test_no_template_holds_a_sentence_of_its_own(path: Path) -> None:
    """Whatever a reader sees can be translated; but for the studio's own words."""
    source = _NO_WORDS.sub("", path.read_text(encoding="utf-8"))
    assert re.findall(r"[^\W\d_]{2,}", source) == []


@pytest.mark.parametrize(
    ("name", "pattern"), [("web", r"""\bsay\(\s*['"]([a-z_0-9]+)['"]\s*[,)]"""), ("email", r"\bwords\.([a-z_]+)")]
)
def test_no_word_that_a_template_says_is_missing(name: str, pattern: str) -> None:
    """A page must not fail because nobody looked at it."""
    sources = [path.read_text(encoding="utf-8") for path in (TEMPLATES / name).rglob("*.*") if path.suffix != ".css"]
    said = {word for source in sources for word in re.findall(pattern, source)}
    assert said
    assert said - set(read(name, "en")) <= {"say"}


@pytest.mark.parametrize("name", ["email", "web"])
def test_no_word_is_kept_that_nothing_says(name: str) -> None:
    """By its name, or by the beginning or end of its name."""
    folders = ((TEMPLATES / name, "*.*"), (HOUSE, "*.py"))
    house = "\n".join(
        path.read_text(encoding="utf-8") for folder, kind in folders for path in folder.rglob(kind) if path.is_file()
    )
    whole = set(re.findall(r"\b[a-z_]+\b", house))
    for word in read(name, "en"):
        beginning, _, end = word.partition("_")
        assert word in whole or {f"{beginning}_", f"_{end}", beginning} & whole, word


@pytest.mark.parametrize("spoken", languages())
def test_sentences_are_set_as_their_readers_expect(spoken: str) -> None:
    """Typographic marks, no double spaces; French signs do not begin a line."""
    faulty = re.compile(rf"{_PLAIN.pattern}|{_FRENCH.pattern}" if spoken == "fr" else _PLAIN.pattern)
    assert [(place, sentence) for place, sentence in sentences(spoken) if faulty.search(sentence)] == []


@pytest.mark.parametrize("spoken", languages())
def test_subjects_of_service_mails_tell_nothing(spoken: str) -> None:
    """They are read on locked phones."""
    for word, sentence in read("email", spoken).items():
        if word.endswith("_subject"):
            assert subject_findings(_SLOT.sub("", sentence), Stream.CARE) == (), word


def test_each_language_is_offered_by_its_own_name() -> None:
    """In the list of the mail settings."""
    assert dict(named_languages()) == {"en": "English", "de": "Deutsch", "es": "Español", "fr": "Français"}
