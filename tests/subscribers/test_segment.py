"""A segment is read from one line, or refused with the part that cannot be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.errors import AudienceError
from subscribers.segment import EVERYONE, Field, Rule, Segment, parse


def test_a_comma_means_and_a_bar_means_or() -> None:
    """Values come out in normal form."""
    tags = (Rule(field=Field.TAG, value="regulars"), Rule(field=Field.TAG, value="friends"))
    assert parse("tag:Regulars|tag:friends, country:uk") == Segment(
        all_of=(tags, (Rule(field=Field.COUNTRY, value="GB"),))
    )


def test_nothing_is_everyone() -> None:
    """No rule leaves nobody out."""
    assert parse("  ") == EVERYONE


@pytest.mark.parametrize(
    "text", ["regulars", "tag:", "colour:red", "tag:a,,tag:b", "joined_after:soon", "country:Atlantis", ":", "tag:\0"]
)
def test_what_is_no_rule_is_refused(text: str) -> None:
    """A slip must not mail everyone."""
    with pytest.raises(AudienceError):
        parse(text)


@given(st.text(alphabet=st.sampled_from("tag:country|,GBen joined_after2026-01-0\0é"), max_size=60))
def test_a_segment_that_is_read_is_written_the_same(text: str) -> None:
    """Kept beside a campaign, it means the same tomorrow."""
    try:
        segment = parse(text)
    except AudienceError:
        return
    assert parse(str(segment)) == segment
