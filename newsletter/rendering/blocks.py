"""Blocks as a mail shows them: links found, heading levels without skips, nested lists as trees, openings cut."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from urllib.parse import urljoin, urlsplit

from newsletter.domain.article import (
    Article,
    Block,
    CallToAction,
    Code,
    Heading,
    Image,
    Inline,
    ListBlock,
    ListItem,
    Paragraph,
    Quote,
    Related,
    Span,
    Table,
    inline,
    plain,
)
from newsletter.rendering.skeleton import Slotted

_FEW_WORDS, _ENOUGH_WORDS = 80, 120
_WEB = re.compile(r"https?://[^/\s]", re.IGNORECASE)
_LINK = re.compile(r"(?:https?://[^/\s]|mailto:|tel:)", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_SLOT = re.compile(r"\[\[ [a-z_]+_url \]\]")
_DEEPEST = 8
_QUOTATION_MARKS = " \t\n\u00a0“”„\"'‘’«».,"
_OUTSIDE_TEXT = frozenset({"call_to_action", "code", "image", "quote", "related", "table"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where links lead: posts by their title, `booking` for a call without an address, `base` for relative links."""

    posts: Mapping[str, str] = field(default_factory=dict)
    booking: str | None = None
    base: str = ""

    def post(self, title: str) -> str | None:
        """The address of the post with that title, in whatever case and quotation marks."""
        wanted = _key(title)
        return next((self.link(address) for name, address in self.posts.items() if _key(name) == wanted), None)

    def link(self, href: str | None) -> str | None:
        """`href` made absolute, or None where a mail may not link to it (javascript:, data:, a mere fragment)."""
        href = re.sub(r"\s", "%20", (href or "").strip())
        if _LINK.match(href):
            return href
        if not href or href.startswith("#") or _SCHEME.match(href) or not _WEB.match(self.base):
            return None
        try:
            return urljoin(self.base, href)
        except ValueError:  # such as an unfinished IPv6 address
            return None

    def picture(self, src: str) -> str | None:
        """The address of a picture that mail programs load, or None."""
        address = self.link(src)
        return address if address and _WEB.match(address) else None


def settle(blocks: Iterable[Block], addresses: Addresses, top: int = 2) -> tuple[Block, ...]:
    """The blocks with every link resolved or dropped, and headings that begin at `top` and skip no level.

    A picture that no mail program could load becomes its words.
    """
    levels: list[int] = []
    settled = (_settle(block, addresses, levels, top) for block in blocks)
    return tuple(block for block in settled if block is not None)


