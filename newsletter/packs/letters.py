"""Letters: the words of a care mail as a person writes them, as blocks.

A blank line ends a paragraph; a line break within one stays. Lines that begin with "- " are a list, lines that begin
with "> " words to be quoted, and a line that begins with "-> " is a button to the booking page.
"""

from itertools import groupby

from newsletter.domain.article import Block, CallToAction, ListBlock, ListItem, Paragraph, Quote, inline

_ITEM, _QUOTE, _BUTTON = "- ", "> ", "-> "
_MARKS = (_ITEM, _QUOTE, _BUTTON)


def read_letter(text: str) -> tuple[Block, ...]:
    """The blocks of a letter, in order."""
    return tuple(block for part in _parts(text) for block in _blocks(part))


def _parts(text: str) -> list[list[str]]:
    """The lines that stand together, without the blank ones between."""
    lines = (line.strip() for line in text.splitlines())
    return [list(part) for is_filled, part in groupby(lines, key=bool) if is_filled]


def _blocks(lines: list[str]) -> list[Block]:
    """A list may follow its paragraph without a blank line, as it often does in a mail."""
    return [_block(mark, [line.removeprefix(mark) for line in run]) for mark, run in groupby(lines, key=_mark)]


def _mark(line: str) -> str:
    return next((mark for mark in _MARKS if line.startswith(mark)), "")


def _block(mark: str, lines: list[str]) -> Block:
    match mark:
        case "- ":
            return ListBlock(items=tuple(ListItem(spans=inline(line)) for line in lines))
        case "> ":
            return Quote(paragraphs=tuple(inline(line) for line in lines))
        case "-> ":
            return CallToAction(spans=inline(" ".join(lines)))
        case _:
            return Paragraph(spans=inline("\n".join(lines)))
