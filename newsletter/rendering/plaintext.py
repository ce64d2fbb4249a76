"""Plain text: blocks as a letter of 78 columns, its links as numbered notes at the end."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest
from typing import TypeVar

from newsletter.domain.article import (
    Block,
    CallToAction,
    Code,
    Heading,
    Image,
    Inline,
    ListBlock,
    Paragraph,
    Quote,
    Related,
    Rule,
    Table,
    plain,
)

_Text = TypeVar("_Text", bound=str)  # a slotted text stays one

WIDTH = 78
_UNDERLINES = {1: "=", 2: "-"}
# A word ends at a space that may break a line, never at a no-break space; a slot is never torn.
_WORD = re.compile(r"(?:\[\[ [^\[\]]* \]\]|[^ \t\r\n\f\v\u2002-\u2006\u2008-\u200a\u3000])+")
_UNTORN = re.compile(r"[/.@\[]")  # addresses and slots
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+\n")
_TRAILING = re.compile(r"[ \t]+\n")
_JOINER = "\u200d"  # holds an emoji together
_NO_LINE_START = frozenset("、。，．・：；？！）」』】〕〉》ー々,.:;?!)]}’”")


class Footnotes:
    """The addresses of a letter, each with one number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def mark(self, address: str) -> str:
        """The reference to an address, such as `[2]`."""
        return f"[{self._numbers.setdefault(address, len(self._numbers) + 1)}]"

    def __str__(self) -> str:
        return "\n".join(f"[{number}] {address}" for address, number in self._numbers.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a letter says of its own: a button's label, the colon after it, how a related `{title}` is announced."""

    button: str = ""
    related: str = "Related: {title}"
    colon: str = ":"


def letter(blocks: Iterable[Block], footnotes: Footnotes, words: Words) -> str:
    """The blocks, one blank line between them."""
    return "\n\n".join(filter(None, (_block(block, footnotes, words) for block in blocks)))


def wrap(text: _Text, first: str = "", rest: str | None = None, width: int = WIDTH) -> _Text:
    """`text` in lines of at most `width` columns, the author's line breaks kept, words longer than that unbroken.

    `first` opens the first line, `rest` (as wide a blank by default) the others.
    """
    rest = " " * columns(first) if rest is None else rest
    lines: list[str] = []
    for line in text.split("\n"):
        lines += _fold(line, width - columns(first)) or [""]
    opened = (f"{first if number == 0 else rest}{line}".rstrip(" ") for number, line in enumerate(lines))
    return type(text)("\n".join(opened))


def squeeze(letter_skeleton: str) -> str:
    """A filled template without the blank lines that its conditions left."""
    return _BLANK_LINES.sub("\n\n", _TRAILING.sub("\n", letter_skeleton)).strip("\n") + "\n"


def columns(text: str) -> int:
    """How many columns a terminal gives the text: two for a wide character, none for a combining one."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def underline(text: _Text, level: int) -> _Text:
    """A heading: the first two levels are underlined as wide as their longest line.

    Where the heading runs from right to left a line of signs would stand on the other side, so they stand at its ends.
    """
    mark = _UNDERLINES.get(level)
    if not mark:
        return wrap(text)
    if _runs_left(text):
        return wrap(type(text)(f"{mark * 2} {text} {mark * 2}"))
    wrapped = wrap(text)
    return type(text)(f"{wrapped}\n{mark * max(map(columns, wrapped.split(chr(10))))}")


def _runs_left(text: str) -> bool:
    """Whether its first letter belongs to a script that is written from right to left."""
    strong = (kind for kind in map(unicodedata.bidirectional, text) if kind in {"L", "R", "AL"})
    return next(strong, "L") != "L"


def _block(block: Block, notes: Footnotes, words: Words) -> str:
    match block:
        case Heading():
            return underline(_words(block.spans, notes), block.level) if block.spans else ""
        case Paragraph():
            return wrap(_words(block.spans, notes))
        case ListBlock():
            return _list(block, notes)
        case Quote():
            return _quote(block, notes)
        case Image():
            return wrap(_image(block, notes))
        case Table():
            return _table(block, notes)
        case Code():
            return _code(block.text)
        case Rule():
            return "* * *".center(WIDTH).rstrip()
        case Related() | CallToAction():
            return _pointer(block, notes, words)


def _pointer(block: Related | CallToAction, notes: Footnotes, words: Words) -> str:
    if isinstance(block, CallToAction):
        said = wrap(_words(block.spans, notes))
        return f"{said}\n\n{wrap(words.button)}{words.colon}\n{block.href}" if block.href else said
    said = words.related.format(title=block.text)
    return wrap(f"{said} {notes.mark(block.href)}" if block.href else said)


def _words(spans: Inline, notes: Footnotes) -> str:
    """The words, each run of one link followed by its reference unless the words are the address."""
    runs = groupby(spans, key=lambda span: span.href)
    return "".join(_linked(plain(run), href, notes) for href, run in runs)


def _linked(words: str, href: str | None, notes: Footnotes) -> str:
    if (
        not href
        or not words.strip()
        or words.strip() in {href, href.removeprefix("mailto:"), href.removeprefix("tel:")}
    ):
        return words
    bare = words.rstrip()
    return f"{bare} {notes.mark(href)}{words[len(bare) :]}"


def _list(block: ListBlock, notes: Footnotes) -> str:
    """Items with hanging indents; a nested list begins counting anew."""
    lines: list[str] = []
    counts: list[int] = []
    for item in block.items:
        depth = min(item.level, len(counts))
        counts = [*counts[: depth + 1], *([0] if depth == len(counts) else [])]
        counts[depth] += 1
        ordered = block.ordered if item.ordered is None else item.ordered
        mark = f"{counts[depth]}. " if ordered else "- "
        lines.append(wrap(_words(item.spans, notes), "  " * (depth + 1) + mark))
    return "\n".join(lines)


def _quote(block: Quote, notes: Footnotes) -> str:
    said = [wrap(words, "> ", "> ") for spans in block.paragraphs if (words := _words(spans, notes))]
    by = [wrap(f"— {block.attribution}", "> ", ">   ")] if block.attribution else []
    return "\n>\n".join(said + by)


def _image(block: Image, notes: Footnotes) -> str:
    words = block.caption or block.alt or ""
    return f"{words} {notes.mark(block.href)}".strip() if block.href else words


def _table(block: Table, notes: Footnotes) -> str:
    """A row a line, as one would read it aloud: each cell after the name of its column, or after that of its row."""
    rows = [[_words(cell, notes).replace("\n", " ").strip() for cell in row] for row in block.rows]
    if not block.header:
        lines = [_row(row) for row in rows]
    elif len(rows) > 1:
        lines = [_record(rows[0], row) for row in rows[1:]]
    else:
        lines = ["; ".join(filter(None, row)) for row in rows]
    return "\n".join(wrap(line, "", "    ") for line in lines if line)


def _record(names: Sequence[str], row: Sequence[str]) -> str:
    pairs = zip_longest(names, row, fillvalue="")
    return "; ".join(f"{name}: {cell or '–'}" if name else cell for name, cell in pairs if name or cell)


def _row(row: Sequence[str]) -> str:
    name, *others = row or [""]
    rest = "; ".join(cell for cell in others if cell)
    return f"{name}: {rest}" if name and rest else name or rest


def _code(text: str) -> str:
    return "\n".join(piece for line in text.strip("\n").split("\n") for piece in _code_lines(line))


def _code_lines(line: str) -> Iterator[str]:
    """A line of a program; what is too long goes on below, further in."""
    indent = line[: len(line) - len(line.lstrip())]
    while len(line) > WIDTH:
        end = line.rfind(" ", len(indent) + 5, WIDTH + 1)
        if end < 0:
            break
        yield line[:end]
        line = f"{indent}    {line[end + 1 :]}"
    yield line


def _fold(line: str, width: int) -> list[str]:
    """One line of the author as lines of at most `width` columns where its words allow it."""
    folded: list[str] = []
    current, used = "", 0
    for word in _WORD.findall(line):
        gap = 1 if current else 0
        for piece, size in _pieces(word, width):
            if current and used + gap + size > width:
                folded.append(current)
                current, used = piece, size
            else:
                current, used = f"{current}{' ' * gap}{piece}", used + gap + size
            gap = 0
    return [*folded, current] if current else folded


def _pieces(word: str, width: int) -> list[tuple[str, int]]:
    """A word with its room; or where it is too long and has wide characters, the pieces between which it may be broken.

    Long words of other scripts stay whole: only a dictionary knows where Thai may break, and the mail program has one.
    What is longer than a line in Latin letters alone is no word, unless it is an address or a slot.
    """
    room = _room(word)
    if room <= width or _UNTORN.search(word):
        return [(word, room)]
    if word.isascii():
        return [(piece, len(piece)) for piece in (word[at : at + width] for at in range(0, len(word), width))]
    pieces: list[str] = []
    for character in word:
        if pieces and not _may_break(pieces[-1][-1], character):
            pieces[-1] += character
        else:
            pieces.append(character)
    return [(piece, _room(piece)) for piece in pieces]


def _room(text: str) -> int:
    """Its columns, or its characters where they are more: some count a line by the one, some by the other."""
    return len(text) if text.isascii() else max(len(text), columns(text))


def _may_break(before: str, after: str) -> bool:
    if not _columns(after) or before == _JOINER or after in _NO_LINE_START:
        return False
    return 2 in (_columns(before), _columns(after))


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
