"""Cleaned HTML becomes blocks: headings, links, pictures, lists, quotes, tables and code keep their structure."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import nh3
from lxml import html as lxml_html
from lxml.html import HtmlElement

from newsletter.domain.article import (
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
    Rule,
    Span,
    Table,
    inline,
)
from newsletter.reading.addresses import link_address, picture_address
from newsletter.reading.encoding import printable
from newsletter.reading.spans import joined, paragraphs, tidy

_STRONG = frozenset({"b", "strong", "dt"})
_EMPHASIS = frozenset({"i", "em", "cite", "dfn", "var"})
_CODE = frozenset({"code", "kbd", "samp", "tt"})
_RUNNING = (
    frozenset(
        {"a", "abbr", "bdi", "bdo", "big", "data", "del", "font", "ins", "label", "mark", "q", "ruby", "rb", "rp"}
    )
    | frozenset({"rt", "s", "small", "span", "strike", "sub", "sup", "time", "u", "wbr"})
    | (_STRONG - {"dt"} | _EMPHASIS | _CODE)
)
_FLOWING = frozenset(
    {
        *("p", "div", "section", "article", "main", "header", "footer", "aside", "nav", "hgroup", "address", "center"),
        *("details", "summary", "dl", "dt", "dd", "figure", "figcaption", "fieldset", "legend", "form", "blockquote"),
        *("ul", "ol", "li", "menu", "dir", "pre", "table", "caption", "colgroup", "col", "thead", "tbody", "tfoot"),
        *("tr", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "br", "img", "picture"),
    }
)
_ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt", "width", "height"}, "table": {"role"}}
_ACTIVE = {"script", "style", "iframe", "object", "embed", "template", "svg", "math", "select", "textarea", "noscript"}
_ACTIVE |= {"title", "head", "canvas", "audio", "video", "button", "datalist", "noembed", "noframes"}
_SCHEMES = {"http", "https", "mailto", "tel", "embedded"}
_DEEPEST = 60  # below this only the words are kept: nobody reads a list in the sixtieth level
_FILE_NAME = re.compile(
    r"\S+\.(?:jpe?g|png|gif|webp|avif|heic|svg)|(?:img|dsc|dscn|pxl|screenshot)[-_ ]?\d[-_ \d]*", re.I
)
_APART = Image | Table | Code | Rule | Related | CallToAction
_SPACES = re.compile(r"[ \t\n\r\f]+")  # a no-break space is no white space to HTML


def fragment_blocks(html: str, base: str | None = None) -> tuple[Block, ...]:
    """The blocks of a piece of HTML, whatever is in it; scripts, forms' fields and embedded objects are left out.

    Links and pictures are made absolute against `base`; without it, a relative link loses its address and keeps its
    words, and a relative picture keeps its address for somebody to host. Data: pictures cannot be mailed and go.
    """
    cleaned = nh3.clean(
        html,
        tags=set(_RUNNING | _FLOWING),
        clean_content_tags=_ACTIVE,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel=None,
    )
    cleaned = printable(cleaned)  # &#1; is no control character before it is read
    if not cleaned.strip():
        return ()
    root = lxml_html.fromstring(f"<div>{cleaned}</div>", parser=lxml_html.HTMLParser(encoding="utf-8", huge_tree=True))
    return _Reader(base).read_all(root, Span(text=""))


class _Reader:
    """Walks one element; text gathers in `run` until a block ends it."""

    def __init__(self, base: str | None, depth: int = 0) -> None:
        self.base = base
        self.depth = depth
        self.blocks: list[Block] = []
        self.run: list[Span] = []

    def read_all(self, element: HtmlElement, style: Span) -> tuple[Block, ...]:
        self.read(element, style)
        self.flush()
        return tuple(self.blocks)

    def read(self, element: HtmlElement, style: Span) -> None:
        if self.depth > _DEEPEST:
            self.add(_SPACES.sub(" ", " ".join(element.itertext())), style)
            return
        self.depth += 1
        self.add(element.text, style)
        for child in element:
            if isinstance(child.tag, str):
                self.visit(child, style)
            self.add(child.tail, style)
        self.depth -= 1

    def visit(self, element: HtmlElement, style: Span) -> None:
        style = self.style_within(element, style)
        if element.tag in _RUNNING:
            self.read(element, style)
        elif element.tag == "br":
            self.run.append(Span(text="\n"))
        elif element.tag == "img":
            self.add_picture(element, style)
        else:
            self.flush()
            if build := _BUILDERS.get(element.tag):
                self.blocks += build(self, element, style)
            else:
                self.read(element, style)
                self.flush()

    def style_within(self, element: HtmlElement, style: Span) -> Span:
        if element.tag == "a" and (href := link_address(element.get("href"), self.base)):
            return replace(style, href=href)
        return replace(
            style,
            strong=style.strong or element.tag in _STRONG,
            emphasis=style.emphasis or element.tag in _EMPHASIS,
            code=style.code or element.tag in _CODE,
        )

    def add(self, text: str | None, style: Span) -> None:
        if text:
            self.run.append(replace(style, text=_SPACES.sub(" ", text)))

    def add_picture(self, element: HtmlElement, style: Span) -> None:
        alt = _description(element.get("alt"))
        if alt and _is_emoji(alt):
            self.add(alt, style)
            return
        source = picture_address(element.get("src"), self.base)
        if source and not {element.get("width"), element.get("height")} & {"0", "1"}:  # a tracker, not a picture
            self.flush()
            self.blocks.append(Image(src=source, alt=alt, href=style.href))

    def flush(self) -> None:
        self.blocks += [Paragraph(spans=spans) for spans in paragraphs(self.run)]
        self.run = []

    def inside(self, element: HtmlElement, style: Span) -> tuple[Block, ...]:
        """The element's content as blocks of its own."""
        return _Reader(self.base, self.depth + 1).read_all(element, style)


