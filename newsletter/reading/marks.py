"""What an author meant without marking it: related posts, quoted titles of posts, addresses, the closing call."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from newsletter.domain.article import (
    Block,
    CallToAction,
    Heading,
    Inline,
    ListBlock,
    Paragraph,
    Quote,
    Related,
    Rule,
    Span,
    Table,
    plain,
)
from newsletter.reading.spans import restyled, sliced

_RELATED = re.compile(
    r"(?:related(?: (?:post|article|reading|read|blog)s?)?|read (?:also|next)|see also|you might also like"
    r"|siehe auch|lesen sie auch|(?:à )?lire aussi|artículo relacionado|relacionado|leer también)\s*:\s*(?=\S)",
    re.I,
)
_QUOTES = r"(?:“(?P<a>[^“”]{4,200})”|\"(?P<b>[^\"]{4,200})\"|„(?P<c>[^„“”]{4,200})[“”]|«\s?(?P<d>[^«»]{4,200}?)\s?»)"
_POST = r"(?:read|blog|post|article|guide|essay|piece|beitrag|artikel|lesen|artículo|leer|lire|lisez)"
_CITED = re.compile(
    rf"\b{_POST}s?\b[^.!?“”\"„«»]{{0,60}}{_QUOTES}|{_QUOTES.replace('?P<', '?P<after_')}(?=\s+{_POST}\b)", re.I
)
_ADDRESS = re.compile(
    r"(?P<url>https?://[^\s<>“”\"]+)|(?P<bare>\bwww\.[\w-]+\.[^\s<>“”\"]+)|(?P<mail>\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}\b)",
    re.I,
)
_CLOSING = ".,;:!?'’»*_]}"
_OBJECT = r"(?=\s+(?:(?:your|an?|now|online|today|with|at|here|me|us|my|our|the|by|this|in|for)\b|[(+\d])|\s*[!:.]|$)"
_CALL = re.compile(
    rf"(?:^|[.!?…]\s+)(?:please\s+)?(?:(?:book|schedule|reserve|call|text|contact|e-?mail|message|visit|phone)\b{_OBJECT}"
    r"|(?:click here|get in touch|reach out|make an appointment|sign up|give (?:me|us) a call|come (?:and )?see us)\b"
    r"|(?:buchen? sie|buche|vereinbaren? sie|vereinbare|rufen sie|kontaktieren sie|melden sie sich|schreiben sie)\b"
    r"|(?:réservez|prenez rendez-vous|contactez|appelez|reserva|reserve su|agenda|pide tu|contacta|llama)\b)",
    re.I,
)
_LONGEST_CALL = 300
_LONGEST_HEADING = 80
_NO_HEADING_END = (".", ",", ";", ":", "…", "。")


def recognise(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks with what they mean made plain; every word stays, but for the label before a related post."""
    seen: list[Block] = []
    for block in blocks:
        seen += _related(block) or [_with_marks(block)]
    _name_call(seen)
    return tuple(seen)


def points_elsewhere(text: str) -> bool:
    """Whether a line names a related post."""
    return bool(_RELATED.match(text))


def bold_headings(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks with lines that stand alone in bold as headings, where the author used no other kind."""
    if any(isinstance(block, Heading) for block in blocks):
        return tuple(blocks)
    bold = [_is_bold_line(block) for block in blocks]
    return tuple(
        _as_heading(block) if isinstance(block, Paragraph) and bold[index] and not bold[index + 1] else block
        for index, block in enumerate(blocks[:-1])
    ) + tuple(blocks[-1:])


def _is_bold_line(block: Block) -> bool:
    if not isinstance(block, Paragraph) or "\n" in block.text or len(block.text) > _LONGEST_HEADING:
        return False
    words = [span for span in block.spans if span.text.strip()]
    return all(span.strong and not span.href for span in words) and not block.text.endswith(_NO_HEADING_END)


def _as_heading(block: Paragraph) -> Heading:
    return Heading(spans=tuple(replace(span, strong=False) for span in block.spans))


def asks_to_come(text: str) -> bool:
    """Whether a short text is a call: to book, to write, to come."""
    return len(text) <= _LONGEST_CALL and bool(_CALL.search(text))


def _related(block: Block) -> list[Block]:
    """The posts that a paragraph points to, if each of its lines does so."""
    if not isinstance(block, Paragraph):
        return []
    posts: list[Block] = []
    start = 0
    for line in block.text.split("\n"):
        label = _RELATED.match(line)
        if not label:
            return []
        posts.append(_post(sliced(block.spans, start + label.end(), start + len(line))))
        start += len(line) + 1
    return posts


def _post(spans: Inline) -> Related:
    linked = _linked(spans)
    href = next((span.href for span in linked if span.href), None)
    bare = [span.text for span in linked if span.text != span.href]
    title = "".join(bare).strip(" ()[]<>–—-:") or plain(spans)
    return Related(text=_unquoted(title), href=href)


def _unquoted(title: str) -> str:
    inside = re.fullmatch(r"[“\"„«]\s*([^“”\"„«»]+?)\s*[”\"“»]", title)
    return inside[1] if inside else title


def _with_marks(block: Block) -> Block:
    match block:
        case Paragraph(spans=spans):
            return replace(block, spans=_marked(spans))
        case ListBlock(items=items):
            return replace(block, items=tuple(replace(item, spans=_marked(item.spans)) for item in items))
        case Quote(paragraphs=paragraphs):
            return replace(block, paragraphs=tuple(map(_marked, paragraphs)))
        case Table(rows=rows):
            return replace(block, rows=tuple(tuple(map(_linked, row)) for row in rows))
        case _:
            return block


def _marked(spans: Inline) -> Inline:
    return _linked(restyled(spans, [(start, end, _citing) for start, end in _cited(plain(spans))]))


def _cited(text: str) -> Iterator[tuple[int, int]]:
    """The titles in quotation marks that stand next to a word for a post."""
    for found in _CITED.finditer(text):
        name = next(name for name, title in found.groupdict().items() if title)
        if " " in found[name] and not found[name][0].islower():
            yield found.span(name)


def _citing(span: Span) -> Span:
    return span if span.code else replace(span, cites=True)


def _linked(spans: Inline) -> Inline:
    """Web and mail addresses that stand in the text as links."""
    return restyled(spans, list(_links(plain(spans))))


def _links(text: str) -> Iterator[tuple[int, int, Callable[[Span], Span]]]:
    for found in _ADDRESS.finditer(text):
        address = _trimmed(found.group())
        href = {"url": "", "bare": "https://", "mail": "mailto:"}[found.lastgroup or "url"] + address
        yield found.start(), found.start() + len(address), partial(_link, href=href)


def _link(span: Span, *, href: str) -> Span:
    return span if span.href or span.code else replace(span, href=href)


def _trimmed(address: str) -> str:
    """Without the punctuation of the sentence around it."""
    while address[-1] in _CLOSING or (address[-1] == ")" and address.count(")") > address.count("(")):
        address = address[:-1]
    return address


def _name_call(blocks: list[Block]) -> None:
    """The last paragraph, with nothing but related posts below it, is the closing call where it asks to come."""
    for index in range(len(blocks) - 1, -1, -1):
        block = blocks[index]
        if isinstance(block, Paragraph):
            if asks_to_come(block.text):
                href = next((span.href for span in block.spans if span.href and span.href.startswith("http")), None)
                blocks[index] = CallToAction(spans=block.spans, href=href)
            return
        if not isinstance(block, Related | Rule):
            return
