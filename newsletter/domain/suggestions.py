"""Suggestions: subject lines from an article itself, short, calm, and in the author's own words."""

import re
from collections.abc import Iterator

from newsletter.domain.article import Article, Heading, Paragraph, Quote
from newsletter.domain.subjects import LONGEST_SUBJECT, denied_words, is_shouting
from subscribers.consent import Stream

HOW_MANY = 3
_FEWEST_WORDS, _FEWEST_LETTERS = 3, 12
_HEAD = re.compile(r"(.{8,59}?(?:[?!.](?=\s)|(?=:\s)|(?=\s[–—-]\s)))")
_TAIL = re.compile(r".{8,}?(?:[?!.:]\s+|\s[–—-]\s+)(.+)")
_SENTENCE = re.compile(r".+?(?:[.!?…。！？]+[”’\"')\]]*(?=\s|$)|(?<=[。！？])|$)", re.DOTALL)
_QUESTION = re.compile(r"[?？؟][”’\"')\]]*$")
_END = re.compile(r"[\s.!！。,;:]+$")


def suggest(article: Article, stream: Stream = Stream.MARKETING) -> tuple[str, ...]:
    """Up to three subjects of at most 60 characters, the best first; equal articles get equal ones.

    In a mail that is no newsletter none names a health fact.
    """
    chosen: dict[str, str] = {}
    for candidate in _candidates(article):
        line = _calm(candidate)
        if 0 < len(line) <= LONGEST_SUBJECT and (stream is Stream.MARKETING or not denied_words(line)):
            chosen.setdefault(line.casefold().rstrip("?"), line)
        if len(chosen) == HOW_MANY:
            break
    return tuple(chosen.values())


def subject_of(article: Article) -> str:
    """The title; of a long one what stands before its question mark, full stop, colon or dash, or its first words."""
    title = flat(article.title)
    if len(title) <= LONGEST_SUBJECT:
        return title
    head = _HEAD.match(title)
    return head[1] if head else cut(title, LONGEST_SUBJECT, LONGEST_SUBJECT // 2)


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text, each in one line."""
    return (sentence.strip() for sentence in _SENTENCE.findall(flat(text)) if sentence.strip())


def cut(text: str, most: int, least: int) -> str:
    """At most `most` characters: whole words, unless fewer than `least` characters would be left."""
    if len(text) <= most:
        return text
    beginning = text[: most - 1]
    at_word = beginning.rpartition(" ")[0].rstrip(" ,;:–—-")
    return f"{at_word if len(at_word) >= least else beginning}…"


def flat(text: str) -> str:
    """A text in one line, with single spaces."""
    return " ".join(text.split())


def _candidates(article: Article) -> Iterator[str]:
    """The title, what its second half says, then what the article asks, and then what it says in few words."""
    yield subject_of(article)
    title = flat(article.title)
    tail = _TAIL.match(title)
    headings = [flat(block.text) for block in article.blocks if isinstance(block, Heading)]
    said = [line for line in (*sentences(article.dek or ""), *headings, *_running(article)) if _says_enough(line)]
    yield from (line for line in said if _QUESTION.search(line))
    if tail and _says_enough(tail[1]):
        yield tail[1]
    yield from said


def _running(article: Article) -> Iterator[str]:
    for block in article.blocks:
        if isinstance(block, Paragraph | Quote):
            yield from sentences(block.text)


def _says_enough(line: str) -> bool:
    """Not a mere label such as “Introduction”; scripts without spaces count by letters."""
    return len(line.split()) >= _FEWEST_WORDS or (not line.isascii() and len(line) >= _FEWEST_LETTERS)


def _calm(line: str) -> str:
    """Without exclamation marks, a full stop or capitals throughout."""
    ended = line if _QUESTION.search(line) else _END.sub("", line)
    calm = ended.replace("!", ".").replace("！", "。")
    return calm.capitalize() if is_shouting(calm) else calm
