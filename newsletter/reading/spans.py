"""Runs of text: joined, split and restyled without losing a character that shows."""

import re
from collections.abc import Callable, Iterable, Iterator
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


def restyled(spans: Inline, ranges: Iterable[tuple[int, int]], change: Callable[[Span], Span]) -> Inline:
    """`change` applied to what lies in the ranges of the plain text (start, end), spans being split where needed."""
    inside = list(ranges)
    cuts = sorted({cut for place in inside for cut in place})
    changed: list[Span] = []
    position = 0
    for span in spans:
        for text in _pieces(span.text, [cut - position for cut in cuts]):
            piece = replace(span, text=text)
            hit = any(start <= position < end for start, end in inside)
            _append(changed, change(piece) if hit else piece)
            position += len(text)
    return tuple(changed)


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
    places = [0, *(cut for cut in cuts if 0 < cut < len(text)), len(text)]
    yield from (text[start:end] for start, end in pairwise(places) if start < end)


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
