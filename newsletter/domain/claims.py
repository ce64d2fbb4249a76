"""Claims: sentences that readers may take as a medical promise, found by rules that are data."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

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
from newsletter.domain.finding import Finding, Severity

_LONGEST_QUOTE = 200  # characters of a sentence that a finding shows
_LONGEST_SENTENCE = 2000  # characters read at once: keeps the patterns quick on a text without full stops


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRule:
    """One kind of promise. A sentence that any of `patterns` matches is a finding, save where one of `unless` does.

    Patterns see the sentence with single spaces and straight apostrophes.
    """

    name: str
    patterns: tuple[re.Pattern[str], ...]
    message: str
    suggestion: str
    unless: tuple[re.Pattern[str], ...] = ()


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
        for sentence, following in _sentences(_passages(text))
        for rule in _broken_rules(sentence, following, rules)
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


def _sentences(passages: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Each sentence and the one after it, be it in the next passage; the last is followed by an empty one."""
    parts = (" ".join(part.split()) for passage in passages for part in _SENTENCE_END.split(passage))
    sentences = [
        part[start : start + _LONGEST_SENTENCE] for part in parts for start in range(0, len(part), _LONGEST_SENTENCE)
    ]
    yield from pairwise([*sentences, ""])


def _broken_rules(sentence: str, following: str, rules: Sequence[ClaimRule]) -> Iterator[ClaimRule]:
    words = _QUOTED.sub(lambda quoted: "…" * len(quoted.group()), sentence.replace("’", "'"))
    if _is_disowned(words, following.replace("’", "'")):
        return
    named: list[range] = []
    for rule in rules:
        if found := _first_promise(rule, words, named):
            named.append(found)
            yield rule


def _first_promise(rule: ClaimRule, words: str, named: Sequence[range]) -> range | None:
    """Where the rule first finds a promise that no other rule has named, from its first character to its last."""
    if any(exception.search(words) for exception in rule.unless):
        return None
    matches = (match for pattern in rule.patterns for match in pattern.finditer(words))
    return next(
        (
            range(*match.span())
            for match in matches
            if not any(match.start() < other.stop and other.start < match.end() for other in named)
            and not _is_denied(words, match)
        ),
        None,
    )


# What is put in quotation marks is cited, or held at arm's length: “toxins”. A single mark may be an apostrophe, so
# it closes only where no letter follows.
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|«[^»]*»|(?<!\w)[‘'](?=\w)[^‘']*'(?!\w)")

# A question promises nothing, unless it leads the reader on.
_LEADING_QUESTION = re.compile(
    r"^(?:did you know|ready to|(?:do you )?(?:want|wish) to|looking to|need to|why not)\b", re.I
)

# The sentence speaks of a claim instead of making it ...
_DISOWNED = re.compile(
    r"\b(?:(?<!no )(?<!not a )myths?|misconception|no (?:\w+ )?(?:evidence|proof|such thing|study)|unproven|disprov\w+"
    r"|debunk\w*|contrary to|nonsense|untrue|old (?:story|tale|wives)|used to (?:think|believe|say|be told|claim)"
    r"|(?:may|might|will|often|sometimes) (?:also )?(?:have )?(?:hear|heard|read|been told|be told)"
    r"|(?:people|some|brochures|adverts) (?:often |still |will )?(?:say|claim)"
    r"|(?:therapists|teachers|schools)\b.{0,60}\b(?:say|claim|tell|told|teach|taught|believe)"
    r"|if\b.*\bwould(?:n't| not| mean)"
    r"|supposed(?:ly)? to|supposedly|so-called|beware|wary of|be careful (?:of|with)|the idea that"
    r"|(?:not|n't) (?:true|supported|backed|the case)"
    r"|(?:if|when|anyone|someone|somebody|people|those) \b.*\b(?:promis\w+|claim\w*|tells? you|says?(?! goodbye)))\b",
    re.I,
)
# ... unless it then sides with it.
_AFFIRMED = re.compile(
    r"\b(?:it's true|it is true|is real|they're right|they are right|i agree|no doubt|and it works)\b", re.I
)

# The next sentence takes it back: “No.” “That is a myth.” “It does not.”
_TAKEN_BACK = re.compile(
    r"^(?:but |in fact,? |sadly,? )?(?:no[.,!]|not so\b"
    r"|(?:that|this|it)(?:'s| is| was)(?: \w+){0,3}? (?:not (?:so|true|how)\b|myth|false|wrong|nonsense|untrue)"
    r"|(?:that|this|it) (?:isn't|wasn't) (?:so|true|how|the case)\b"
    r"|(?:that|this|it|they|massage) (?:does|do|did|has|have|can)(?:n't|not| not)(?: \w+)?[.!]?$)",
    re.I,
)


def _is_disowned(words: str, following: str) -> bool:
    if words.rstrip("\"'”)").endswith("?"):
        return not _LEADING_QUESTION.match(words)
    disowned = _DISOWNED.search(words) or _TAKEN_BACK.match(following)
    return bool(disowned) and not _AFFIRMED.search(words)


# A denial reaches to the end of its clause, not beyond: “It is not magic, it heals.” A comma alone ends no clause,
# as in “does not diagnose, treat or cure”; a comma before a new subject does.
_SUBJECT = r"(?:it|this|that|these|they|we|i|you|he|she|your|my|our|the|a|massage|reiki|cupping|regular)\b"
_CLAUSE_END = re.compile(
    rf"[;:—–(]| - |,? \b(?:but|because|yet|however|so)\b|, (?=(?:and )?{_SUBJECT})|\band (?={_SUBJECT})", re.I
)
_DENIAL = re.compile(
    r"(?:\b(?:not|never|cannot|no|nor|neither|none|nobody|nothing|without|hardly|rather than|instead of)\b|n't\b)"
    r"(?! (?:only|just|merely|simply|matter|doubt|wonder|surprise|secret|myth|wait|hesitate|worry|forget|miss))"
    r"(?!.*\bforever\b)",  # “cannot be kept in for ever” presumes that it is kept in
    re.I,
)
_DENIED_AFTER = re.compile(
    r"^[^\w,;:]*(?:(?!(?:i|we|you|they|that|which|who|it)\b)[\w-]+ ){0,3}?"
    r"(?:is|are|was|were|does|do|did|has|have|had|can|will|would|should)(?:n't|not| not| never| nothing| no)\b",
    re.I,
)


def _is_denied(words: str, match: re.Match[str]) -> bool:
    """Whether the clause denies the match, before it (“does not flush ...”) or after it (“... is not the cause”)."""
    clause_start = max((end.end() for end in _CLAUSE_END.finditer(words, 0, match.start())), default=0)
    denial = _DENIAL.search(words, clause_start)
    denied_before = denial is not None and denial.start() < match.start()
    return denied_before or bool(_DENIED_AFTER.match(words[match.end() :]))


def _shortened(sentence: str) -> str:
    return sentence if len(sentence) <= _LONGEST_QUOTE else sentence[: _LONGEST_QUOTE - 1].rstrip() + "…"
