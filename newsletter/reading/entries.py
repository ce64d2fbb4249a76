"""An entry of a feed becomes an article, from the feed's own words or from its page, whichever says more."""

import hashlib
import json
import re
from dataclasses import dataclass, replace

from newsletter.domain.article import Article, Block, Image, Paragraph
from newsletter.domain.article_json import blocks_to_json
from newsletter.domain.feed import Identity
from newsletter.errors import InputError
from newsletter.reading.feeds import FeedEntry
from newsletter.reading.fragments import fragment_blocks
from newsletter.reading.html import without_repeated_title
from newsletter.reading.language import guess_language
from newsletter.reading.marks import bold_headings, recognise
from newsletter.reading.page_facts import letters

# What WordPress writes below every entry: "The post … appeared first on …".
_APPENDED = re.compile(
    r"(?:The post|Der Beitrag|L['’]article|La entrada) .{1,300} "
    r"(?:appeared first on|erschien zuerst auf|est apparu en premier sur|se publicó primero en) .{1,200}",
    re.S,
)
_CUT_OFF = re.compile(
    r"(?:…|\[\.\.\.\]|\.\.\.|\[…\]|(?:continue reading|read more|read on|keep reading|weiterlesen|mehr lesen"
    r"|lire la suite|leer más|seguir leyendo)\W{0,5}(?:$|[^.!?]{0,120}$))\W*$",
    re.I,
)
_FULL_TEXT = 600  # letters: less than that may be no more than a teaser
_MUCH_MORE = 1.3
_LONGEST_DEK = 300
_LONGEST_TITLE = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a feed itself gives of an article. `needs_page` says that it may well be only a part of it."""

    article: Article
    identity: Identity
    needs_page: bool


def draft_of(entry: FeedEntry, address: str) -> Draft | None:
    """The entry as far as the feed at `address` tells it; None for one that says nothing at all."""
    base = entry.link or address
    html = entry.content or entry.summary
    blocks = _without_appendix(fragment_blocks(html, base))
    cut_off = bool(blocks) and bool(_CUT_OFF.search(blocks[-1].text))
    title = entry.title or _title_from(blocks)
    if not title and not entry.link:
        return None
    said = "\n".join(block.text for block in blocks)
    article = Article(
        title=title or entry.link,
        dek=_dek(entry, blocks),
        date=entry.date,
        author=entry.author,
        language=entry.language or guess_language(said),
        source=entry.link or f"{address}#{entry.guid or _digest(title)}",
        blocks=recognise(bold_headings(without_repeated_title(blocks, title))),
    )
    return Draft(
        article=article,
        identity=_identity(entry, article),
        needs_page=bool(entry.link) and (cut_off or len(letters(said)) < _FULL_TEXT),
    )


def fuller(draft: Article, page: Article) -> Article:
    """The better of both: the page where it says much more, under the feed's own title, author and date."""
    if _size(page) < _size(draft) * _MUCH_MORE:
        pictures = any(isinstance(block, Image) for block in draft.blocks)
        return draft if pictures or not _same_words(draft, page) else replace(draft, blocks=page.blocks)
    return replace(
        page,
        title=draft.title or page.title,
        author=draft.author or page.author,
        date=draft.date or page.date,
        source=draft.source,
    )


def checked(article: Article) -> Article:
    """Raises InputError for an article without a word."""
    if not any(block.text.strip() or isinstance(block, Image) for block in article.blocks):
        raise InputError(f"{article.source} holds no article: only a title.", "Look at the page, and at the feed.")
    return article


def _identity(entry: FeedEntry, article: Article) -> Identity:
    said = letters(article.title + "".join(block.text for block in article.blocks))
    everything = json.dumps([article.title, blocks_to_json(article.blocks), entry.updated], sort_keys=True)
    return Identity(
        guid=entry.guid or entry.link or _digest(said),
        link=entry.link,
        digest=_digest(said),
        version=_digest(everything),
        words=len(said),
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _size(article: Article) -> int:
    return sum(len(letters(block.text)) for block in article.blocks)


def _same_words(draft: Article, page: Article) -> bool:
    """Whether the page holds what the feed says; then its structure and its pictures come along."""
    opening = letters(next((block.text for block in draft.blocks if isinstance(block, Paragraph)), ""))[:200]
    return bool(opening) and opening in letters(" ".join(block.text for block in page.blocks))


def _without_appendix(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    last = blocks[-1] if blocks else None
    return blocks[:-1] if isinstance(last, Paragraph) and _APPENDED.fullmatch(last.text.strip()) else blocks


def _title_from(blocks: tuple[Block, ...]) -> str:
    """Microblogs give their posts no title: the first words are one."""
    text = " ".join(next((block.text for block in blocks if block.text.strip()), "").split())
    return text if len(text) <= _LONGEST_TITLE else text[:_LONGEST_TITLE].rsplit(" ", 1)[0] + "…"


def _dek(entry: FeedEntry, blocks: tuple[Block, ...]) -> str | None:
    """The summary beside a full content, unless it is only how that begins."""
    if not (entry.content and entry.summary):
        return None
    summary = " ".join(" ".join(block.text for block in _without_appendix(fragment_blocks(entry.summary))).split())
    if not summary or len(summary) > _LONGEST_DEK or _CUT_OFF.search(summary):
        return None
    opening = letters(" ".join(block.text for block in blocks[:4]))
    return None if letters(summary)[:60] in opening else summary
