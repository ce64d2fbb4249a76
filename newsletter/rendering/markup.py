"""The check of one template's MJML: every fault that MRML would pass over in silence, with its line and position."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from newsletter.errors import TemplateError

_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_ATTRIBUTES = re.compile(r'<[\w-]+(?:\s+[\w:-]+\s*=\s*"[^"<]*")*\s*/?>')
_VALUE = re.compile(r'"([^"]*)"')
_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
_SECTIONS = frozenset({"mj-body", "mj-wrapper"})
_COLUMNS = frozenset({"mj-section", "mj-group"})
_CELLS = frozenset({"mj-column", "mj-hero"})
_HEAD = frozenset({"mj-head"})
_PARENTS: dict[str, frozenset[str]] = {
    "mjml": frozenset(),
    "mj-head": frozenset({"mjml"}),
    "mj-body": frozenset({"mjml"}),
    "mj-attributes": _HEAD,
    "mj-breakpoint": _HEAD,
    "mj-font": _HEAD,
    "mj-preview": _HEAD,
    "mj-style": _HEAD,
    "mj-title": _HEAD,
    "mj-all": frozenset({"mj-attributes"}),
    "mj-class": frozenset({"mj-attributes"}),
    "mj-section": _SECTIONS,
    "mj-wrapper": frozenset({"mj-body"}),
    "mj-hero": _SECTIONS,
    "mj-column": _COLUMNS,
    "mj-group": frozenset({"mj-section"}),
    "mj-raw": _SECTIONS | _COLUMNS | _CELLS | _HEAD,
    "mj-button": _CELLS,
    "mj-divider": _CELLS,
    "mj-image": _CELLS,
    "mj-social": _CELLS,
    "mj-social-element": frozenset({"mj-social"}),
    "mj-spacer": _CELLS,
    "mj-table": _CELLS,
    "mj-text": _CELLS,
}


def check(name: str, source: str) -> None:
    """Raise TemplateError for the first fault in `source`, the text of the template called `name`.

    A template must be whole in itself: what it opens, it closes.
    """
    checker = _Checker(name)
    checker.feed(_JINJA.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), source))
    checker.finish()


@dataclass(frozen=True, slots=True)
class _Opened:
    tag: str
    line: int
    column: int


class _Checker(HTMLParser):
    def __init__(self, name: str) -> None:
        super().__init__(convert_charrefs=False)
        self._name = name
        self._open: list[_Opened] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in _VOID:
            self._open.append(_Opened(tag, *self._place()))

    def handle_startendtag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the parser calls it so
        if not tag.startswith("mj"):
            return
        if tag not in _PARENTS:
            raise self._fault(f"<{tag}> is no element of MJML that a mail may use here")
        self._check_parent(tag)
        self._check_attributes(tag, self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if not self._open:
            raise self._fault(f"</{tag}> closes nothing")
        opened = self._open.pop()
        if opened.tag != tag:
            raise self._fault(f"</{tag}> stands where <{opened.tag}> of line {opened.line} should be closed")

    def finish(self) -> None:
        self.close()
        if self._open:
            opened = self._open[-1]
            raise self._fault(f"<{opened.tag}> is never closed", (opened.line, opened.column))

    def _check_parent(self, tag: str) -> None:
        inside = self._open[-1].tag if self._open else None
        if inside is not None and inside != "mj-attributes" and inside not in _PARENTS[tag]:
            raise self._fault(f"<{tag}> may not stand in <{inside}>")

    def _check_attributes(self, tag: str, written: str) -> None:
        if not _ATTRIBUTES.fullmatch(written):
            raise self._fault(f'<{tag}> has an attribute that is not written as name="value"')
        for value in _VALUE.findall(written):
            if value and (not value.isascii() or "\\" in value or not value.isprintable()):
                raise self._fault(
                    f"“{value}” in <{tag}> holds a character that MJML cannot print in an attribute",
                    remedy="Write it as a numeric entity, for example &#233; for é, and on one line.",
                )

    def _fault(self, what: str, place: tuple[int, int] | None = None, remedy: str = "") -> TemplateError:
        line, column = place or self._place()
        return TemplateError(
            f"{self._name}, line {line}, position {column}: {what}.",
            remedy or "Correct the template, or remove it to use the one that comes with the program.",
        )

    def _place(self) -> tuple[int, int]:
        line, offset = self.getpos()
        return line, offset + 1
