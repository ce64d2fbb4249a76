"""A service's words stand in our sentences in one line, not too long, and name nobody."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.providers.wording import tidy


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("550 5.1.1 <anna@example.com>: no such user.", "550 5.1.1 <…>: no such user"),
        ("Invalid 'To' address: 'anna.okafor@example.com'.", "Invalid 'To' address: '…'"),
        ("slow\r\ndown\x00", "slow down"),
        ("x" * 400, "x" * 300),
    ],
)
def test_words_of_a_service_are_made_fit_for_a_sentence(said: str, written: str) -> None:
    assert tidy(said) == written


@settings(max_examples=50)
@given(before=st.text(), after=st.text(alphabet="abc <>:.\n", max_size=20))
def test_no_address_is_left_wherever_it_stands(before: str, after: str) -> None:
    assert "anna@example.com" not in tidy(f"{before}anna@example.com{after}")