def slotted(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """The blocks of a care note with their texts marked: slots in them are meant as slots."""
    return tuple(_slotted_words(_over_spans(block, _slotted_span)) for block in blocks)


def opening(article: Article) -> tuple[Block, ...]:
    """The beginning of the article: up to a heading, or to the end of the block in which it reaches 120 words.

    A heading that comes before 80 words is shown: a few lines say too little to lead on.
    """
    shown: list[Block] = []
    words = 0
    for block in article.blocks:
        if words >= _ENOUGH_WORDS or (words >= _FEW_WORDS and isinstance(block, Heading)):
            break
        if words and isinstance(block, CallToAction):
            break
        shown.append(block)
        words += 0 if isinstance(block, Heading) else len(block.text.split())
    while shown and isinstance(shown[-1], Heading):  # it would head nothing
        shown.pop()
    return tuple(shown)


def passages(blocks: Iterable[Block]) -> Iterator[tuple[str, tuple[Block, ...]]]:
    """Running text in one piece as ("text", blocks); pictures, tables, cards and buttons each alone, by their type."""
    for kind, group in groupby(blocks, key=lambda block: block.type if block.type in _OUTSIDE_TEXT else "text"):
        if kind == "text":
            yield kind, tuple(group)
        else:
            yield from ((kind, (block,)) for block in group)


@dataclass(frozen=True, slots=True)
class Node:
    """A list item with the items nested in it; `ordered` as a list item has it."""

    spans: Inline
    children: tuple["Node", ...]
    ordered: bool | None = None


def tree(items: Sequence[ListItem], depth: int = 0) -> tuple[Node, ...]:
    """The items of a list as a tree, whatever levels they claim; from the eighth on, deeper ones stand side by side."""
    nodes: list[Node] = []
    start = 0
    while start < len(items):
        end = start + 1
        while end < len(items) and items[end].level > items[start].level and depth < _DEEPEST:
            end += 1
        nodes.append(Node(items[start].spans, tree(items[start + 1 : end], depth + 1), items[start].ordered))
        start = end
    return tuple(nodes)


def shares(table: Table) -> tuple[int, ...]:
    """The columns' parts of the width, in hundredths: room for the longest word of each, and some for its longest cell.

    A mail program left to itself breaks words on a phone before it breaks lines.
    """
    count = max(map(len, table.rows), default=0)
    columns = [[plain(row[number]) for row in table.rows if number < len(row)] for number in range(count)]
    needs = [_need(cells) for cells in columns]
    return tuple(max(1, round(100 * need / sum(needs))) for need in needs)


def _need(cells: Sequence[str]) -> float:
    longest_word = max((len(word) for cell in cells for word in cell.split()), default=1)
    longest_cell = max(map(len, cells), default=1)
    return min(longest_word, 16) + min(max(longest_cell - longest_word, 0), 40) / 6 + 2


def _settle(block: Block, addresses: Addresses, levels: list[int], top: int) -> Block | None:
    block = _over_spans(block, lambda span: _settled_span(span, addresses))
    match block:
        case Heading():
            return replace(block, level=_level(block.level, levels, top)) if block.text.strip() else None
        case Image():
            return _settled_image(block, addresses)
        case Related():
            return replace(block, href=addresses.link(block.href) or addresses.post(block.text))
        case CallToAction():
            return replace(block, href=_call_address(block.href, addresses))
        case Paragraph() | ListBlock():
            return block if block.text.strip() else None
        case Quote():
            return block if block.text.strip() or block.attribution else None
        case _:
            return block


def _call_address(href: str | None, addresses: Addresses) -> str | None:
    return _slot_or_link(href, addresses) or addresses.link(addresses.booking)


def _settled_span(span: Span, addresses: Addresses) -> Span:
    href = _slot_or_link(span.href, addresses) or (addresses.post(span.text) if span.cites else None)
    return span if href == span.href else replace(span, href=href)


def _slot_or_link(href: str | None, addresses: Addresses) -> str | None:
    if isinstance(href, Slotted) and _SLOT.fullmatch(href):
        return href
    return addresses.link(href)


def _settled_image(image: Image, addresses: Addresses) -> Block | None:
    src, href = addresses.picture(image.src), addresses.link(image.href)
    words = image.caption or image.alt or ""
    if src:  # a linked picture needs a name, or the link has none
        alt = image.alt or (words or urlsplit(href).hostname) if href else image.alt
        return replace(image, src=src, href=href, alt=alt)
    return Paragraph(spans=(Span(text=words, href=href, emphasis=True),)) if words.strip() else None


def _level(claimed: int, above: list[int], top: int) -> int:
    """The level of a heading in the mail; `above` holds the claimed levels of the headings it stands under."""
    while above and above[-1] >= claimed:
        above.pop()
    above.append(claimed)
    return min(top + len(above) - 1, 6)


def _slotted_words(block: Block) -> Block:
    """The words of a block that are no spans."""
    match block:
        case Code():
            return replace(block, text=Slotted(block.text))
        case Image():
            return replace(block, alt=_slotted(block.alt), caption=_slotted(block.caption))
        case Quote():
            return replace(block, attribution=_slotted(block.attribution))
        case CallToAction():
            return replace(block, href=_slotted(block.href))
        case _:
            return block


def _slotted(text: str | None) -> str | None:
    return None if text is None else Slotted(text)


def _slotted_span(span: Span) -> Span:
    return replace(span, text=Slotted(span.text), href=_slotted(span.href))


def _over_spans(block: Block, change: Callable[[Span], Span]) -> Block:
    def changed(spans: Inline) -> Inline:
        return tuple(map(change, spans))

    match block:
        case Heading() | Paragraph() | CallToAction():
            return replace(block, spans=changed(block.spans))
        case ListBlock():
            return replace(block, items=tuple(replace(item, spans=changed(item.spans)) for item in block.items))
        case Quote():
            return replace(block, paragraphs=tuple(map(changed, block.paragraphs)))
        case Table():
            return replace(block, rows=tuple(tuple(map(changed, row)) for row in block.rows))
        case _:
            return block


def _key(title: str) -> str:
    return " ".join(title.casefold().strip(_QUOTATION_MARKS).split())


def paragraphs(text: str) -> tuple[Block, ...]:
    """A typed note as paragraphs: a blank line parts them."""
    parts = (part.strip() for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n")))
    return tuple(Paragraph(spans=inline(part)) for part in parts if part)
