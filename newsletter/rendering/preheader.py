"""Subjects and preheaders: what an inbox shows of a mail before it is opened."""

import re
from collections.abc import Iterator

from newsletter.domain.article import Article, Paragraph

SUBJECT_MOST = 60
LEAST, MOST = 40, 130
_LABEL_MOST = 48
# Behind the preheader, so that an inbox does not go on with the masthead: invisible, and never joined into one space.
PADDING = "\u034f\u200c\u00a0" * 60
_HEAD = re.compile(r"(.{8,59}?(?:[?!.](?=\s)|(?=:\s)|(?=\s[–—-]\s)))")
_SENTENCE = re.compile(r".+?(?:[.!?…。！？]+[”’\"')\]]*(?=\s|$)|(?<=[。！？])|$)", re.DOTALL)


def subject_of(article: Article) -> str:
    """The title, or of a long one what stands before its question mark, full stop, colon or dash."""
    title = _flat(article.title)
    head = _HEAD.match(title) if len(title) > SUBJECT_MOST else None
    return head[1] if head else title


def label_of(article: Article) -> str:
    """The title as a button has room for it."""
    return _shorten(subject_of(article), _LABEL_MOST, _LABEL_MOST // 2)


def preheader_of(article: Article) -> str:
    """The dek; where it has no 40 characters, sentences of the running text after it; at most 130 characters."""
    chosen = _flat(article.dek or "")
    for sentence in _sentences(article):
        if len(chosen) >= LEAST:
            break
        chosen = f"{chosen} {sentence}".strip()
    return shorten(chosen)


def shorten(text: str) -> str:
    """At most 130 characters, cut between words."""
    return _shorten(text, MOST, LEAST)


def _shorten(text: str, most: int, least: int) -> str:
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    at_word = cut.rpartition(" ")[0].rstrip(" ,;:–—-")
    return f"{at_word if len(at_word) >= least else cut}…"


def _sentences(article: Article) -> Iterator[str]:
    paragraphs = (_flat(block.text) for block in article.blocks if isinstance(block, Paragraph))
    return (sentence.strip() for text in paragraphs for sentence in _SENTENCE.findall(text) if sentence.strip())


def _flat(text: str) -> str:
    return " ".join(text.split())
