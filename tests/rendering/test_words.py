"""Words: what a catalogue holds is said, and what it lacks is named."""

import contextlib
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.errors import TemplateError
from newsletter.rendering.words import Words, languages, read

HEAD = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n<5 ? 1 : 2);\\n"\n\n'
MAILS = """msgctxt "mails"
msgid "{count} mail"
msgid_plural "{count} mails"
msgstr[0] "{count} e-mail"
msgstr[1] "{count} e-maile"
msgstr[2] "{count} e-maili"
"""


PIECES = st.sampled_from(
    ["msgid", "msgstr", "msgctxt", "msgstr[1]", "msgid_plural", '"', '"a"', '"{"', "#,", "#~", "fuzzy", "\\", "é", "\0"]
)


def written(folder: Path, source: str, spoken: str = "pl") -> Words:
    """The words of a catalogue that holds just this."""
    file = folder / spoken / "LC_MESSAGES" / "email.po"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(HEAD + source, encoding="utf-8")
    return read("email", spoken, (folder,))


@pytest.mark.parametrize(("count", "said"), [(1, "1 e-mail"), (3, "3 e-maile"), (12000, "12\xa0000 e-maili")])
def test_the_number_chooses_the_plural(count: int, said: str, tmp_path: Path) -> None:
    """By the rule of the language, which may have more forms than two."""
    assert written(tmp_path, MAILS).say("mails", count=count) == said


def test_a_plural_without_a_number_is_refused(tmp_path: Path) -> None:
    """Rather than guessed."""
    with pytest.raises(TemplateError, match=r"“mails” .* needs a count"):
        written(tmp_path, MAILS).say("mails")


@settings(max_examples=50)
@given(source=st.lists(PIECES | st.sampled_from([" ", "\n"]), max_size=20).map("".join))
def test_a_broken_catalogue_is_read_or_refused(source: str) -> None:
    """Nothing that stands in a file ends in another error."""
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(TemplateError):
        assert all(isinstance(sentence, str) for sentence in written(Path(folder), source).values())


def test_a_word_that_is_missing_is_named() -> None:
    """With the catalogue that lacks it."""
    with pytest.raises(TemplateError, match=r"“nonsense” is missing in locale/de/LC_MESSAGES/web\.po"):
        read("web", "de").say("nonsense")


@pytest.mark.parametrize(
    "kept", ['msgid "Hello"\nmsgstr ""', '#, fuzzy\nmsgctxt "hello"\nmsgid "Hello"\nmsgstr "Cześć"']
)
def test_what_is_not_translated_or_doubtful_is_not_said(kept: str, tmp_path: Path) -> None:
    """As everywhere in gettext."""
    source = kept if "msgctxt" in kept else f'msgctxt "hello"\n{kept}'
    assert dict(written(tmp_path, source)) == {}


def test_a_value_is_never_read_as_a_sentence(tmp_path: Path) -> None:
    """A studio may be called what it likes."""
    words = written(tmp_path, 'msgctxt "from"\nmsgid "From {studio}"\nmsgstr "Od {studio}"\n')
    assert words.say("from", studio="{0} {studio}") == "Od {0} {studio}"


def test_a_later_folder_counts_word_by_word(tmp_path: Path) -> None:
    """A studio changes what it wants, and keeps the rest."""
    written(tmp_path / "ours", 'msgctxt "a"\nmsgid "a"\nmsgstr "1"\n\nmsgctxt "b"\nmsgid "b"\nmsgstr "2"\n')
    written(tmp_path / "hers", 'msgctxt "b"\nmsgid "b"\nmsgstr "3"\n')
    assert dict(read("email", "pl", (tmp_path / "ours", tmp_path / "hers"))) == {"a": "1", "b": "3"}


@pytest.mark.parametrize("spoken", ["xx", "", "..", "../de", "d\0e", "中"])
def test_a_language_that_nobody_translated_has_no_words(spoken: str) -> None:
    """Whatever stands in a client's record."""
    assert dict(read("email", spoken)) == {}


def test_the_languages_are_the_folders_and_english() -> None:
    """English is what every translation begins with, and needs none."""
    assert languages() == ("en", "de", "es", "fr")


def test_a_program_that_says_nothing_reads_no_catalogue() -> None:
    """Babel is imported with the first sentence, not with the program."""
    source = "import sys, newsletter.cli, newsletter.rendering.compose; sys.exit('babel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", source], check=False).returncode == 0
