"""Lines of plain text become units: a paragraph whose wrapped lines are joined again, a list, a quote, a divider."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

_DIVIDER = re.compile(r"\s*(?:[-=_~*•·#⁂✻]\s*){3,}")
_UNDERLINE = re.compile(r"(?:=|-|~|_){3,}")
_QUOTED = re.compile(r"(?: {0,3}>\s?)+")
_ITEM = re.compile(r"(?P<indent>\s*)(?:[-*+•‣◦▪●∙·–]|(?P<number>\d{1,2})[.)])\s+(?=\S)")
_SENTENCE_END = re.compile(r"[.!?…:][\"'”’»)\]]*$")
_WIDEST_WRAP = 100  # nobody wraps by hand beyond this: longer lines are paragraphs of their own
_SHORTEST_WRAP = 40
_RAGGED = 12  # how far short of the margin a hand-wrapped line may end
_SHORT_LINE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """A paragraph; a `\\n` in it is a break that its author set. `heading`: its level, where a mark makes it one."""

    text: str
    heading: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    text: str
    indent: int
    number: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    items: tuple[Item, ...]

    @property
    def ordered(self) -> bool:
        return self.items[0].number is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Divider:
    pass


Unit = Prose | Items | Quoted | Divider


def units(text: str) -> list[Unit]:
    """The units of a text with `\\n` line ends, in order; every word is in one of them."""
    lines = [line.rstrip() for line in text.expandtabs(4).split("\n")]
    margin = _margin(lines)
    found: list[Unit] = []
    for group in _groups(lines):
        found += _group_units(group, margin)
    return list(_lists_joined(found))


def _margin(lines: list[str]) -> int | None:
    """The column at which the author's program wrapped; None where each line is a paragraph."""
    widths = [len(line) for line in lines if " " in line.strip()]
    followed = [first for first, second in pairwise(lines) if len(first) >= _SHORTEST_WRAP and second.strip()]
    ended = sum(bool(_SENTENCE_END.search(line)) for line in followed)
    if not followed or not widths or max(widths) > _WIDEST_WRAP or ended * 2 > len(followed):
        return None
    return max(widths)


def _groups(lines: list[str]) -> Iterator[list[str]]:
    """What stands between blank lines."""
    group: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            group.append(line)
        elif group:
            yield group
            group = []


def _group_units(group: list[str], margin: int | None) -> Iterator[Unit]:
    start = 0
    while start < len(group):
        found, start = _units_at(group, start, margin)
        yield from found


def _units_at(group: list[str], start: int, margin: int | None) -> tuple[Iterable[Unit], int]:
    """What begins at a line of the group, and the line behind it."""
    if len(group) == 1 and _DIVIDER.fullmatch(group[0]):
        return [Divider()], 1
    if _QUOTED.match(group[start]):
        return _quoted(group, start, margin)
    if _ITEM.match(group[start]):
        return _items(group, start, margin)
    if _is_underlined(group, start):
        return [Prose(text=group[start].strip(), heading=2)], start + 2
    end = start + 1
    while end < len(group) and not (_ITEM.match(group[end]) or _QUOTED.match(group[end]) or _is_underlined(group, end)):
        end += 1
    return _prose(group[start:end], margin), end


def _is_underlined(group: list[str], index: int) -> bool:
    return index + 1 < len(group) and bool(_UNDERLINE.fullmatch(group[index + 1].strip()))


def _prose(lines: list[str], margin: int | None) -> Iterator[Prose]:
    sections = _unwrapped(lines, margin)
    if len(sections) > 1 and _are_set_as_lines(sections):
        yield Prose(text="\n".join(sections))
        return
    for section in sections:
        marks = len(section) - len(section.lstrip("#"))
        marked = 0 < marks <= 6 and section[marks : marks + 1] == " " and bool(section[marks:].strip())
        yield Prose(text=section[marks:].strip(), heading=marks) if marked else Prose(text=section)


def _are_set_as_lines(sections: list[str]) -> bool:
    """An address or a verse: short lines, none but the last a sentence."""
    return all(len(section) <= _SHORT_LINE for section in sections) and not any(
        _SENTENCE_END.search(section) or section.startswith("#") for section in sections[:-1]
    )


def _unwrapped(lines: list[str], margin: int | None) -> list[str]:
    """The lines, joined where only the margin can have broken them."""
    if margin is None and len(lines) > 2 and max(map(len, lines)) <= _WIDEST_WRAP:
        margin = _margin(lines)
    sections = [[lines[0].strip()]]
    for before, line in pairwise(lines):
        if margin is not None and _was_wrapped(before, line, margin):
            sections[-1].append(line.strip())
        else:
            sections.append([line.strip()])
    return [_continued(section) for section in sections]


def _was_wrapped(line: str, following: str, margin: int) -> bool:
    return len(line) >= _SHORTEST_WRAP and len(line) + 1 + len(following.split()[0]) > margin - _RAGGED


def _continued(lines: list[str]) -> str:
    """The lines as one; a word that was broken at its own hyphen stays one word."""
    pieces = lines[:1]
    for before, line in pairwise(lines):
        hyphened = before.endswith("-") and before[-2:-1].isalpha() and line[0].isalpha()
        pieces += ["" if hyphened else " ", line]
    return "".join(pieces)


def _quoted(group: list[str], start: int, margin: int | None) -> tuple[list[Unit], int]:
    end = start
    bare: list[str] = []
    while end < len(group) and (mark := _QUOTED.match(group[end])):
        bare.append(group[end][mark.end() :])
        end += 1
    paragraphs = ("\n".join(prose.text for prose in _prose(lines, margin)) for lines in _groups(bare))
    return [Quoted(paragraphs=tuple(paragraphs))], end


def _items(group: list[str], start: int, margin: int | None) -> tuple[list[Unit], int]:
    items: list[Item] = []
    end = start
    while end < len(group):
        line = group[end]
        if found := _ITEM.match(line):
            number = int(found["number"]) if found["number"] else None
            items.append(Item(text=line[found.end() :], indent=len(found["indent"]), number=number))
        elif line.startswith(" ") or (margin and _was_wrapped(group[end - 1], line, margin)):
            items[-1] = replace(items[-1], text=_continued([items[-1].text, line.strip()]))
        else:
            break
        end += 1
    return [Items(items=tuple(items))], end


def _lists_joined(found: Iterable[Unit]) -> Iterator[Unit]:
    """Items with blank lines between them are one list; numbers that do not count from 1 are no list but words."""
    pending: list[Item] = []
    for unit in found:
        if isinstance(unit, Items) and pending and _continues(pending, unit.items[0]):
            pending += unit.items
            continue
        yield from _list_or_prose(pending)
        pending = list(unit.items) if isinstance(unit, Items) else []
        if not pending:
            yield unit
    yield from _list_or_prose(pending)


def _continues(before: list[Item], item: Item) -> bool:
    if before[0].number is None or item.number is None:
        return before[0].number is item.number
    last = next(other.number for other in reversed(before) if other.indent == before[0].indent)
    return item.number == (last or 0) + 1


def _list_or_prose(items: list[Item]) -> Iterator[Unit]:
    if not items:
        return
    numbers = [item.number for item in items if item.indent == items[0].indent]
    if numbers[0] is None or (len(numbers) > 1 and numbers == list(range(1, len(numbers) + 1))):
        yield Items(items=tuple(items))
        return
    for item in items:
        yield Prose(text=f"{item.number}. {item.text}" if item.number is not None else f"– {item.text}")
