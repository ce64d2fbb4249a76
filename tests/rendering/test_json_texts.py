"""Texts as JSON: woven from literals and columns, they say what the texts say."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.content import Content
from newsletter.domain.edition import Edition
from newsletter.domain.mailing import Mailing, mailings
from newsletter.domain.message import Mailbox, Message
from newsletter.rendering.columns import Pattern, listed, weave
from newsletter.rendering.json_texts import json_column, json_texts
from subscribers.consent import Stream

WHOLE = st.text(st.characters(exclude_categories=["Cs"]))
NAMES = st.dictionaries(st.sampled_from(["first_name", "view_url"]), st.text())
BOX = Mailbox(address="anna@client.example")
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def content(text: str) -> Content:
    """A text that has all that JSON escapes around its slots, the same slot twice and with two defaults."""
    slotted = f'"[[ first_name | R\\&"B ]]\\\n{text}[[ view_url ]]\t[[ first_name ]][[ first_name | R\\&"B ]]'
    return Content.of(
        Edition(stream=Stream.CARE, language="en", subject=slotted, preheader="", html=slotted, text=slotted)
    )


def mailing(shared: Content, readers: list[dict[str, str]]) -> Mailing:
    (made,) = mailings(
        [
            Message(id=str(number), stream=Stream.CARE, sender=BOX, to=BOX, content=shared, fields=fields, date=NOW)
            for number, fields in enumerate(readers)
        ]
    )
    return made


def read(texts: Callable[[Mailing], Pattern], of: Mailing) -> object:
    return json.loads(b"".join(listed(weave(texts(of), len(of)), b"[", b"]")))


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="[]")), st.lists(NAMES, min_size=1, max_size=4)
)
def test_woven_pieces_make_the_texts_as_json(text: str, readers: list[dict[str, str]]) -> None:
    """For every text and every reader, each of the three comes out as the content itself would write it."""
    shared = content(text)
    made, texts = mailing(shared, readers), json_texts(shared)
    assert read(texts.subject, made) == [shared.subject(fields) for fields in readers]
    assert read(texts.html, made) == [shared.html(fields) for fields in readers]
    assert read(texts.text, made) == [shared.text(fields) for fields in readers]


def test_literals_are_encoded_once_for_all_calls() -> None:
    """The same object for equal content."""
    assert json_texts(content("Rest well.")) is json_texts(content("Rest well."))


@given(st.lists(WHOLE))
def test_a_column_becomes_json_value_by_value(values: list[str]) -> None:
    """Whatever stands in them, such as quotation marks and commas: none runs into the next."""
    assert [json.loads(f'"{each}"') for each in json_column(values)] == values
