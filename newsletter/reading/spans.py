"""Runs of text: joined, split and restyled without losing a character that shows."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from newsletter.domain.article import Inline, Span, plain

_BLANKS = re.compile(r"[ \t\r\f]*\n[ \t\r\f]*|[ \t\r\f]+")


def tidy(spans: Iterable[Span]) -> Inline:
    """White space as a reader sees it: single blanks, none at a line's ends; equal neighbours are one span.

    A `\\n` is a line break that counts. No-break spaces are kept.
    """
    tidied: list[Span] = []
    for span in spans:
        text = _BLANKS.sub(lambda found: "\n" if "\n" in found.group() else " ", span.text)
        before = tidied[-1].text[-1] if tidied else "\n"
        if before in " \n":
            text = text.lstrip(" ")
        if text.startswith("\n") and before == " ":
            _cut_end(tidied, " ")
        if text:
            _append(tidied, replace(span, text=text))
    _cut_end(tidied, " \n")
    return _without_leading_breaks(tidied)


def paragraphs(spans: Iterable[Span]) -> Iterator[Inline]:
    """Tidied spans, a new paragraph wherever two line breaks or more follow each other; empty ones left out."""
    tidied = tidy(spans)
    text = plain(tidied)
    ends = [found.span() for found in re.finditer(r"\n{2,}", text)]
    starts = [0, *(end for _, end in ends)]
    for start, end in zip(starts, [*(start for start, _ in ends), len(text)], strict=True):
        if text[start:end].strip():
            yield sliced(tidied, start, end)


def joined(runs: Iterable[Inline], separator: str) -> Inline:
    """The runs as one, tidied, the separator unstyled between them."""
    spans: list[Span] = []
    for run in runs:
        spans += [Span(text=separator), *run] if spans else run
    return tidy(spans)


def restyled(spans: Inline, changes: Sequence[tuple[int, int, Callable[[Span], Span]]]) -> Inline:
    """Each change (start, end, how) applied to its range of the plain text, spans being split where needed.

    The ranges are in order and apart from each other.
    """
    if not changes:
        return spans
    cuts = [cut for start, end, _ in changes for cut in (start, end)]
    changed: list[Span] = []
    position = 0
    for span in spans:
        for text in _pieces(span.text, [cut - position for cut in _between(cuts, position, position + len(span.text))]):
            index = bisect_right(cuts, position)  # odd within a range, since cuts come in pairs
            change = changes[index // 2][2] if index % 2 else _unchanged
            _append(changed, change(replace(span, text=text)))
            position += len(text)
    return tuple(changed)


def _between(cuts: list[int], low: int, high: int) -> list[int]:
    return cuts[bisect_right(cuts, low) : bisect_left(cuts, high)]


def _unchanged(span: Span) -> Span:
    return span


def sliced(spans: Inline, start: int, end: int | None = None) -> Inline:
    """The part of the spans between two places of their plain text, tidied."""
    end = len(plain(spans)) if end is None else end
    kept: list[Span] = []
    position = 0
    for span in spans:
        text = span.text[max(0, start - position) : max(0, end - position)]
        kept.append(replace(span, text=text))
        position += len(span.text)
    return tidy(span for span in kept if span.text)


def _pieces(text: str, cuts: list[int]) -> Iterator[str]:
    yield from (text[start:end] for start, end in pairwise([0, *cuts, len(text)]) if start < end)


def _append(tidied: list[Span], span: Span) -> None:
    if tidied and replace(tidied[-1], text=span.text) == span:
        tidied[-1] = replace(span, text=tidied[-1].text + span.text)
    else:
        tidied.append(span)


def _cut_end(tidied: list[Span], letters: str) -> None:
    while tidied and not (text := tidied[-1].text.rstrip(letters)):
        tidied.pop()
    if tidied:
        tidied[-1] = replace(tidied[-1], text=text)


def _without_leading_breaks(tidied: list[Span]) -> Inline:
    while tidied and not (text := tidied[0].text.lstrip("\n ")):
        tidied.pop(0)
    return (replace(tidied[0], text=text), *tidied[1:]) if tidied else ()
