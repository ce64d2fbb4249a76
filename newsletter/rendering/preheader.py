"""Preheaders: what an inbox shows of a mail beside its subject, before it is opened."""

from collections.abc import Iterator

from newsletter.domain.article import Article, Paragraph
from newsletter.domain.suggestions import cut, flat, sentences, subject_of

LEAST, MOST = 40, 130
_LABEL_MOST = 48
# Behind the preheader, so that an inbox does not go on with the masthead: invisible, and never joined into one space.
PADDING = "\u034f\u200c\u00a0" * 60


def label_of(article: Article) -> str:
    """The title as a button has room for it."""
    return cut(subject_of(article), _LABEL_MOST, _LABEL_MOST // 2)


def preheader_of(article: Article) -> str:
    """The dek; where it has no 40 characters, sentences of the running text after it; at most 130 characters."""
    chosen = flat(article.dek or "")
    for sentence in _sentences(article):
        if len(chosen) >= LEAST:
            break
        chosen = f"{chosen} {sentence}".strip()
    return shorten(chosen)


def shorten(text: str) -> str:
    """At most 130 characters, cut between words."""
    return cut(text, MOST, LEAST)


def _sentences(article: Article) -> Iterator[str]:
    for block in article.blocks:
        if isinstance(block, Paragraph):
            yield from sentences(block.text)
