"""Templates: the packaged ones, or a studio's changed copies of them, checked and ready to be filled."""

import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import jinja2
from mjml import mjml2html

from newsletter.domain import slots
from newsletter.errors import TemplateError
from newsletter.rendering import markup, skeleton, words
from newsletter.rendering.blocks import passages, shares, tree
from newsletter.rendering.plaintext import squeeze, underline, wrap
from newsletter.rendering.skeleton import Slotted
from newsletter.rendering.tidy import tidy, tighten
from newsletter.rendering.words import Words


class Templates:
    """The mail templates. A file in `folder` takes the place of the packaged file of the same name; of a catalogue of
    words in `folder`/locale, each word that of the packaged one.

    Templates are read and checked once, when they are first used.
    """

    def __init__(self, folder: Path | None = None) -> None:
        packaged = files("templates") / "email"
        self._folders: tuple[Traversable, ...] = (packaged,) if folder is None else (folder, packaged)
        self._jinja = jinja2.Environment(
            loader=jinja2.FunctionLoader(self._load),
            autoescape=True,
            finalize=skeleton.seal,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
        )
        self._jinja.filters |= {
            "breaks": skeleton.breaks,
            "lines": str.splitlines,
            "passages": passages,
            "shares": shares,
            "slotted": Slotted,
            "tree": tree,
            "underline": underline,
            "wrap": wrap,
        }
        self._catalogues = (words.PACKAGED,) if folder is None else (words.PACKAGED, folder / "locale")
        self.words: Callable[[str], Words] = lru_cache(maxsize=None)(self._words)

    def html(self, name: str, context: Mapping[str, object]) -> str:
        """The mail `name`.mjml, filled and compiled, with its slots. Raises TemplateError."""
        filled = skeleton.hide_slots(tighten(self._render(f"{name}.mjml", context)))
        try:
            compiled = mjml2html(filled, fonts={})
        except ValueError as error:
            raise _uncompiled(f"{name}.mjml", str(error)) from error
        return self._finish(f"{name}.mjml", skeleton.show_slots(tidy(compiled)), skeleton.escape_html)

    def text(self, name: str, context: Mapping[str, object]) -> str:
        """The plain-text twin `name`.txt, filled, with its slots. Raises TemplateError."""
        return self._finish(f"{name}.txt", squeeze(self._render(f"{name}.txt", context)), skeleton.clean)

    def _words(self, language: str) -> Words:
        """The words of the frame (greeting, footer) in a language; empty where nobody has translated them."""
        return words.read("email", language, self._catalogues)

    def _render(self, name: str, context: Mapping[str, object]) -> str:
        try:
            return self._jinja.get_template(name).render(context)
        except jinja2.TemplateSyntaxError as error:
            raise _unfilled(str(error.name), error.lineno, str(error.message)) from error
        except jinja2.TemplateNotFound as error:
            raise TemplateError(f"The template {error.name}, used by {name}, does not exist.") from error
        except TemplateError:
            raise
        except Exception as error:  # whatever an expression in a template can raise
            place = _last_place(error)
            raise _unfilled(place.filename if place else name, place and place.lineno, str(error)) from error

    def _finish(self, name: str, filled: str, escape: Callable[[str], str]) -> str:
        try:
            return skeleton.fill(filled, escape)
        except TemplateError as error:
            raise TemplateError(f"{name}: {error.message}", error.remedy) from error

    def _load(self, name: str) -> tuple[str, str, Callable[[], bool]] | None:
        found = self._find(name)
        if found is None:
            return None
        source = found.read_text(encoding="utf-8")
        _check_slots(name, source)
        if name.endswith(".mjml"):
            markup.check(name, source)
        return source, name, lambda: True

    def _find(self, name: str) -> Traversable | None:
        """The file `name`, from the studio's folder first."""
        return next((file for folder in self._folders if (file := folder.joinpath(*name.split("/"))).is_file()), None)


def current_templates(folder: Path | None = None) -> Templates:
    """The templates of a folder, read and compiled once for as long as none of its files changes, comes or goes."""
    return _templates(folder, _state(folder) if folder else frozenset())


_State = frozenset[tuple[Path, int, int]]


@lru_cache(maxsize=4)
def _templates(folder: Path | None, _state: _State) -> Templates:
    return Templates(folder)


def _state(folder: Path) -> _State:
    """When each file below the folder was last changed, and how long it is."""
    found = set()
    for file in folder.rglob("*"):
        with suppress(OSError):  # it went meanwhile, or is a link to nowhere
            about = file.stat()
            found.add((file, about.st_mtime_ns, about.st_size))
    return frozenset(found)


def _check_slots(name: str, source: str) -> None:
    for number, line in enumerate(source.splitlines(), 1):
        try:
            slots.split(line)
        except TemplateError as error:
            raise TemplateError(f"{name}, line {number}: {error.message}", error.remedy) from error


def _last_place(error: Exception) -> traceback.FrameSummary | None:
    """Where in a template the error arose: Jinja names templates as the files of its frames."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame for frame in reversed(frames) if frame.filename.endswith((".mjml", ".txt"))), None)


def _unfilled(name: str, line: int | None, fault: str) -> TemplateError:
    where = f"{name}, line {line}" if line else name
    return TemplateError(
        f"{where}: {fault.rstrip('.')}.", "Correct the template, or remove it to use the packaged one."
    )


def _uncompiled(name: str, fault: str) -> TemplateError:
    return TemplateError(f"{name} is no valid MJML: {fault}.", "Correct the template and what it includes.")
