"""What stands around an article in its page, though inside the same element: taken off block by block."""

import re
from collections.abc import Sequence

from newsletter.domain.article import Block, Heading, Image, ListBlock, Paragraph, Rule, block_spans
from newsletter.reading.head import Head, with_line
from newsletter.reading.main_content import SHORTEST_PIECE, Found
from newsletter.reading.marks import asks_to_come, points_elsewhere
from newsletter.reading.page_facts import letters

_MOSTLY = 0.6
_SHORT = 60  # letters: a line of less that is no sentence says who, when and where
_SENTENCE_END = re.compile(r"[.!?…:;。！？।][\"'”’»)\]]*$")
_OFFER = re.compile(
    r"\b(?:related|more (?:from|on|like|stories|posts|articles|news|in)|most (?:popular|read|shared|viewed)|popular"
    r"|recent|latest|trending|recommended|featured|also (?:like|read|on)|read (?:next|this)|in this (?:article|post)"
    r"|other (?:people|posts|articles|stories)|don.?t miss|(?:table of )?contents|on this page|ähnliche|weitere"
    r"|mehr (?:zum|von|aus)|à lire|articles (?:liés|récents)|más (?:leído|sobre))\b",
    re.I,
)
_OF_THE_PAGE = re.compile(  # what a page says of itself, not its author to the reader
    r"(?:(?:read|see|view|load|show) more|view (?:this )?(?:image|photo|gallery|comments)"
    r"|share(?: (?:this|on \w+|via \w+))*"
    r"|(?:story|article|post)? ?continues? (?:below|reading)|advertisement|sponsored|print(?: this)?(?: page)?|tweet"
    r"|(?:leave|post|add) a comment|\d* ?comments?|follow us(?: on \w+)?|subscribe(?: now)?|sign up(?: now)?|replay"
    r"|skip to (?:main )?content|back to top|menu|search|log ?in|not logged in|previous|next"
    r"|(?:teilen|kommentare|anzeige|drucken|partager|imprimer|compartir|comentarios))\W*",
    re.I,
)


def without_surroundings(blocks: Sequence[Block], found: Found) -> tuple[Block, ...]:
    """The blocks from the first that was found to the last, and what belongs to them above and below.

    Above belong headings, pictures and whole sentences, below anything but links to elsewhere. Lists of links under a
    heading of their own, and lines that only a page says of itself, go wherever they stand.
    """
    known = [_is_known(block, found) for block in blocks]
    if not any(known):
        return tuple(blocks)
    start, end = known.index(True), len(known) - known[::-1].index(True)
    while start and _leads_in(blocks[start - 1]):
        start -= 1
    while end < len(blocks) and _follows(blocks[end]):
        end += 1
    inside = [(block, is_known) for block, is_known in zip(blocks[start:end], known[start:end], strict=True)]
    return _without_empty_headings(_without_link_lists(inside))


def _is_known(block: Block, found: Found) -> bool:
    text = letters(block.text)
    return len(text) >= SHORTEST_PIECE and text in found.text


def _leads_in(block: Block) -> bool:
    if isinstance(block, Heading | Image):
        return not _is_linked(block)
    text = block.text.strip()
    said = len(text) > _SHORT or _SENTENCE_END.search(text) or with_line(Head(), text, "en")
    return bool(said) and not _is_linked(block)


def _follows(block: Block) -> bool:
    if points_elsewhere(block.text) or asks_to_come(block.text):
        return True
    if isinstance(block, Heading) and _is_linked(block):
        return False
    return not (_is_linked(block) or _OF_THE_PAGE.fullmatch(block.text.strip()))


def _is_linked(block: Block) -> bool:
    """Whether nearly all of its words lead elsewhere."""
    spans = list(block_spans(block))
    size = sum(len(span.text) for span in spans)
    return bool(size) and sum(len(span.text) for span in spans if span.href) > size * _MOSTLY


def _without_link_lists(blocks: Sequence[tuple[Block, bool]]) -> list[Block]:
    kept: list[Block] = []
    for block, known in blocks:
        text = block.text.strip()
        if known or not (_OF_THE_PAGE.fullmatch(text) or (kept and _is_offered(block, kept[-1]))):
            kept.append(block)
        elif kept and _announces(kept[-1]):
            kept.pop()
    return kept


def _is_offered(block: Block, above: Block) -> bool:
    """A list of links under a heading such as “Popular posts”; one that its author made has a heading of its own."""
    return isinstance(block, ListBlock) and _is_linked(block) and _announces(above)


def _announces(block: Block) -> bool:
    return isinstance(block, Heading | Paragraph) and len(block.text) < _SHORT and bool(_OFFER.search(block.text))


def _without_empty_headings(blocks: list[Block]) -> tuple[Block, ...]:
    """A heading at the end heads nothing."""
    while blocks and isinstance(blocks[-1], Heading | Rule):
        blocks.pop()
    return tuple(blocks)
