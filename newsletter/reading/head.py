"""What may stand between a title and its text: a date, a byline, a line that leads in."""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from newsletter.domain.article import Block, Heading, Paragraph
from newsletter.reading.dates import read_date

_BYLINE = re.compile(r"(?:(?:written |posted |words )?by|author:|von|par|por)\s+(?P<name>\S.{1,60})", re.I)
_PARTICLES = frozenset(
    {"and", "und", "et", "y", "de", "del", "della", "der", "di", "du", "la", "le", "van", "von", "zu"}
)
_SEPARATOR = re.compile(r"\n|\s+[|·•]\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Each as far as it was found."""

    dek: str | None = None
    date: datetime.date | None = None
    author: str | None = None


def with_line(head: Head, text: str, language: str) -> Head | None:
    """The head with what a date or byline adds; None where some line of it is neither, or says it twice."""
    for line in _SEPARATOR.split(text):
        when, byline = read_date(line, language), _BYLINE.fullmatch(line.strip())
        if when and head.date is None:
            head = replace(head, date=when)
        elif byline and _is_name(byline["name"]) and head.author is None:
            head = replace(head, author=byline["name"].strip())
        else:
            return None
    return head


def take_lines(blocks: Sequence[Block], language: str, head: Head) -> tuple[Head, tuple[Block, ...]]:
    """The head with the dates and bylines that open the blocks, and the blocks below; a text is never all head."""
    start = 0
    while start < len(blocks) - 1 and isinstance(block := blocks[start], Paragraph | Heading):
        taken = with_line(head, block.text, language)
        if taken is None:
            break
        head, start = taken, start + 1
    return head, tuple(blocks[start:])


def _is_name(text: str) -> bool:
    words = text.split()
    return (
        len(words) <= 6
        and not text.endswith(("!", "?"))
        and not any(word[0].islower() and word not in _PARTICLES for word in words)
    )
