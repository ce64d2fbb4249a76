"""Claims: sentences that readers may take as a medical promise, found by rules that are data."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from newsletter.domain.article import (
    Article,
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
)
from newsletter.domain.denials import Denials, readable, straight
from newsletter.domain.finding import Finding, Severity

_LONGEST_QUOTE = 200  # characters of a sentence that a finding shows
_LONGEST_SENTENCE = 2000  # characters read at once: keeps the patterns quick on a text without full stops


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRule:
    """One kind of promise. A sentence that any of `patterns` matches is a finding, save where one of `unless` does.

    Patterns see the sentence with single spaces and straight apostrophes. Whatever a pattern matches holds a word that
    begins like one of those in `about` (see `looked_for`): where none of them stands,
    no pattern is tried; nor is one where none of those in `beside` stands in the same sentence. `denials` are those of
    the rule's language.
    """

    name: str
    patterns: tuple[re.Pattern[str], ...]
    message: str
    suggestion: str
    denials: Denials
    unless: tuple[re.Pattern[str], ...] = ()
    about: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    def may_find_in(self, sentence: str) -> bool:
        """Whether the words are there without which no pattern is tried."""
        folded = _folded(sentence)
        return _holds_one(folded, self.about) and _holds_one(folded, self.beside)


def findings(text: Article | Sequence[Block], rules: Sequence[ClaimRule], *, refuse: bool) -> tuple[Finding, ...]:
    """Each promise with its sentence, why it is one and what could be said instead, in reading order.

    With `refuse`, as for care mail, they are errors; otherwise warnings. What the writer denies, asks or only cites
    is no promise. A place that two rules would name is named once, by the earlier rule.
    """
    severity = Severity.ERROR if refuse else Severity.WARNING
    return tuple(
        Finding(
            severity=severity,
            rule=rule.name,
            message=rule.message,
            where=_shortened(sentence),
            suggestion=rule.suggestion,
        )
        for sentence, following, tried in _worth_reading("\n".join(_passages(text)), rules)
        for rule in _broken_rules(sentence, following, tried)
    )


def _passages(text: Article | Sequence[Block]) -> Iterator[str]:
    """The texts a reader reads as one piece each: a heading, a paragraph, an item, a cell."""
    blocks = text.blocks if isinstance(text, Article) else text
    if isinstance(text, Article):
        yield text.title
        yield text.dek or ""
    for block in blocks:
        yield from _block_passages(block)


def _block_passages(block: Block) -> Iterator[str]:
    match block:
        case Heading() | Paragraph() | CallToAction():
            yield _own_words(block.spans)
        case ListBlock():
            yield from (_own_words(item.spans) for item in block.items)
        case Quote():  # a testimonial promises as much as the writer's own words
            yield from (_own_words(spans) for spans in block.paragraphs)
        case Table():
            yield from (_own_words(cell) for row in block.rows for cell in row)
        case Image():
            yield from (block.alt or "", block.caption or "")
        case Related() | Code() | Rule():
            return


def _own_words(spans: Inline) -> str:
    """The text without the titles of other posts that it names."""
    return "".join("…" if span.cites else span.text for span in spans)


_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+(?=[^a-z\s])|\n+")


def _sentences(line: str) -> list[str]:
    """With single spaces; a text without full stops comes in pieces."""
    parts = (" ".join(part.split()) for part in _SENTENCE_END.split(line))
    return [
        part[start : start + _LONGEST_SENTENCE] for part in parts for start in range(0, len(part), _LONGEST_SENTENCE)
    ]


# Most of an article holds no word of any rule, and should cost next to nothing: before anything is split or searched,
# the words of the rules are looked up among its words, and only those that are there are looked for in the text.
_APART = "“”„«»‹›—–‑…¿¡‘’‚\u00a0\u202f"
_ASCII_APART = bytes(code if code > 127 or chr(code).isalnum() or chr(code) == "\n" else 32 for code in range(256))


def looked_for(word: str) -> str:
    """A word as `about` and `beside` have it: what folded texts are searched for. One that ends in a space is whole."""
    return _folded(word).rstrip() + " " * word.endswith(" ")


def _folded(text: str) -> str:
    """The text with every word after a space, elided articles apart from theirs; it has as many lines."""
    spaced = text.casefold().encode("utf-8", "replace").translate(_ASCII_APART).decode("utf-8")
    for mark in _APART:
        spaced = spaced.replace(mark, " ")
    return f" {spaced} ".replace("\n", " \n ")


def _worth_reading(text: str, rules: Sequence[ClaimRule]) -> Iterator[tuple[str, str, list[ClaimRule]]]:
    """Each sentence that some rules are about, the one after it (be it in a later line), and those rules."""
    lines, folded = text.split("\n"), _folded(text)
    folded_lines = folded.split("\n")
    for number, about in sorted(_rules_by_line(folded, rules).items()):
        tried = [rule for rule in about if _holds_one(folded_lines[number], rule.beside)]
        sentences = _sentences(lines[number]) if tried else []
        for place, sentence in enumerate(sentences, 1):
            if meant := [rule for rule in tried if rule.may_find_in(sentence)]:
                following = sentences[place] if place < len(sentences) else _next_sentence(lines, number)
                yield sentence, following, meant


def _rules_by_line(folded: str, rules: Sequence[ClaimRule]) -> dict[int, list[ClaimRule]]:
    """The rules that are about something in a line, by its number, in their order."""
    words = sorted(set(folded.split()))
    starts = [0, *(found.end() for found in re.finditer("\n", folded))]
    by_line: dict[int, list[ClaimRule]] = {}
    for rule in rules:
        there = (word for word in rule.about if _begins_one(words, word.split()[0]))
        numbers = {bisect_right(starts, place) - 1 for word in there for place in _places(word, folded)}
        for number in numbers if rule.about else range(len(starts)):
            by_line.setdefault(number, []).append(rule)
    return by_line


def _begins_one(words: Sequence[str], beginning: str) -> bool:
    """Whether one of the sorted words begins so."""
    place = bisect_left(words, beginning)
    return place < len(words) and words[place].startswith(beginning)


def _places(word: str, folded: str) -> Iterator[int]:
    place = folded.find(word)
    while place >= 0:
        yield place
        place = folded.find(word, place + 1)


def _next_sentence(lines: Sequence[str], number: int) -> str:
    """How the next line begins that is not empty; nothing after the last."""
    later = (lines[each] for each in range(number + 1, len(lines)))
    return next((sentence for line in later if line.strip() for sentence in _sentences(line) if sentence), "")


def _holds_one(folded: str, words: Sequence[str]) -> bool:
    return not words or any(map(folded.__contains__, words))


def _broken_rules(sentence: str, following: str, tried: Sequence[ClaimRule]) -> Iterator[ClaimRule]:
    words, after = readable(sentence), straight(following)
    named: list[range] = []
    for rule in tried:
        found = _first_promise(rule, words, named)
        if found and not rule.denials.disowns(words, after):
            named.append(found)
            yield rule


def _first_promise(rule: ClaimRule, words: str, named: Sequence[range]) -> range | None:
    """Where the rule first finds a promise that no other rule has named, from its first character to its last."""
    matches = (match for pattern in rule.patterns for match in pattern.finditer(words))
    promise = next(
        (
            range(*match.span())
            for match in matches
            if not any(match.start() < other.stop and other.start < match.end() for other in named)
            and not rule.denials.denies(words, match.start(), match.end())
        ),
        None,
    )
    return None if promise and any(exception.search(words) for exception in rule.unless) else promise


def _shortened(sentence: str) -> str:
    return sentence if len(sentence) <= _LONGEST_QUOTE else sentence[: _LONGEST_QUOTE - 1].rstrip() + "…"
