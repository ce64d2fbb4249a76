"""The words of a language: sentences by name, read from the gettext catalogues that translators keep."""

import gettext
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import product
from types import MappingProxyType

from newsletter.errors import TemplateError
from newsletter.rendering import cldr

ENGLISH = "en"  # stands in the catalogues' templates (.pot), which every translation begins with
PACKAGED: Traversable = files("templates") / "locale"


@dataclass(frozen=True, slots=True)
class _Sentence:
    """What is said, in as many forms as the language has plurals; `which` is the form for so many."""

    forms: tuple[str, ...]
    which: Callable[[int], int]


class Words(Mapping[str, str]):
    """`words["book"]` is a sentence as it is written, `words.say("digest", studio="Still")` one with its values."""

    def __init__(self, spoken: str, file: str, sentences: Mapping[str, _Sentence]) -> None:
        self.language = spoken
        self._file = file
        self._sentences = MappingProxyType(dict(sentences))

    def say(self, name: str, /, **values: object) -> str:
        """Whole numbers are written as the language does; where a sentence has plural forms, `count` says which."""
        sentence = self._sentences.get(name)
        if sentence is None:
            raise TemplateError(f"The word “{name}” is missing in {self._file}.", "Add it there.")
        written = {key: self._written(value) for key, value in values.items()}
        try:
            return _form(sentence, values.get("count")).format(**written)
        except (KeyError, IndexError, ValueError, AttributeError, TypeError) as error:
            known = ", ".join(f"{{{key}}}" for key in values) or "no placeholder"
            raise TemplateError(
                f"The word “{name}” in {self._file} cannot be said: {error!r}.", f"It may hold {known}."
            ) from error

    def _written(self, value: object) -> object:
        return cldr.number(value, self.language) if isinstance(value, int) else value

    def __getitem__(self, name: str) -> str:
        return self._sentences[name].forms[-1]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sentences)

    def __len__(self) -> int:
        return len(self._sentences)


def read(catalogue: str, spoken: str, folders: Iterable[Traversable] = (PACKAGED,)) -> Words:
    """The words of a catalogue (`email`, `web`) in a language, named by its code; none where nobody translated them.

    A word in a later folder takes the place of that in an earlier one. Raises TemplateError.
    """
    translated = f"{spoken}/LC_MESSAGES/{catalogue}.po"
    names = (f"{catalogue}.pot", translated) if spoken == ENGLISH else (translated,)
    sentences: dict[str, _Sentence] = {}
    latest = translated
    if spoken.isascii() and spoken.isalpha():  # it names a folder
        for folder, name in product(folders, names):
            if (source := folder.joinpath(*name.split("/"))).is_file():
                sentences |= _sentences(source, f"locale/{name}", spoken)
                latest = name
    return Words(spoken, f"locale/{latest}", sentences)


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """The languages that the pages and mails speak, by their codes; English first."""
    return (ENGLISH, *sorted(each.name for each in PACKAGED.iterdir() if each.is_dir()))


def _form(sentence: _Sentence, count: object) -> str:
    if len(sentence.forms) == 1:
        return sentence.forms[0]
    if not isinstance(count, int):
        raise TypeError("it has plural forms and needs a count")
    return sentence.forms[sentence.which(count)]


def _sentences(source: Traversable, name: str, spoken: str) -> dict[str, _Sentence]:
    """What is translated in a catalogue, and not marked as doubtful (fuzzy); of a template, its English."""
    from babel.messages.pofile import PoFileError, read_po  # it takes as long to import as a catalogue to read

    try:
        with source.open("rb") as content:
            catalogue = read_po(content, locale=spoken, charset="utf-8", abort_invalid=True)
        which = gettext.c2py(catalogue.plural_expr)
    except (PoFileError, ValueError, LookupError, AttributeError) as error:  # a bad header, charset or date among them
        raise TemplateError(f"{name} is no gettext catalogue: {error}.", "Correct it, or remove it.") from error
    is_template = name.endswith(".pot")
    found = ((each.context, each.id if is_template else each.string) for each in catalogue if not each.fuzzy)
    return {
        context: _Sentence(forms, which)
        for context, said in found
        if context and said and all(forms := (said,) if isinstance(said, str) else tuple(said))
    }
