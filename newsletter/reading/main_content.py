"""Where the article stands in a page: trafilatura finds its words, the page's own elements keep their structure."""

import logging
import re
from collections import Counter
from collections.abc import Sequence

from lxml.html import HtmlElement

from newsletter.reading.page_facts import letters

_NEVER = ("script", "style", "nav", "aside", "form", "button", "dialog", "template", "select", "footer", "iframe")
_ROLES = frozenset({"navigation", "complementary", "search", "contentinfo", "dialog", "alert"})
_CLUTTER = re.compile(
    r"(?:^|[\s_-])(?:share|sharing|shares|social|sharedaddy|addtoany|comments?|respond|related|newsletter|subscribe"
    r"|signup|breadcrumbs?|cookies?|advert\w*|ads?|promo|sidebar|toc|pagination|author-?(?:bio|box)|bio|tags|postmeta"
    r"|meta|byline|popup|modal|skip-link|screen-reader-text|navigation|nav)(?:$|[\s_-])",
    re.I,
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_NEARLY_ALL = 0.9
SHORTEST_PIECE = 15  # shorter lines stand in many places of a page
_SMALL_SHARE = 0.3


class Found:
    """The words that trafilatura takes for the article, ready to be looked for in the page."""

    def __init__(self, html: str) -> None:
        lines = [letters(line) for line in _extracted(html).split("\n")]
        self.pieces = Counter(line for line in lines if len(line) >= SHORTEST_PIECE)
        self.size = sum(len(piece) * times for piece, times in self.pieces.items())
        self.text = "\n".join(lines)

    def held_by(self, text: str) -> int:
        """How many of its letters stand in `text`."""
        return sum(len(piece) * min(times, text.count(piece)) for piece, times in self.pieces.items())


def main_element(document: HtmlElement, found: Found) -> HtmlElement:
    """The smallest element that holds nearly all that was found, rid of what never belongs to an article.

    Where nothing was found: the page's own <article>, <main> or <body>.
    """
    element = _narrowed(document, found) if found.pieces else _named(document)
    _drop_clutter(element, found)
    return element


def _extracted(html: str) -> str:
    import trafilatura  # here: it takes longer to load than everything else together, and only pages need it

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it reports pages without an article as its own errors
    try:
        return trafilatura.extract(html, include_comments=False, include_tables=True, deduplicate=False) or ""
    except Exception:  # noqa: BLE001 - a page can break it in any of its ways, and there is another way to look
        return ""


def _narrowed(document: HtmlElement, found: Found) -> HtmlElement:
    element = document
    enough = found.size * _NEARLY_ALL
    while True:
        for child in element:
            text = letters("".join(child.itertext())) if isinstance(child.tag, str) else ""
            if len(text) >= enough and found.held_by(text) >= enough and child.tag not in ("p", "pre", "table"):
                element = child
                break
        else:
            return element


def _named(document: HtmlElement) -> HtmlElement:
    for path in (".//article", ".//main", ".//*[@role='main']", ".//body"):
        elements: Sequence[HtmlElement] = document.findall(path)
        if len(elements) == 1:
            return elements[0]
    return document


def _drop_clutter(root: HtmlElement, found: Found) -> None:
    size = len(letters("".join(root.itertext())))
    for element in list(root.iterdescendants()):
        if isinstance(element.tag, str) and element.getparent() is not None and _is_clutter(element, found, size):
            element.drop_tree()


def _is_clutter(element: HtmlElement, found: Found, size: int) -> bool:
    if element.tag in _NEVER:
        quoted = element.tag == "footer" and next(element.iterancestors("blockquote", "figure"), None) is not None
        return not quoted
    if element.get("role") in _ROLES or element.get("hidden") is not None or _HIDDEN.search(element.get("style") or ""):
        return True
    if not _CLUTTER.search(f"{element.get('class', '')} {element.get('id', '')}"):
        return False
    text = letters("".join(element.itertext()))
    return not found.held_by(text) and len(text) < size * _SMALL_SHARE
