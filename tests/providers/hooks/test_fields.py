"""Whatever stands in a vendor's field, something that can be kept comes out."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.providers.hooks.fields import address, key, moment, reason, tagged, text

ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text())
THEN = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-22T09:30:00Z",
        "2026-11-22T09:30:00.0000000Z",
        "2026-11-22 09:30:00.000+00",
        "2026-11-22T04:30:00-05:00",
        "2026-11-22T09:30:00",
        1795339800,
        1795339800.0,
        "1795339800",
        1795339800000,
    ],
)
def test_moment_is_read_as_vendors_write_it(written: object) -> None:
    """With and without an offset, in seconds and in milliseconds."""
    assert moment(written) == THEN


@pytest.mark.parametrize(
    "written", [None, True, "soon", "0001-01-01T00:00:00+23:59", 1e300, float("nan"), "9" * 400, []]
)
def test_what_is_no_moment_of_our_times_is_none(written: object) -> None:
    """Nor is one that no other zone could write."""
    assert moment(written) is None


@given(value=ANYTHING)
def test_any_value_becomes_text_that_every_store_can_keep(value: object) -> None:
    """One line, not too long, no half letters, no controls."""
    for made in (text(value), reason(value), address(value)):
        made.encode()
        assert "\x00" not in made
        assert len(made.splitlines()) <= 1
        assert len(made) <= 320


@given(value=ANYTHING)
def test_moment_can_be_put_into_any_zone(value: object) -> None:
    """Or it is none."""
    found = moment(value)
    assert found is None or found.astimezone(UTC) - THEN < timedelta(days=100_000)


@given(parts=st.lists(ANYTHING, min_size=1, max_size=5))
def test_key_is_short_and_the_same_again(parts: list[object]) -> None:
    """And it names no address."""
    assert key(*parts) == key(*parts)
    assert len(key(*parts)) <= 200
    assert "@" not in key(*parts, "anna@example.com")


@pytest.mark.parametrize(
    "tags",
    [{"mid": "7"}, {"mid": ["7"]}, [{"name": "mid", "value": "7"}], [{"name": "x"}, {"name": "mid", "value": 7}]],
)
def test_tag_is_found_in_every_shape(tags: object) -> None:
    """As one vendor or another writes them."""
    assert tagged(tags, "mid") == "7"
