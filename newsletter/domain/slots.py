"""Slots: the few places of an edition that differ from one reader to the next.

`[[ first_name ]]` is filled with the reader's value, `[[ first_name | there ]]` falls back to "there" where she has
none. A text is split once; a value is never read as a template. Literal brackets of the content are protected first,
so that an article that shows `[[ first_name ]]` keeps its words.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from newsletter.errors import TemplateError

SLOTS = frozenset(
    {
        "first_name",
        "practitioner",
        "confirm_url",
        "data_url",
        "unsubscribe_url",
        "preferences_url",
        "view_url",
        "click_url",
        "open_url",
    }
)
_BRACKETS = "brackets"  # the slot that stands for two literal opening brackets
_SLOT = re.compile(r"\[\[ (?P<name>[a-z_]+)(?: \| (?P<default>[^\[\]|]*?))? \]\]")
_UNREADABLE = re.compile(r"\[\[.{0,40}")


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot: the reader's field it takes, and what stands there when she has none."""

    name: str
    default: str = ""


Part = str | Slot


def protect(text: str) -> str:
    """Literal text as it may stand in an edition: its double brackets are no slots."""
    return text.replace("[[", f"[[ {_BRACKETS} ]]")


def split(text: str) -> tuple[Part, ...]:
    """Literal strings and slots in turn, the first and the last always a string.

    Raises TemplateError for a slot that is not in SLOTS, or for brackets that are no slot at all.
    """
    parts: list[Part] = []
    end = 0
    for found in _SLOT.finditer(text):
        parts += [_checked_literal(text[end : found.start()]), _slot(found)]
        end = found.end()
    parts.append(_checked_literal(text[end:]))
    return _joined(parts)


def map_literals(text: str, fill: Callable[[str], str]) -> str:
    """`text` with `fill` applied to what stands between its slots; what `fill` brings in is protected."""
    pieces: list[str] = []
    end = 0
    for found in _SLOT.finditer(text):
        _slot(found)
        pieces += [protect(fill(text[end : found.start()])), found.group()]
        end = found.end()
    pieces.append(protect(fill(text[end:])))
    return "".join(pieces)


def fill(parts: tuple[Part, ...], fields: Mapping[str, str], escape: Callable[[str], str] = str) -> str:
    """The text for one reader; each value, or its default, passes through `escape`."""
    return "".join(part if isinstance(part, str) else escape(fields.get(part.name) or part.default) for part in parts)


def _slot(found: re.Match[str]) -> Slot | str:
    name = found["name"]
    if name == _BRACKETS:
        return "[["
    if name not in SLOTS:
        raise TemplateError(f"The slot [[ {name} ]] does not exist.", f"Use one of: {', '.join(sorted(SLOTS))}.")
    return Slot(name, found["default"] or "")


def _checked_literal(text: str) -> str:
    if unreadable := _UNREADABLE.search(text):
        raise TemplateError(
            f"“{unreadable.group()}” looks like a slot but cannot be read.",
            "Write a slot as [[ first_name ]] or [[ first_name | there ]], with the spaces.",
        )
    return text


def _joined(parts: list[Part]) -> tuple[Part, ...]:
    """Neighbouring strings as one, so that filling joins as few pieces as there are slots."""
    joined: list[Part] = [""]
    for part in parts:
        last = joined[-1]
        if isinstance(part, str) and isinstance(last, str):
            joined[-1] = last + part
        else:
            joined.append(part)
    if not isinstance(joined[-1], str):
        joined.append("")
    return tuple(joined)
