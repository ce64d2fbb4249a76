"""A Word document becomes an article, its styles deciding what is what."""

import io
from zipfile import BadZipFile, ZipFile

from newsletter.domain.article import Article, Block, Heading, Paragraph
from newsletter.errors import InputError
from newsletter.reading.fragments import fragment_blocks
from newsletter.reading.language import guess_language
from newsletter.reading.markdown import split_title
from newsletter.reading.marks import recognise

_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='Quote'] => blockquote:fresh
p[style-name='Intense Quote'] => blockquote:fresh
"""
_LARGEST_CONTENT = 100 * 2**20  # unpacked; a document that grows further is an attack, not an article


def read_word(data: bytes, source: str) -> Article:
    """The article of a .docx file; its title is the first in the style Title or Heading 1, else what it begins with.

    Pictures embedded in the document are left out: a mail shows pictures by their address only. Raises InputError,
    naming `source`, for a damaged document and for one that holds no more than a title.
    """
    blocks = fragment_blocks(_html(data, source))
    title, blocks = _split_title(blocks)
    if not title or not blocks:
        raise InputError(f"{source} holds no article: only a title.", "Give a file with the text below its title.")
    text = "\n".join(block.text for block in blocks)
    return Article(title=title, language=guess_language(text), source=source, blocks=recognise(blocks))


def pictures_left_out(data: bytes) -> int:
    """How many embedded pictures a readable document holds, for somebody to tell the author that they are missing."""
    with ZipFile(io.BytesIO(data)) as archive:
        return sum(name.startswith("word/media/") for name in archive.namelist())


def _html(data: bytes, source: str) -> str:
    import mammoth  # here: it takes longer to load than every other reader, and few articles are .docx

    try:
        with ZipFile(io.BytesIO(data)) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > _LARGEST_CONTENT:
            raise InputError(f"{source} unpacks to {size // 2**20} MB.", "Save the text without its pictures.")
        return str(mammoth.convert_to_html(io.BytesIO(data), style_map=_STYLES).value)
    except InputError:
        raise
    except BadZipFile as error:
        raise InputError(f"{source} is no Word document, or a damaged one.", "Save it again as .docx.") from error
    except Exception as error:  # a document's XML can break mammoth in any of its ways
        raise InputError(f"{source} cannot be read as a Word document.", "Save it again as .docx.") from error


def _split_title(blocks: tuple[Block, ...]) -> tuple[str | None, tuple[Block, ...]]:
    title, rest = split_title(blocks)
    if title or not blocks:
        return title, rest
    first = blocks[0]
    return (first.text, blocks[1:]) if isinstance(first, Heading | Paragraph) else (None, blocks)
