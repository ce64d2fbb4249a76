"""Plain text becomes an article: without marks, the order and the shape of its lines say what is what."""

import re
from dataclasses import replace

from newsletter.domain.article import Article, Block, Heading, ListBlock, ListItem, Paragraph, Quote, Rule, inline
from newsletter.errors import InputError
from newsletter.reading.dates import is_stamp
from newsletter.reading.head import Head, with_line
from newsletter.reading.language import guess_language
from newsletter.reading.lines import Divider, Item, Items, Prose, Quoted, Unit, units
from newsletter.reading.marks import points_elsewhere, recognise

_TEASER = re.compile(r"\b(?:read on|find out|discover|learn (?:how|why|what)|in this (?:article|post|guide))\b", re.I)
_MORE_THAN_A_SENTENCE = re.compile(r"[.!?…]\s+\S|\?$")  # or a question, with which a text may well begin
_ASKING = re.compile(r"(?:what|why|how|when|where|who|which)\b", re.I)
_RUNNING_ON = re.compile(r"(?:and|but|so|or|yet|yes|no)\b,?\s", re.I)
_NO_HEADING_END = tuple(".,;:…—–-。।॥۔")
_NO_HEADING_START = ("http://", "https://", "www.", "- ", "– ", "— ")
_ATTRIBUTION = re.compile(r"(?:—|–|--?)\s?(?P<name>[^\W\d_].{1,80})")
_LONGEST_TITLE = 150
_LONGEST_HEADING = 80
_LONGEST_DEK = 400
_LONGEST_DEK_AFTER_DATE = 200


def read_text(text: str, source: str) -> Article:
    """The article of a plain text: the first line is its title, every sentence below is kept once.

    Raises InputError, naming `source`, where there is no more than a title.
    """
    title, rest = _split_title(text.strip())
    body = units(rest)
    if not title or not body:
        raise InputError(f"{source} holds no article: only a title.", "Give a file with the text below its title.")
    language = guess_language(text)
    head, body = _take_head(body, language)
    return Article(
        title=title.lstrip("#").strip() or title,
        dek=head.dek,
        date=head.date,
        author=head.author,
        language=language,
        source=source,
        blocks=recognise(_blocks(body)),
    )


def _split_title(text: str) -> tuple[str, str]:
    """The first line, or the first lines where a margin broke it, and the text below."""
    lines = text.split("\n")
    first = next(iter(units(text)), None)
    if isinstance(first, Prose) and len(first.text) <= _LONGEST_TITLE:
        for count in range(2, 1 + min(4, len(lines))):
            if " ".join(" ".join(lines[:count]).split()) == first.text:
                return first.text, "\n".join(lines[count:])
    return lines[0].strip(), "\n".join(lines[1:])


def _take_head(body: list[Unit], language: str) -> tuple[Head, list[Unit]]:
    """Date, byline and dek, each once and in any order, and the units that remain; a text is never all head."""
    head = Head()
    while len(body) > 1 and isinstance(unit := body[0], Prose):
        taken = with_line(head, unit.text, language)
        if taken is None and head.dek is None and _is_dek(unit, head, body[1], language):
            taken = replace(head, dek=unit.text)
        if taken is None:
            break
        head, body = taken, body[1:]
    return head, body


def _is_dek(unit: Prose, head: Head, following: Unit, language: str) -> bool:
    """A dek promises what is to come, or has a date or byline below it; after them, it is a single sentence."""
    text = unit.text
    if "\n" in text or unit.heading or len(text) > _LONGEST_DEK or len(text.split()) < 3 or points_elsewhere(text):
        return False
    if isinstance(following, Prose) and with_line(Head(), following.text, language):
        return True
    if _TEASER.search(text):
        return True
    dated = head.date is not None or head.author is not None
    return dated and len(text) <= _LONGEST_DEK_AFTER_DATE and not _MORE_THAN_A_SENTENCE.search(text)


def _blocks(body: list[Unit]) -> list[Block]:
    blocks: list[Block] = []
    for index, unit in enumerate(body):
        match unit:
            case Prose():
                _add_prose(blocks, _prose(body, index, unit))
            case Items():
                blocks.append(_list(unit))
            case Quoted():
                blocks.append(_quote(unit))
            case Divider():
                blocks.append(Rule())
    return blocks


def _add_prose(blocks: list[Block], block: Block) -> None:
    """A line such as “— Rumi” says whose words the quote above it are."""
    said_by = _ATTRIBUTION.fullmatch(block.text)
    if blocks and said_by and isinstance(quote := blocks[-1], Quote) and quote.attribution is None:
        blocks[-1] = replace(quote, attribution=said_by["name"])
    else:
        blocks.append(block)


def _prose(body: list[Unit], index: int, unit: Prose) -> Block:
    if unit.heading:
        return Heading(spans=inline(unit.text), level=max(2, unit.heading))
    if _is_heading(body, index):
        depth = re.match(r"\d+((?:\.\d+)+)\.?\s", unit.text)  # 2.1 stands below 2
        return Heading(spans=inline(unit.text), level=min(6, 2 + (depth[1].count(".") if depth else 0)))
    return Paragraph(spans=inline(unit.text))


def _is_heading(body: list[Unit], index: int) -> bool:
    """Prose follows a heading, or one heading more; a question that opens the text speaks to the reader."""
    if index + 1 >= len(body) or not _could_head(body[index]):
        return False
    unit = body[index]
    if index == 0 and isinstance(unit, Prose) and unit.text.endswith("?") and not _ASKING.match(unit.text):
        return False
    return not _could_head(body[index + 1]) or (index + 2 < len(body) and not _could_head(body[index + 2]))


def _could_head(unit: Unit) -> bool:
    if not isinstance(unit, Prose):
        return False
    text = unit.text
    first = next((letter for letter in text if letter.isalnum()), "")
    return (
        any(letter.isalpha() for letter in text)
        and not first.islower()
        and "\n" not in text
        and len(text) <= _LONGEST_HEADING
        and len(text.split()) <= 12
        and not text.endswith(_NO_HEADING_END)
        and not _RUNNING_ON.match(text)
        and not text.startswith(_NO_HEADING_START)
        and not points_elsewhere(text)
        and not is_stamp(text)
    )


def _list(unit: Items) -> ListBlock:
    indents: list[int] = []
    items = []
    for item in unit.items:
        indents = [*(indent for indent in indents if indent < item.indent), item.indent]
        items.append(ListItem(spans=inline(_item_text(item, unit)), level=len(indents) - 1))
    return ListBlock(items=tuple(items), ordered=unit.ordered)


def _item_text(item: Item, unit: Items) -> str:
    """A number within a list of bullets is a word of the item."""
    return f"{item.number}. {item.text}" if item.number is not None and not unit.ordered else item.text


def _quote(unit: Quoted) -> Quote:
    said, _, last = "\n\n".join(unit.paragraphs).rpartition("\n")
    said_by = _ATTRIBUTION.fullmatch(last) if said.strip() else None
    if said_by:
        return Quote(paragraphs=tuple(map(inline, said.strip().split("\n\n"))), attribution=said_by["name"])
    return Quote(paragraphs=tuple(map(inline, unit.paragraphs)))
