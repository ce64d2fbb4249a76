"""An article: a blog post as structured blocks."""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A run of text in one style. `cites` marks the quoted title of another post: a link in waiting."""

    text: str
    href: str | None = None
    strong: bool = False
    emphasis: bool = False
    code: bool = False
    cites: bool = False


Inline = tuple[Span, ...]


def inline(text: str) -> Inline:
    """Unstyled text as spans; none for an empty text."""
    return (Span(text=text),) if text else ()


def plain(spans: Iterable[Span]) -> str:
    """The words of the spans, without style."""
    return "".join(span.text for span in spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """`level` 1 to 6 as the article counts; the title of the article is no block."""

    type: ClassVar[str] = "heading"
    spans: Inline
    level: int = 2

    @property
    def text(self) -> str:
        return plain(self.spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Running text; a `\\n` in it is a line break that the author set."""

    type: ClassVar[str] = "paragraph"
    spans: Inline

    @property
    def text(self) -> str:
        return plain(self.spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListItem:
    """One item; `level` 0 is the outermost, each nested list one deeper.

    `ordered` says of an item of a nested list whether that counts; None is as the whole list does.
    """

    spans: Inline
    level: int = 0
    ordered: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListBlock:
    type: ClassVar[str] = "list"
    items: tuple[ListItem, ...]
    ordered: bool = False

    @property
    def text(self) -> str:
        return "\n".join(plain(item.spans) for item in self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    type: ClassVar[str] = "quote"
    paragraphs: tuple[Inline, ...]
    attribution: str | None = None

    @property
    def text(self) -> str:
        return "\n\n".join(plain(spans) for spans in self.paragraphs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """`alt` is None where the author gave none; an empty text says that the picture is decoration.

    `width` and `height` are in pixels of the screen, where they are known.
    """

    type: ClassVar[str] = "image"
    src: str
    alt: str | None = None
    href: str | None = None
    caption: str | None = None
    width: int | None = None
    height: int | None = None

    @property
    def text(self) -> str:
        return self.caption or self.alt or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`rows` of cells of spans; with `header` the first row names the columns."""

    type: ClassVar[str] = "table"
    rows: tuple[tuple[Inline, ...], ...]
    header: bool = False

    @property
    def text(self) -> str:
        return "\n".join("\t".join(plain(cell) for cell in row) for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    type: ClassVar[str] = "code"
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A thematic break."""

    type: ClassVar[str] = "rule"
    text: ClassVar[str] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """A pointer to another post by its title; `href` is None until somebody knows its address."""

    type: ClassVar[str] = "related"
    text: str
    href: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallToAction:
    """The closing call, as the author wrote it; `href` is None where the studio's booking address is meant."""

    type: ClassVar[str] = "call_to_action"
    spans: Inline
    href: str | None = None

    @property
    def text(self) -> str:
        return plain(self.spans)


Block = Heading | Paragraph | ListBlock | Quote | Image | Table | Code | Rule | Related | CallToAction


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A blog post. `language` is a BCP 47 tag; `source` is the file name or address it came from."""

    title: str
    dek: str | None = None
    date: datetime.date | None = None
    author: str | None = None
    language: str = "en"
    source: str = ""
    blocks: tuple[Block, ...] = ()

    @property
    def mentions(self) -> tuple[str, ...]:
        """Titles of other posts named in quotation marks, in order."""
        return tuple(span.text for span in self.spans() if span.cites)

    def spans(self) -> Iterator[Span]:
        """Every span of running text, in reading order."""
        for block in self.blocks:
            yield from block_spans(block)


def block_spans(block: Block) -> Iterator[Span]:
    """The spans of one block, in reading order; blocks of bare text have none."""
    match block:
        case Heading() | Paragraph() | CallToAction():
            yield from block.spans
        case ListBlock():
            for item in block.items:
                yield from item.spans
        case Quote():
            for spans in block.paragraphs:
                yield from spans
        case Table():
            for row in block.rows:
                for cell in row:
                    yield from cell
        case _:
            return
