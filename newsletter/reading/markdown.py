"""Markdown becomes an article: CommonMark with tables and strikethrough, its front matter the facts about it."""

import re
from pathlib import PurePosixPath

from markdown_it import MarkdownIt

from newsletter.domain.article import Article, Block, Heading, plain
from newsletter.errors import InputError
from newsletter.reading.dates import read_date
from newsletter.reading.fragments import fragment_blocks
from newsletter.reading.head import Head, take_lines
from newsletter.reading.language import guess_language, language_tag
from newsletter.reading.marks import recognise

_FRONT_MATTER = re.compile(r"\s*---[ \t]*\n(?P<lines>(?:[^\n]*\n){0,200}?)(?:---|\.\.\.)[ \t]*(?:\n|$)")
_PAIR = re.compile(r"(?P<key>[A-Za-z][\w-]{0,40})[ \t]*:(?P<value>.*)")
_PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def read_markdown(text: str, source: str, base: str | None = None) -> Article:
    """The article of a Markdown text; its first top heading is the title, else the front matter, else the file's name.

    Raises InputError, naming `source`, where there is no more than a title.
    """
    facts, body = _front_matter(text)
    blocks = fragment_blocks(_PARSER.render(body), base)
    title, blocks = split_title(blocks)
    if not blocks:
        raise InputError(f"{source} holds no article: only a title.", "Give a file with the text below its title.")
    language = language_tag(facts.get("language") or facts.get("lang")) or guess_language(body)
    stated = Head(date=read_date(facts.get("date", ""), language), author=facts.get("author"))
    head, blocks = take_lines(blocks, language, stated)
    return Article(
        title=title or facts.get("title") or title_of_file(source),
        dek=facts.get("description") or facts.get("dek") or facts.get("subtitle"),
        date=head.date,
        author=head.author,
        language=language,
        source=source,
        blocks=recognise(blocks),
    )


def split_title(blocks: tuple[Block, ...]) -> tuple[str | None, tuple[Block, ...]]:
    """The words of the first heading of level 1, and the blocks without it."""
    for index, block in enumerate(blocks):
        if isinstance(block, Heading) and block.level == 1:
            return plain(block.spans), blocks[:index] + blocks[index + 1 :]
    return None, blocks


def title_of_file(source: str) -> str:
    """A name such as `why-rest_helps.md` as words."""
    words = re.sub(r"[-_\s]+", " ", PurePosixPath(source).stem).strip()
    return words[:1].upper() + words[1:] or source


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """The facts between two lines of dashes at the very start, under their names in lower case, and the text below."""
    found = _FRONT_MATTER.match(text)
    pairs = [_PAIR.fullmatch(line) for line in found["lines"].split("\n")] if found else []
    facts = {pair["key"].lower(): _unquoted(pair["value"].strip()) for pair in pairs if pair}
    if not found or not facts:
        return {}, text
    return {key: value for key, value in facts.items() if value}, text[found.end() :]


def _unquoted(value: str) -> str:
    quoted = re.fullmatch(r"\"(.*)\"|'(.*)'|\[(.*)\]", value)
    return next(inner for inner in quoted.groups() if inner is not None).strip("\"' ") if quoted else value
