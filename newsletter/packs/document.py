"""One pack file, read key by key: every fault names the file and the key."""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from newsletter.errors import SettingsError

PACKS: Traversable = files("newsletter.packs")
FALLBACK_LANGUAGE = "en"
NEVER = "never"  # the `verified_on` of what nobody has checked yet


@dataclass(frozen=True, slots=True, kw_only=True)
class PackTable:
    """One table of a pack. `path` is the dotted key that leads to it, empty for the file itself."""

    file: str
    path: str
    values: Mapping[str, object]
    noun: str = "pack"

    def fault(self, key: str, problem: str, remedy: str = "Correct that key in the file.") -> SettingsError:
        """The error for a key of this table."""
        return SettingsError(f"The {self.noun} {self.file}: “{self._key(key)}” {problem}.", remedy)

    def check_keys(self, known: Collection[str]) -> None:
        """Raises SettingsError for a key that nobody would read, such as a misspelt one."""
        for key in self.values:
            if key not in known:
                raise self.fault(key, f"is not known here; known are {', '.join(sorted(known))}")

    def text(self, key: str, default: str | None = None) -> str:
        value = self.values.get(key, default)
        if not isinstance(value, str) or (not value.strip() and key in self.values):
            raise self.fault(key, "is not a text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.fault(key, "is not a list of texts")
        return tuple(value)

    def flag(self, key: str) -> bool:
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise self.fault(key, "is not true or false")
        return value

    def number(self, key: str, default: float = 0.0) -> float:
        """A number of 0 or more."""
        value = self.values.get(key, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
            raise self.fault(key, "is not a number of 0 or more")
        return float(value)

    def clock_time(self, key: str) -> time | None:
        """A local time written as 09:00:00; None where the key is not there."""
        value = self.values.get(key)
        if value is not None and not isinstance(value, time):
            raise self.fault(key, "is not a time such as 09:00:00, without quotation marks")
        return value

    def table(self, key: str) -> "PackTable":
        return self._table(key, self.values.get(key))

    def tables(self, key: str) -> tuple["PackTable", ...]:
        value = self.values.get(key, [])
        if not isinstance(value, list):
            raise self.fault(key, "is not a list of tables")
        return tuple(self._table(f"{key}[{index}]", item) for index, item in enumerate(value))

    def check_provenance(self) -> None:
        """Every item says where it comes from, when somebody checked it, and until when that holds."""
        if not (self.texts("sources") if "sources" in self.values else self.text("source")):
            raise self.fault("sources", "is empty")
        verified_on = self.values.get("verified_on")
        if verified_on != NEVER and not isinstance(verified_on, date):
            raise self.fault("verified_on", f"is neither a date nor “{NEVER}”")
        if verified_on != NEVER and not isinstance(self.values.get("review_by"), date):
            raise self.fault("review_by", "is missing, or not a date")

    def _table(self, key: str, value: object) -> "PackTable":
        if not isinstance(value, Mapping):
            raise self.fault(key, "is not a table")
        return PackTable(file=self.file, path=self._key(key), values=value, noun=self.noun)

    def _key(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


def read_document(path: str, packs: Traversable = PACKS) -> PackTable:
    """The pack at `path`, slash-separated within `packs`. Raises SettingsError where it is missing or no TOML."""
    return _packaged(path) if packs is PACKS else _read(path, packs)


@cache
def _packaged(path: str) -> PackTable:
    """Our own packs do not change while the program runs, and every care mail asks for them."""
    return _read(path, PACKS)


def _read(path: str, packs: Traversable) -> PackTable:
    try:
        content = packs.joinpath(path).read_bytes()
    except FileNotFoundError as error:
        raise SettingsError(f"The pack {path} is missing.", "Install Afterglow again.") from error
    return parse_document(path, content)


def parse_document(file: str, content: bytes, noun: str = "pack") -> PackTable:
    """What a file holds; errors call it `noun` and `file`. Raises SettingsError where it is no TOML."""
    try:
        values = tomllib.loads(content.decode("utf-8-sig").replace("\r\n", "\n"))  # as Windows editors write it
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The {noun} {file} is not TOML: {error}.", "Correct that line of the file.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"The {noun} {file} is not UTF-8 text.", "Save it as UTF-8.") from error
    return PackTable(file=file, path="", values=values, noun=noun)


def documents(folder: str, packs: Traversable = PACKS) -> Iterator[PackTable]:
    """Every pack in `folder` and below it, in the order of their names."""
    for entry in sorted(packs.joinpath(folder).iterdir(), key=lambda entry: entry.name):
        path = f"{folder}/{entry.name}" if folder else entry.name
        if entry.is_dir():
            yield from documents(path, packs)
        elif entry.name.endswith(".toml"):
            yield read_document(path, packs)


def available_language(kind: str, language: str, packs: Traversable = PACKS) -> str:
    """The nearest language that packs of this `kind` are written in: en-GB takes en, and what we lack takes English."""
    written = {entry.name.removesuffix(".toml") for entry in packs.joinpath(kind).iterdir()}
    wanted = language.replace("_", "-").casefold()
    candidates = (wanted, wanted.partition("-")[0])
    return next((candidate for candidate in candidates if candidate in written), FALLBACK_LANGUAGE)
