"""A web page becomes an article: its facts from the head, its blocks from the one element that holds the text."""

from dataclasses import replace
from itertools import islice

from lxml import etree
from lxml import html as lxml_html
from lxml.html import HtmlElement

from newsletter.domain.article import Article, Block, Heading, Paragraph
from newsletter.errors import InputError
from newsletter.reading.addresses import link_address, picture_address
from newsletter.reading.dates import read_date
from newsletter.reading.fragments import fragment_blocks
from newsletter.reading.head import Head, take_lines
from newsletter.reading.language import guess_language
from newsletter.reading.main_content import Found, main_element
from newsletter.reading.markdown import title_of_file
from newsletter.reading.marks import bold_headings, recognise
from newsletter.reading.page_facts import PageFacts, letters, page_facts
from newsletter.reading.surroundings import without_surroundings

_LAZY = ("data-src", "data-lazy-src", "data-original", "data-orig-file")
_SHORTEST_ARTICLE = 30
_PROSE = ".//text()[not(ancestor::a or ancestor::h1 or ancestor::h2 or ancestor::h3 or ancestor::h4)]"
_LONGEST_BYLINE = 80
_MOST_ELEMENTS = 40_000


def read_html(text: str, source: str, base: str | None = None) -> Article:
    """The article of a page; `base` is the address it came from, else the one it gives itself.

    Raises InputError, naming `source`, for a page without an article: a log-in, a list of links.
    """
    document = _parsed(text, source)
    _refuse_endless(document, source)
    facts = page_facts(document)
    base = _base(document, base or facts.address)
    _settle_pictures(document, base)
    found = Found(text)
    element = main_element(document, found)
    if _letters_of_prose(element) < _SHORTEST_ARTICLE:
        raise _no_article(source)
    blocks = without_surroundings(fragment_blocks(_markup(element), base), found)
    facts = replace(facts, title=_title(blocks, facts) or title_of_file(source))
    language = facts.language or guess_language("\n".join(block.text for block in blocks))
    blocks = _without_facts(blocks, facts)
    head, blocks = take_lines(blocks, language, Head(date=facts.date, author=facts.author))
    if not blocks:
        raise _no_article(source)
    return Article(
        title=facts.title or "",
        dek=None if _opens_with(blocks, facts.dek) else facts.dek,
        date=head.date,
        author=head.author,
        language=language,
        source=source,
        blocks=recognise(bold_headings(blocks)),
    )


def _title(blocks: tuple[Block, ...], facts: PageFacts) -> str | None:
    """What the page calls itself, else the first heading above the text."""
    return facts.title or next((block.text for block in blocks if isinstance(block, Heading)), None)


def without_repeated_title(blocks: tuple[Block, ...], title: str) -> tuple[Block, ...]:
    """The blocks without a heading at their top that only says the title again."""
    first = blocks[0] if blocks else None
    repeated = isinstance(first, Heading) and bool(title) and letters(first.text) == letters(title)
    return blocks[1:] if repeated else blocks


def _parsed(text: str, source: str) -> HtmlElement:
    parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        return lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError) as error:  # nothing in it, or nothing but comments
        raise _no_article(source) from error


def _refuse_endless(document: HtmlElement, source: str) -> None:
    """A page can be made so that looking through it takes hours; none with an article is as large."""
    if sum(1 for _ in islice(document.iter(), _MOST_ELEMENTS + 1)) > _MOST_ELEMENTS:
        raise InputError(f"{source} is too large to hold one article.", "Save its text as a file, and give that.")


def _no_article(source: str) -> InputError:
    return InputError(
        f"There is no article found in {source}.", "Give the address of one post, or save its text as a file."
    )


def _base(document: HtmlElement, address: str | None) -> str | None:
    declared = next((element.get("href") for element in document.iter("base")), None)
    return link_address(declared, address) or address


def _settle_pictures(document: HtmlElement, base: str | None) -> None:
    """A picture that a script would load gets its address; one that <noscript> repeats stands once."""
    shown: set[str | None] = set()
    for picture in document.iter("img"):
        addresses = [picture.get("src"), *_sources(picture)]
        if lazy := [picture.get(name) for name in _LAZY if picture.get(name)]:
            addresses = lazy + addresses
        settled = next((found for address in addresses if (found := picture_address(address, base))), None)
        picture.set("src", settled or "")
        if settled in shown and next(picture.iterancestors("noscript"), None) is not None:
            picture.set("src", "")
        shown.add(settled)
    for fallback in list(document.iter("noscript")):
        fallback.drop_tag() if fallback.find(".//img") is not None else fallback.drop_tree()


def _sources(picture: HtmlElement) -> list[str]:
    """The addresses of a srcset, the widest first."""
    sets = [picture.get("srcset") or picture.get("data-srcset") or picture.get("data-lazy-srcset") or ""]
    parent = picture.getparent()
    if parent is not None and parent.tag == "picture":
        sets += [source.get("srcset") or source.get("data-srcset") or "" for source in parent.iter("source")]
    return [candidate.split()[0] for found in sets for candidate in reversed(found.split(", ")) if candidate.split()]


def _markup(element: HtmlElement) -> str:
    return str(lxml_html.tostring(element, encoding="unicode", with_tail=False))


def _without_facts(blocks: tuple[Block, ...], facts: PageFacts) -> tuple[Block, ...]:
    """The blocks without what the facts say already: the title, and above the text the dek, the date and the author."""
    kept: list[Block] = []
    body_began = False
    for block in blocks:
        said = _is_title(block, facts) or (not body_began and _is_fact(block, facts))
        body_began = body_began or (isinstance(block, Paragraph) and not said)
        if not said:
            kept.append(block)
    return tuple(kept)


def _is_title(block: Block, facts: PageFacts) -> bool:
    if not isinstance(block, Heading) or block.level > 2 or not facts.title:
        return False
    heading, title = letters(block.text), letters(facts.title)
    return heading == title or (block.level == 1 and (heading in title or title in heading))


def _is_fact(block: Block, facts: PageFacts) -> bool:
    if not isinstance(block, Paragraph | Heading):
        return False
    if facts.dek and letters(block.text) == letters(facts.dek):
        return True
    if len(block.text) > _LONGEST_BYLINE:
        return False
    text = block.text.strip()
    author = letters(facts.author or "")
    named = bool(author) and (letters(text) == author or letters(text).startswith(f"by{author}"))
    return named or (facts.date is not None and read_date(text, facts.language or "en") == facts.date)


def _opens_with(blocks: tuple[Block, ...], dek: str | None) -> bool:
    """Blog software gives the first words of the text as its description: that is no dek, it would be read twice."""
    opening = " ".join(block.text for block in blocks[:6] if isinstance(block, Paragraph))
    return bool(dek) and letters(opening).startswith(letters(dek or "")[:150])


def _letters_of_prose(element: HtmlElement) -> int:
    """How much there is to read that is neither a heading nor a link."""
    return sum(len(letters(text)) for text in element.xpath(_PROSE))
