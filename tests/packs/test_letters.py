"""Rules on letters: plain text becomes blocks, and nothing of it is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.packs.letters import read_letter


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("One.\n\nTwo.", [("paragraph", "One."), ("paragraph", "Two.")]),
        ("Warmly,\nMara", [("paragraph", "Warmly,\nMara")]),
        (
            "For today:\n- rest\n- walk\nThat is all.",
            [("paragraph", "For today:"), ("list", "rest\nwalk"), ("paragraph", "That is all.")],
        ),
        ("> Please write.", [("quote", "Please write.")]),
        ("-> Find a time", [("call_to_action", "Find a time")]),
        ("-5 degrees outside", [("paragraph", "-5 degrees outside")]),
        ("  \n\n", []),
    ],
)
def test_a_letter_is_read_as_it_looks(text: str, blocks: list[tuple[str, str]]) -> None:
    """Blank lines part paragraphs; three marks at the start of a line stand for a list, a quotation, a button."""
    assert [(block.type, block.text) for block in read_letter(text)] == blocks


@given(st.text(alphabet="ab \n->.", max_size=80))
def test_no_word_of_a_letter_is_lost(text: str) -> None:
    """Whatever she types, its letters come out in their order."""
    read = "".join(block.text for block in read_letter(text))
    assert [each for each in read if each.isalpha()] == [each for each in text if each.isalpha()]
