"""Word documents become articles by their styles; damaged ones are named."""

import io
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.pictures import pictures
from newsletter.errors import InputError
from newsletter.reading.illustrations import embedded
from newsletter.reading.word import read_word

_DRAWN = "http://schemas.openxmlformats.org/drawingml/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATION = f'<Relationship Id="rId9" Type="{_OFFICE}/image" Target="media/image1.png"/>'
DRAWING = (
    f'</w:t><w:drawing><wp:inline xmlns:wp="{_DRAWN}/wordprocessingDrawing"><wp:docPr id="1" name="p" descr="Tea"/>'
    f'<a:graphic xmlns:a="{_DRAWN}/main"><a:graphicData><pic:pic xmlns:pic="{_DRAWN}/picture"><pic:blipFill>'
    f'<a:blip xmlns:r="{_OFFICE}" r:embed="rId9"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline>'
    "</w:drawing><w:t>"
)


def test_styles_say_what_is_what(make_docx: Callable[..., bytes]) -> None:
    """The title, a heading, and paragraphs with every character."""
    data = make_docx(
        ("Title", "Why rest helps"),
        ("Normal", "Rest &amp; sleep | 5\u00a0€ 🙂 مرحبا &lt;b&gt;"),
        ("H2", "At home"),
        ("Normal", "Book your massage today!"),
    )
    article = read_word(data, "rest.docx")
    assert article.title == "Why rest helps"
    assert [(block.type, block.text) for block in article.blocks] == [
        ("paragraph", "Rest & sleep | 5\u00a0€ 🙂 مرحبا <b>"),
        ("heading", "At home"),
        ("call_to_action", "Book your massage today!"),
    ]


def test_without_styles_the_first_paragraph_is_the_title(make_docx: Callable[..., bytes]) -> None:
    """As in plain text."""
    assert read_word(make_docx(("", "Why rest helps"), ("", "Rest is good.")), "rest.docx").title == "Why rest helps"


def test_a_title_alone_is_no_article(make_docx: Callable[..., bytes]) -> None:
    """Nor is an empty document."""
    for paragraphs in ([], [("Title", "Why rest helps")]):
        with pytest.raises(InputError, match="holds no article"):
            read_word(make_docx(*paragraphs), "rest.docx")


def test_a_damaged_document_is_named(make_docx: Callable[..., bytes]) -> None:
    """Cut off, or broken within."""
    whole = make_docx(("Title", "Why rest helps"), ("Normal", "Rest is good."))
    for broken in (whole[:200], b"words", whole.replace(b"<w:body>", b"<w:bxdy>"), make_docx(("Title", "<broken"))):
        with pytest.raises(InputError, match=r"rest\.docx"):
            read_word(broken, "rest.docx")


def test_what_stands_under_the_title_is_known(make_docx: Callable[..., bytes]) -> None:
    """The style Subtitle is the dek; a date and a byline are what they say."""
    data = make_docx(
        ("Title", "Why rest helps"),
        ("Subtitle", "A quiet evening does it"),
        ("Normal", "By Jane Doe"),
        ("Normal", "28 October 2024"),
        ("Normal", "Rest is good."),
    )
    article = read_word(data, "rest.docx")
    assert (article.dek, article.author, article.date) == ("A quiet evening does it", "Jane Doe", date(2024, 10, 28))
    assert [block.text for block in article.blocks] == ["Rest is good."]


def test_bold_lines_are_headings_where_there_are_no_others(make_docx: Callable[..., bytes]) -> None:
    """Many people write so; a bold sentence stays one, and nothing is a heading at the end."""
    bold = '</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">{}'.format
    lines = ["Rest", bold("At home"), "Sleep well.", bold("Do not run."), "Walk.", bold("Be kind")]
    article = read_word(make_docx(*(("", line) for line in lines)), "rest.docx")
    assert [block.text for block in article.blocks if block.type == "heading"] == ["At home"]


def test_pictures_in_the_document_have_an_address(make_docx: Callable[..., bytes]) -> None:
    """By which their bytes are found again, in the same document."""
    article = read_word(with_picture(make_docx(("Title", "Rest"), ("", "Rest."), ("", DRAWING))), "rest.docx")
    (picture,) = pictures(article)
    assert (picture.src, picture.alt) == (embedded(b"the bytes"), "Tea")


def with_picture(document: bytes) -> bytes:
    packed = io.BytesIO()
    with ZipFile(io.BytesIO(document)) as archive, ZipFile(packed, "w") as extended:
        for name in archive.namelist():
            data = archive.read(name)
            if name.endswith("document.xml.rels"):
                data = data.replace(b"</Relationships>", RELATION.encode() + b"</Relationships>")
            extended.writestr(name, data)
        extended.writestr("word/media/image1.png", b"the bytes")
    return packed.getvalue()


@given(data=st.data())
def test_any_damage_gives_an_article_or_an_input_error(data: st.DataObject, make_docx: Callable[..., bytes]) -> None:
    """A changed byte anywhere never breaks the reader."""
    whole = bytearray(make_docx(("Title", "Why rest helps"), ("Normal", "Rest is good.")))
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(InputError):
        read_word(bytes(whole), "rest.docx")
