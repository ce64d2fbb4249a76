"""A Word document becomes an article, its styles deciding what is what."""

import io
from typing import Any
from zipfile import BadZipFile, ZipFile

from lxml import html as lxml_html

from newsletter.domain.article import Article, Block, Heading, Paragraph
from newsletter.errors import InputError
from newsletter.reading.fragments import fragment_blocks
from newsletter.reading.head import Head, take_lines
from newsletter.reading.illustrations import embedded
from newsletter.reading.language import guess_language
from newsletter.reading.markdown import split_title
from newsletter.reading.marks import bold_headings, recognise

_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p.dek:fresh
p[style-name='Quote'] => blockquote:fresh
p[style-name='Intense Quote'] => blockquote:fresh
"""
_LARGEST_CONTENT = 100 * 2**20  # unpacked; a document that grows further is an attack, not an article


def read_word(data: bytes, source: str) -> Article:
    """The article of a .docx file; its title is the first in the style Title or Heading 1, else what it begins with.

    The style Subtitle is its dek; a date and a byline below the title are what they say. Pictures in the document have
    addresses that newsletter.reading.illustrations knows. Raises InputError, naming `source`, for a damaged document
    and for one that holds no more than a title.
    """
    dek, html = _split_dek(_html(data, source))
    title, blocks = _split_title(fragment_blocks(html))
    if not title or not blocks:
        raise InputError(f"{source} holds no article: only a title.", "Give a file with the text below its title.")
    language = guess_language("\n".join(block.text for block in blocks))
    head, blocks = take_lines(blocks, language, Head(dek=dek))
    return Article(
        title=title,
        dek=head.dek,
        date=head.date,
        author=head.author,
        language=language,
        source=source,
        blocks=recognise(bold_headings(blocks)),
    )


def _html(data: bytes, source: str) -> str:
    import mammoth  # here: it takes longer to load than every other reader, and few articles are .docx

    try:
        with ZipFile(io.BytesIO(data)) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > _LARGEST_CONTENT:
            raise InputError(f"{source} unpacks to {size // 2**20} MB.", "Save the text without its pictures.")
        pictures = mammoth.images.img_element(_picture)
        return str(mammoth.convert_to_html(io.BytesIO(data), style_map=_STYLES, convert_image=pictures).value)
    except InputError:
        raise
    except BadZipFile as error:
        raise InputError(f"{source} is no Word document, or a damaged one.", "Save it again as .docx.") from error
    except Exception as error:  # a document's XML can break mammoth in any of its ways
        raise InputError(f"{source} cannot be read as a Word document.", "Save it again as .docx.") from error


def _picture(image: Any) -> dict[str, str]:
    """mammoth would put the picture itself there, as a data: address of megabytes."""
    with image.open() as opened:
        return {"src": embedded(opened.read())}


def _split_dek(html: str) -> tuple[str | None, str]:
    root = lxml_html.fragment_fromstring(html, create_parent="div")
    for paragraph in root.iter("p"):
        if paragraph.get("class") == "dek" and (dek := " ".join("".join(paragraph.itertext()).split())):
            paragraph.drop_tree()
            return dek, str(lxml_html.tostring(root, encoding="unicode"))
    return None, html


def _split_title(blocks: tuple[Block, ...]) -> tuple[str | None, tuple[Block, ...]]:
    title, rest = split_title(blocks)
    if title or not blocks:
        return title, rest
    first = blocks[0]
    return (first.text, blocks[1:]) if isinstance(first, Heading | Paragraph) else (None, blocks)