def _description(alt: str | None) -> str | None:
    """What a picture shows; the name of its file says nothing, and is none."""
    return None if alt and _FILE_NAME.fullmatch(alt.strip()) else alt


def _is_emoji(alt: str) -> bool:
    """Blog software draws emoji as pictures with the character as their text."""
    return len(alt) <= 4 and ord(alt[0]) > 0x2000 and not any(letter.isalnum() for letter in alt)


def _fold(blocks: Sequence[Block]) -> tuple[list[Inline], list[Block]]:
    """The words of blocks as runs, for a place that holds only words; and the blocks that are no words."""
    runs: list[Inline] = []
    rest: list[Block] = []
    for block in blocks:
        match block:
            case Paragraph(spans=spans) | Heading(spans=spans):
                runs.append(spans)
            case ListBlock(items=items):
                runs += [item.spans for item in items]
            case Quote(paragraphs=quoted):
                runs += quoted
            case Code(text=text):
                runs.append((Span(text=text, code=True),))
            case _:
                rest.append(block)
    return runs, rest


def _heading(reader: _Reader, element: HtmlElement, style: Span) -> list[Block]:
    runs, rest = _fold(reader.inside(element, style))
    spans = tidy(joined(runs, " "))
    return [*([Heading(spans=spans, level=int(element.tag[1]))] if spans else []), *rest]


def _quote(reader: _Reader, element: HtmlElement, style: Span) -> list[Block]:
    sources = [child for child in element if child.tag in ("footer", "cite")]
    said_by = " ".join(_words(source) for source in sources).lstrip("—–- ") or None
    for source in sources:
        source.drop_tree()
    quoted = list(_quoted(reader.inside(element, style)))
    last = next((index for index in reversed(range(len(quoted))) if isinstance(quoted[index], Quote)), None)
    if said_by and last is not None and isinstance(quote := quoted[last], Quote):
        quoted[last] = replace(quote, attribution=quote.attribution or said_by)
    elif said_by:
        quoted.append(Paragraph(spans=inline(said_by)))
    return quoted


def _quoted(blocks: Iterable[Block]) -> Iterator[Block]:
    """Words become a quote; a picture, a table or code in it stands between its parts."""
    for apart, group in groupby(blocks, key=lambda block: isinstance(block, _APART)):
        if apart:
            yield from group
        elif runs := _fold(list(group))[0]:
            yield Quote(paragraphs=tuple(runs))


