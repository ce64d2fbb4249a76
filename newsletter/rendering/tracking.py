"""Tracking put into a newsletter's HTML once it is composed, and taken out again for everybody who is no reader.

A link becomes the slot `[[ click_url ]]`, a stroke and its number; where it leads stands in `Edition.links` alone. The
document is read by a parser, and nothing in it is changed but the values of those attributes and the picture at its
end. The text part stays as it is: an address that can be read there is one that can be trusted.
"""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html.entities import html5
from html.parser import HTMLParser
from itertools import accumulate
from urllib.parse import quote

import idna

from newsletter.domain.edition import Edition
from newsletter.domain.tracking import CLICK, OPEN, Tracking
from newsletter.rendering.skeleton import escape_html
from subscribers.consent import Stream

MOST_LINKS = 100  # further ones stay as they are: each makes the mail longer, and mailboxes clip long ones
_PIXEL = f'<img src="{OPEN}.gif" width="1" height="1" alt="" style="display:block">'
_NUMBERED = re.compile(rf"{re.escape(CLICK)}/([0-9]+)")
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|(?!["'])[^\s>]+))?""")
_REFERENCE = re.compile(r"&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[a-zA-Z][a-zA-Z0-9]*[;=]?)")
_WEB = re.compile(r"""(https?)://([^/?#\\\s<>"^`{|}]+)((?:[/?#\\].*)?)""", re.IGNORECASE | re.DOTALL)
_NOT_SEEN = re.compile(r"[\t\n\r]")
_ENDS = "".join(map(chr, range(0x21)))
_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
_END = re.compile(r"/?(?:[?#].*)?$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Link:
    """An address in the document: where its attribute's value stands, quotes included, and what it means."""

    start: int
    end: int
    url: str


def track(edition: Edition, tracking: Tracking, ours: Sequence[str]) -> Edition:
    """A newsletter with what `tracking` wants in it; anything else than a newsletter as it is.

    Links are left alone that lead to one of `ours` (whatever is asked of it behind a question mark), elsewhere than to
    the web, or whose address no browser could follow.
    """
    if edition.stream is not Stream.MARKETING:
        return edition
    own = set(map(_place, ours))
    found = [link for link in _links(edition.html) if _place(link.url) not in own] if tracking.clicks else []
    urls = list(dict.fromkeys(link.url for link in found))[:MOST_LINKS]
    numbers = {url: number for number, url in enumerate(urls, 1)}
    pieces, end = [], 0
    for link in found:
        if link.url in numbers:
            pieces += [edition.html[end : link.start], f'"{CLICK}/{numbers[link.url]}"']
            end = link.end
    document = "".join([*pieces, edition.html[end:]])
    return replace(edition, html=_with_picture(document) if tracking.opens else document, links=tuple(urls))


def untracked(edition: Edition) -> Edition:
    """The edition as it would be without tracking: every link leads straight where it leads."""
    if not edition.links and OPEN not in edition.html:
        return edition
    document = _NUMBERED.sub(lambda found: _target(edition.links, int(found[1])), edition.html.replace(_PIXEL, ""))
    return replace(edition, html=document, links=())


def followable(address: str) -> str | None:
    """The address as a browser would ask for it, in ASCII; None for what is no address of the web.

    What can be printed in ASCII stays as it is. All else is written as a browser writes it (https://url.spec.whatwg.org):
    percent-encoded in UTF-8, or in a host's name by IDNA; blanks around it and line breaks in it do not count.
    """
    found = _WEB.fullmatch(_NOT_SEEN.sub("", address.strip(_ENDS)))
    if found is None:
        return None
    scheme, authority, rest = found.groups()
    login, at, host = authority.rpartition("@")
    name, colon, port = _port(host)
    try:
        name = name if name.isascii() else idna.encode(name, uts46=True).decode("ascii")
        return f"{scheme}://{_encoded(login)}{at}{_encoded(name)}{colon}{_encoded(port)}{_encoded(rest)}"
    except (idna.IDNAError, UnicodeError):
        return None


def _links(document: str) -> Iterator[_Link]:
    """Every link to the web that stands in the document without a slot in it."""
    for start, tag in _Anchors(document).found:
        for attribute in _ATTRIBUTE.finditer(tag, len("<a")):
            if attribute[1].lower() == "href":
                url = _meaning(attribute[2] or "")
                if "[[" not in (attribute[2] or "") and followable(url) is not None:
                    yield _Link(start + attribute.start(2), start + attribute.end(2), url)
                break


class _Anchors(HTMLParser):
    """Where in a document its links stand; what stands in comments, such as Outlook's, is none."""

    def __init__(self, document: str) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[tuple[int, str]] = []
        self._lines = [0, *accumulate(len(line) for line in document.split("\n"))]
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the parser calls it so
        if tag in {"a", "area"}:
            line, column = self.getpos()
            self.found.append((self._lines[line - 1] + line - 1 + column, self.get_starttag_text() or ""))

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.handle_starttag(tag, attrs)

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """As browsers do it: a comment to the next bracket. Python's own fails on a section that it does not know."""
        return self.parse_bogus_comment(i, report)


def _meaning(value: str) -> str:
    """What an attribute's value says, as a browser reads it: `&copy=1` is no sign of copyright there."""
    quoted = value[1:-1] if value[:1] in {'"', "'"} else value
    return _REFERENCE.sub(_character, quoted)


def _character(found: re.Match[str]) -> str:
    name = found[1]
    return html.unescape(found[0]) if name.startswith("#") or name in html5 else found[0]


def _place(url: str) -> str:
    return _END.sub("", url, count=1)


def _with_picture(document: str) -> str:
    before, end, after = document.rpartition("</body>")
    return f"{before}{_PIXEL}{end}{after}" if end else f"{document}{_PIXEL}"


def _target(links: Sequence[str], number: int) -> str:
    return escape_html(links[number - 1]) if 0 < number <= len(links) else ""


def _port(host: str) -> tuple[str, str, str]:
    name, colon, port = host.rpartition(":")
    return (name, colon, port) if colon and not port.endswith("]") else (host, "", "")


def _encoded(text: str) -> str:
    return quote(text, safe=_VISIBLE)
