"""Rules on telling editions apart."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.edition import Edition
from subscribers.consent import Stream

EDITION = Edition(stream=Stream.CARE, language="en", subject="After", preheader="Rest", html="<p>Rest</p>", text="Rest")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@pytest.mark.parametrize(
    "change",
    [
        {"stream": Stream.MARKETING},
        {"language": "de"},
        {"subject": "After "},
        {"preheader": ""},
        {"html": "<p>rest</p>"},
        {"text": "Rest\n"},
    ],
)
def test_any_difference_makes_another_edition(change: dict[str, Any]) -> None:
    """Whatever a reader could see, and in which stream."""
    assert replace(EDITION, **change).digest != EDITION.digest


def test_equal_editions_are_one_edition() -> None:
    """So one that is composed twice is kept once."""
    assert replace(EDITION).digest == EDITION.digest


@given(texts=st.tuples(TEXTS, TEXTS, TEXTS), others=st.tuples(TEXTS, TEXTS, TEXTS))
def test_words_do_not_slip_from_one_text_into_the_next(
    texts: tuple[str, str, str], others: tuple[str, str, str]
) -> None:
    """“ab” and “c” are not “a” and “bc”."""
    one, two = (replace(EDITION, subject=each[0], preheader=each[1], html=each[2]) for each in (texts, others))
    assert (one.digest == two.digest) == (texts == others)


def test_a_digest_is_64_hexadecimal_digits() -> None:
    """Of any script and any sign."""
    digest = replace(EDITION, subject="Nachgefühlt 🌿", text="\x00").digest
    assert len(digest) == 64
    assert set(digest) <= set("0123456789abcdef")