def _list(reader: _Reader, element: HtmlElement, style: Span) -> list[Block]:
    if any(item.find(f".//{tag}") is not None for item in element for tag in ("h1", "h2", "h3", "h4", "h5")):
        return list(reader.inside(element, style))  # sections that only look like items
    items, rest = _items(reader, element, style)
    return [*([ListBlock(items=tuple(items), ordered=element.tag == "ol")] if items else []), *rest]


def _items(reader: _Reader, element: HtmlElement, style: Span) -> tuple[list[ListItem], list[Block]]:
    items: list[ListItem] = []
    rest: list[Block] = []
    for child in list(element):
        nested = child.tag in ("ul", "ol")  # bad but common: a list right inside a list
        inner = reader.inside(_wrapped(child) if nested else child, style)
        own: list[Inline] = []
        below: list[ListItem] = []
        for block in inner:
            if isinstance(block, ListBlock):
                counts = None if block.ordered == (element.tag == "ol") else block.ordered
                below += [_deeper(item, counts) for item in block.items]
            else:
                runs, left = _fold([block])
                own += runs
                rest += left
        if own:
            items.append(ListItem(spans=joined(own, "\n")))
        items += below
    return items, rest


def _deeper(item: ListItem, counts: bool | None) -> ListItem:
    """An item of a nested list. `counts`: whether that is numbered, where the list around it is not, or the reverse."""
    return replace(item, level=item.level + 1, ordered=counts if item.ordered is None else item.ordered)


def _wrapped(child: HtmlElement) -> HtmlElement:
    item = lxml_html.Element("li")
    child.tail = None
    item.append(child)
    return item


def _table(reader: _Reader, element: HtmlElement, style: Span) -> list[Block]:
    rows = [row for row in element.iter("tr") if next(row.iterancestors("table")) is element]
    cells = [[cell for cell in row if cell.tag in ("td", "th")] for row in rows]
    width = max((len(row) for row in cells), default=0)
    if width < 2 or element.get("role") == "presentation" or element.find(".//table") is not None:
        return list(reader.inside(element, style))  # it only lays out: its cells are read one below the other
    caption = [block for found in element.findall("caption") for block in reader.inside(found, style)]
    rest: list[Block] = []
    read: list[tuple[Inline, ...]] = []
    for row in cells:
        folded = [_fold(reader.inside(cell, style)) for cell in row]
        read.append(tuple(joined(runs, "\n") for runs, _ in folded) + ((),) * (width - len(row)))
        rest += [block for _, left in folded for block in left]
    header = all(cell.tag == "th" for cell in cells[0])
    return [*caption, Table(rows=tuple(read), header=header), *rest]


def _figure(reader: _Reader, element: HtmlElement, style: Span) -> list[Block]:
    captions = element.findall(".//figcaption")
    words = " ".join(_words(caption) for caption in captions).strip()
    for caption in captions:
        caption.drop_tree()
    blocks = list(reader.inside(element, style))
    pictures = [index for index, block in enumerate(blocks) if isinstance(block, Image)]
    if words and pictures and isinstance(last := blocks[pictures[-1]], Image):
        blocks[pictures[-1]] = replace(last, caption=words)
    elif words:
        blocks.append(Paragraph(spans=inline(words)))
    return blocks


def _code(_reader: _Reader, element: HtmlElement, _style: Span) -> list[Block]:
    for line_break in element.iter("br"):
        line_break.tail = "\n" + (line_break.tail or "")
    text = "".join(element.itertext()).strip("\n")
    return [Code(text=text)] if text.strip() else []


def _rule(_reader: _Reader, _element: HtmlElement, _style: Span) -> list[Block]:
    return [Rule()]


def _words(element: HtmlElement) -> str:
    return _SPACES.sub(" ", " ".join(element.itertext())).strip()


_Builder = Callable[[_Reader, HtmlElement, Span], Iterable[Block]]
_BUILDERS: dict[str, _Builder] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _heading),
    **dict.fromkeys(("ul", "ol", "menu", "dir"), _list),
    "blockquote": _quote,
    "table": _table,
    "figure": _figure,
    "pre": _code,
    "hr": _rule,
}
