"""Content: a reader's values are words, never markup, headers or templates."""

import html

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.content import Content
from newsletter.domain.edition import Edition
from newsletter.errors import TemplateError
from subscribers.consent import Stream

EDITION = Edition(
    stream=Stream.MARKETING,
    language="en",
    subject="Hello [[ first_name | you ]]",
    preheader="",
    html='<p title="[[ first_name ]]">Hello [[ first_name | R&B ]]</p><a href="[[ view_url ]]">view</a>[[ brackets ]]',
    text="Hello [[ first_name | you ]],\n[[ view_url ]]\n",
)
CONTENT = Content.of(EDITION)


@given(st.text())
def test_value_is_words_in_the_html(name: str) -> None:
    """Neither an element nor the attribute around it can be left."""
    document = lxml.html.fragments_fromstring(CONTENT.html({"first_name": f"x{name}x", "view_url": "https://x.y"}))

    assert [element.tag for element in document] == ["p", "a"]
    assert len(document[0]) == 0
    assert document[0].attrib.keys() == ["title"]


@given(st.text())
def test_value_never_begins_a_line_or_a_header(name: str) -> None:
    """A name field is where spammers put theirs."""
    fields = {"first_name": name, "view_url": f"https://x.y/{name}"}

    assert len(CONTENT.subject(fields).splitlines()) == 1
    assert len(CONTENT.text(fields).splitlines()) == 2


def test_value_is_never_read_as_a_slot() -> None:
    """One pass over text split beforehand."""
    assert CONTENT.subject({"first_name": "[[ view_url ]]", "view_url": "SECRET"}) == "Hello [[ view_url ]]"


def test_names_of_all_scripts_stay_as_they_are() -> None:
    """With their joiners and marks."""
    for name in ("Zoë", "O’Brien", "नेहा", "محمد", "สมชาย", "王小明", "👩‍🚀"):
        assert CONTENT.subject({"first_name": name}) == f"Hello {name}"


def test_missing_value_takes_the_default_escaped() -> None:
    """The default is words as well."""
    assert "Hello R&amp;B</p>" in CONTENT.html({})
    assert CONTENT.text({"first_name": ""}).startswith("Hello you,")


def test_address_keeps_its_query() -> None:
    """Escaped once, so that the reader's program reads it as it was."""
    written = CONTENT.html({"view_url": "https://x.y/?a=1&b=2"})

    assert html.escape("https://x.y/?a=1&b=2") in written
    assert lxml.html.fragments_fromstring(written)[1].get("href") == "https://x.y/?a=1&b=2"


def test_literal_brackets_come_back() -> None:
    """An article may show what a slot looks like."""
    assert CONTENT.html({}).endswith("[[")


def test_unknown_slot_is_refused_before_the_first_mail() -> None:
    """When the edition is split, not when somebody's turn comes."""
    with pytest.raises(TemplateError, match="last_name"):
        Content.of(
            Edition(stream=Stream.CARE, language="en", subject="[[ last_name ]]", preheader="", html="", text="")
        )
