"""Word documents become articles by their styles; damaged ones are named."""

import io
from collections.abc import Callable
from contextlib import suppress
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import InputError
from newsletter.reading.word import pictures_left_out, read_word


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


def test_pictures_left_out_are_counted(make_docx: Callable[..., bytes]) -> None:
    """So that the author can be told."""
    packed = io.BytesIO(make_docx(("Title", "Why rest helps"), ("Normal", "Rest is good.")))
    with ZipFile(packed, "a") as archive:
        archive.writestr("word/media/image1.png", b"x")
    assert pictures_left_out(packed.getvalue()) == 1


@given(data=st.data())
def test_any_damage_gives_an_article_or_an_input_error(data: st.DataObject, make_docx: Callable[..., bytes]) -> None:
    """A changed byte anywhere never breaks the reader."""
    whole = bytearray(make_docx(("Title", "Why rest helps"), ("Normal", "Rest is good.")))
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(InputError):
        read_word(bytes(whole), "rest.docx")
