"""Texts as JSON: put together from pieces, they say what the texts say."""

import json

from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.content import Content
from newsletter.domain.edition import Edition
from newsletter.rendering.json_texts import array, json_texts, string
from subscribers.consent import Stream

NAMES = st.dictionaries(st.sampled_from(["first_name", "view_url"]), st.text())


def content(text: str) -> Content:
    """A text that has all that JSON escapes around its slots, the same slot twice and with two defaults."""
    slotted = f'"[[ first_name | R\\&"B ]]\\\n{text}[[ view_url ]]\t[[ first_name ]][[ first_name | R\\&"B ]]'
    return Content.of(
        Edition(stream=Stream.CARE, language="en", subject=slotted, preheader="", html=slotted, text=slotted)
    )


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="[]")), NAMES)
def test_pieces_make_the_text_as_json(text: str, fields: dict[str, str]) -> None:
    """For every text and every reader, each of the three texts comes out as the content itself would write it."""
    shared = content(text)
    texts = json_texts(shared)

    assert json.loads(b"".join(texts.subject(fields))) == shared.subject(fields)
    assert json.loads(b"".join(texts.html(fields))) == shared.html(fields)
    assert json.loads(b"".join(texts.text(fields))) == shared.text(fields)


def test_literals_are_encoded_once_for_all_readers() -> None:
    """The same object for equal content, the same bytes for every reader."""
    texts = json_texts(content("Rest well."))

    assert json_texts(content("Rest well.")) is texts
    assert texts.html({})[0] is texts.html({"first_name": "Zoë"})[0]


def test_one_reader_never_sees_the_values_of_another() -> None:
    """What is filled in is a copy."""
    texts = json_texts(content("Rest well."))
    texts.html({"first_name": "Anna"})

    assert b"Anna" not in b"".join(texts.html({}))


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"])).map(string).map(str.encode), min_size=1, max_size=1)
    )
)
def test_array_of_pieces_is_a_json_array(items: list[list[bytes]]) -> None:
    """Of none as well."""
    assert json.loads(b"".join(array(items))) == [json.loads(item) for (item,) in items]
