"""The shelf of care plans: ours and the studio's own, each in the language that is nearest to the client's."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

from newsletter.domain.aftercare import CareNote, Plan
from newsletter.errors import SettingsError
from newsletter.packs.document import FALLBACK_LANGUAGE, PACKS, PackTable, parse_document, read_document
from newsletter.packs.plans import read_note, read_plan

_NOTE_KEYS = ("name", "subject", "preheader", "title", "letter", "source", "verified_on", "review_by")
_OWN = "plan file"  # what errors call a studio's own


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelvedPlan:
    """A plan, the file it is read from, and whether that is the studio's own."""

    plan: Plan
    file: str
    own: bool


class Shelf:
    """The plans of a studio. Files in `folder` take the place of ours of the same name and language, or add to them.

    The folder is looked at whenever plans are asked for, so an edit counts from the next mail that is planned or
    composed, without starting anything again.
    """

    def __init__(self, language: str = FALLBACK_LANGUAGE, folder: Path | None = None, packs: Traversable = PACKS):
        self._language = normal(language) or FALLBACK_LANGUAGE
        self._folder = folder
        self._packs = packs
        self._seen: tuple[object, ...] = ()
        self._own: tuple[ShelvedPlan, ...] = ()
        self._known: dict[str, Mapping[str, Plan]] = {}

    def in_language(self, language: str) -> Mapping[str, Plan]:
        """Every plan by its name, in `language` (a BCP 47 tag; empty where nobody knows hers), or else in its main
        language, the studio's, or English. The notes say which.

        Raises SettingsError or TemplateError, naming the file and the key.
        """
        own = self._own_plans()
        if language not in self._known:
            self._known[language] = self._nearest(language, own)
        return self._known[language]

    def all(self) -> list[ShelvedPlan]:
        """Every plan that counts, in every language: the studio's own, and ours where she has none of that name."""
        own = {(each.plan.name, each.plan.language): each for each in self._own_plans()}
        ours = [each for language in languages(self._packs) for each in packaged_plans(language, self._packs)]
        unchanged = [each for each in ours if (each.plan.name, each.plan.language) not in own]
        return sorted((*own.values(), *unchanged), key=lambda each: (each.plan.name, each.plan.language))

    def _nearest(self, language: str, own: Sequence[ShelvedPlan]) -> Mapping[str, Plan]:
        nearest: dict[str, Plan] = {}
        for wanted in self._chain(language):
            for shelved in (*own, *packaged_plans(wanted, self._packs)):
                if shelved.plan.language == wanted:
                    nearest.setdefault(shelved.plan.name, shelved.plan)
        return MappingProxyType(nearest)

    def _chain(self, language: str) -> list[str]:
        tags = [normal(language), self._language]
        return list(dict.fromkeys([*(each for tag in tags if tag for each in _widening(tag)), FALLBACK_LANGUAGE]))

    def _own_plans(self) -> tuple[ShelvedPlan, ...]:
        seen = _plan_files(self._folder) if self._folder else ()
        if seen != self._seen:
            self._own = tuple(_each_once(self._read_own(Path(path)) for path, *_ in seen))
            self._seen, self._known = seen, {}  # only what could be read counts as seen
        return self._own

    def _read_own(self, file: Path) -> ShelvedPlan:
        try:
            content = file.read_bytes()
        except OSError as error:
            raise SettingsError(f"The plan file {file} cannot be read: {error.strerror}.", "Check the file.") from error
        document = parse_document(str(file), content, _OWN)
        language = normal(document.text("language", self._language))
        shared = shared_notes(language, self._packs)
        plan = replace(read_plan(document, content, language, shared), content=content.decode("utf-8-sig"))
        return ShelvedPlan(plan=plan, file=str(file), own=True)


def read_again(content: str, language: str) -> Plan:
    """A studio's own plan from the content of its file, as it was kept. Raises SettingsError or TemplateError."""
    document = parse_document("an earlier version", content.encode(), _OWN)
    return read_plan(document, content.encode(), language, shared_notes(language))


def load_plans(language: str, packs: Traversable = PACKS) -> Mapping[str, Plan]:
    """Our plans by name, in `language` or else in English."""
    return Shelf(packs=packs).in_language(language)


def packaged_plans(language: str, packs: Traversable = PACKS) -> Sequence[ShelvedPlan]:
    """Our plans in exactly this language; none where nobody has written any."""
    return _cached_plans(language) if packs is PACKS else _read_packaged(language, packs)


def languages(packs: Traversable = PACKS) -> list[str]:
    """The languages that our plans are written in."""
    return sorted(entry.name for entry in packs.joinpath("plans").iterdir() if entry.is_dir())


def shared_notes(language: str, packs: Traversable = PACKS) -> Mapping[str, CareNote]:
    """The words that invitations of all plans share, by name, in the nearest language."""
    written = languages(packs)
    nearest = next((each for each in _widening(language) if each in written), FALLBACK_LANGUAGE)
    document = read_document(f"invitations/{nearest}.toml", packs)
    document.check_keys(("notes",))
    return {table.text("name"): _shared_note(table, nearest) for table in document.tables("notes")}


def normal(language: str) -> str:
    """A language tag as the shelf compares it: en-gb."""
    return language.strip().replace("_", "-").casefold()


def _shared_note(table: PackTable, language: str) -> CareNote:
    table.check_keys(_NOTE_KEYS)
    table.check_provenance()
    return read_note(table, language)


@cache
def _cached_plans(language: str) -> Sequence[ShelvedPlan]:
    """Our own packs do not change while the program runs."""
    return _read_packaged(language, PACKS)


def _read_packaged(language: str, packs: Traversable) -> Sequence[ShelvedPlan]:
    folder = packs.joinpath("plans").joinpath(language)
    if not (language.isascii() and language.isalpha() and folder.is_dir()):
        return ()
    shared = shared_notes(language, packs)
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return tuple(_read_ours(f"plans/{language}/{name}", language, shared, packs) for name in names)


def _read_ours(file: str, language: str, shared: Mapping[str, CareNote], packs: Traversable) -> ShelvedPlan:
    document = read_document(file, packs)
    document.check_provenance()
    content = packs.joinpath(file).read_bytes()
    return ShelvedPlan(plan=read_plan(document, content, language, shared), file=file, own=False)


def _plan_files(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Every plan file with what changes when it is edited: asked for with every session, so it has to be quick."""
    try:
        with os.scandir(folder) as entries:
            files = [(entry.path, entry.stat()) for entry in entries if entry.name.endswith(".toml")]
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as error:
        raise SettingsError(f"The folder {folder} cannot be read: {error.strerror}.", "Check the folder.") from error
    return tuple(sorted((path, stat.st_mtime_ns, stat.st_size) for path, stat in files))


def _each_once(plans: Iterator[ShelvedPlan]) -> Iterator[ShelvedPlan]:
    taken: dict[tuple[str, str], str] = {}
    for each in plans:
        key = (each.plan.name, each.plan.language)
        if key in taken:
            raise SettingsError(
                f"The plan “{each.plan.name}” in {each.plan.language} is in two files: {taken[key]} and {each.file}.",
                "Keep one of them in that folder.",
            )
        taken[key] = each.file
        yield each


def _widening(tag: str) -> list[str]:
    """fr-ca, then fr."""
    return list(dict.fromkeys([tag, tag.partition("-")[0]]))
