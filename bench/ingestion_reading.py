"""What a reader made of a page, as words and structure; and how near that comes to what was expected."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from lxml import html as lxml_html
from lxml.html import HtmlElement

from newsletter.domain.article import (
    Article,
    Block,
    Code,
    Heading,
    Image,
    ListBlock,
    Quote,
    Table,
    block_spans,
    plain,
)

KINDS = ("headings", "list items", "quotes", "table rows", "links", "code", "images")
_TOKEN = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]|[^\W_]+")  # a letter each where no blanks part words
_BLOCKS = frozenset(
    {*("p", "div", "section", "article", "ul", "ol", "li", "blockquote", "pre", "table", "tr", "td", "th", "figure")}
    | {*("figcaption", "h1", "h2", "h3", "h4", "h5", "h6", "dl", "dt", "dd", "hr", "br")}
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_NEAR_ENOUGH = 0.8  # of two pieces of structure: the F1 of their words

Structure = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`structure` holds the words of each heading, list item and so on; it may be unknown, as that of a plain text."""

    text: str = ""
    structure: Structure = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    found: int
    expected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Of the words as a bag, and of the structure: how much of what was expected is there."""

    precision: float
    recall: float
    f1: float
    structure: Mapping[str, Share]


def score(reading: Reading, expected: Reading) -> Score:
    precision, recall, f1 = _overlap(reading.text, expected.text)
    shares = {kind: _share(reading.structure.get(kind, []), expected.structure.get(kind, [])) for kind in KINDS}
    return Score(precision=precision, recall=recall, f1=f1, structure=shares)


def of_html(html: str) -> Reading:
    root = lxml_html.fromstring(f"<div>{html}</div>") if html.strip() else lxml_html.Element("div")
    for element in list(root.iter("script", "style", "noscript", "title")):
        element.drop_tree()
    found: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for element in root.iter():
        if isinstance(element.tag, str):
            _add(found, element)
    return Reading(text=_shown(root), structure=found)


def of_article(article: Article) -> Reading:
    """An article of ours. Its title is a heading, but none of its words: the others are not asked for one."""
    found: dict[str, list[str]] = {kind: [] for kind in KINDS}
    found["headings"].append(article.title)
    texts = [article.dek or ""]
    for block in article.blocks:
        texts.append(block.caption or "" if isinstance(block, Image) else block.text)
        _add_block(found, block)
    return Reading(text="\n".join(texts), structure=found)


def _add(found: dict[str, list[str]], element: HtmlElement) -> None:
    tag = element.tag
    if tag in _HEADINGS:
        found["headings"].append(_shown(element))
    elif tag == "li":
        found["list items"].append(_own(element))
    elif tag == "blockquote":
        found["quotes"].append(_shown(element))
    elif tag == "tr" and element.find(".//table") is None and len(element.findall("td") + element.findall("th")) > 1:
        found["table rows"].append(_shown(element))
    elif tag == "a" and _leads_out(element):
        found["links"].append(_shown(element))
    elif tag == "pre":
        found["code"].append(_shown(element))
    elif tag in ("img", "graphic") and element.get("src"):
        found["images"].append(_file_name(element.get("src")))


def _leads_out(link: HtmlElement) -> bool:
    """Whether a link has words, and leads to another page than its own: a mail has no places within the page."""
    href = link.get("href") or ""
    fragment = urlsplit(href).fragment
    within = fragment and link.getroottree().xpath("//*[@id=$name or @name=$name]", name=fragment)
    return bool(href and not href.startswith("#") and not within and _shown(link).strip())


def _add_block(found: dict[str, list[str]], block: Block) -> None:
    match block:
        case Heading():
            found["headings"].append(block.text)
        case ListBlock():
            found["list items"] += [plain(item.spans) for item in block.items]
        case Quote():
            found["quotes"].append(" ".join(filter(None, (block.text, block.attribution))))
        case Table():
            found["table rows"] += [" ".join(map(plain, row)) for row in block.rows]
        case Code():
            found["code"].append(block.text)
        case Image():
            found["images"].append(_file_name(block.src))
        case _:
            pass
    found["links"] += _linked(block)


def _linked(block: Block) -> list[str]:
    """The words of each link; neighbouring spans of one address are one link."""
    links: list[str] = []
    before = None
    for span in block_spans(block):
        if span.href and span.href == before:
            links[-1] += span.text
        elif span.href:
            links.append(span.text)
        before = span.href
    if getattr(block, "href", None) and not links:
        links.append(block.text)
    return links


def _shown(element: HtmlElement) -> str:
    """The words of an element, those of two blocks apart."""
    gap = "\n" if element.tag in _BLOCKS else ""
    inner = "".join((_shown(child) if isinstance(child.tag, str) else "") + (child.tail or "") for child in element)
    return f"{gap}{element.text or ''}{inner}{gap}"


def _own(item: HtmlElement) -> str:
    """A list item without the lists in it."""
    inner = "".join(
        (_shown(child) if isinstance(child.tag, str) and child.tag not in ("ul", "ol") else "") + (child.tail or "")
        for child in item
    )
    return (item.text or "") + inner


def _file_name(source: str) -> str:
    return PurePosixPath(urlsplit(source).path).name


def _overlap(ours: str, theirs: str) -> tuple[float, float, float]:
    """Precision, recall and F1 of two bags of words; two empty ones are equal."""
    left, right = Counter(_tokens(ours)), Counter(_tokens(theirs))
    if not left and not right:
        return 1.0, 1.0, 1.0
    common = sum((left & right).values())
    precision = common / max(1, sum(left.values()))
    recall = common / max(1, sum(right.values()))
    return precision, recall, 2 * precision * recall / (precision + recall) if common else 0.0


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text.lower())


def _share(ours: Iterable[str], expected: Iterable[str]) -> Share:
    """How many of the expected pieces have one of ours to themselves that says nearly the same."""
    left = Counter(" ".join(_tokens(piece)) for piece in ours)
    wanted = [key for piece in expected if (key := " ".join(_tokens(piece)))]
    found = 0
    for key in wanted:
        match = key if left[key] else next((each for each in +left if _overlap(each, key)[2] >= _NEAR_ENOUGH), None)
        if match is not None:
            left[match] -= 1
            found += 1
    return Share(found=found, expected=len(wanted))
