"""Answers are read with suspicion: whatever comes, nothing breaks and nothing is made up."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import ProviderError
from newsletter.providers.answers import moment, objects

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-20T09:30:00Z",
        "2026-11-20T09:30:00.000Z",
        "2026-11-20 09:30:00.000+00",
        "2026-11-20T04:30:00-05:00",
        "2026-11-20T09:30:00",
        "Fri, 20 Nov 2026 09:30:00 UTC",
        "Fri, 20 Nov 2026 10:30:00 +0100",
        1795167000,
        1795167000.0,
    ],
)
def test_moments_are_read_as_services_write_them(written: object) -> None:
    """Each in its own way, and in UTC where it does not say."""
    assert moment(written) == AT


@given(
    value=st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.from_regex(r"[0-9TZ:., +-]{0,30}", fullmatch=True)
    | st.lists(st.integers(), max_size=2)
)
def test_what_is_no_moment_is_none(value: object) -> None:
    """Never an error, and never a moment without a zone."""
    read = moment(value)
    assert read is None or read.tzinfo is not None


@pytest.mark.parametrize("value", [None, 7, "x", {}, [7], [{}, None]])
def test_what_is_no_list_of_objects_is_in_doubt(value: object) -> None:
    """A list that cannot be read is not an empty one."""
    with pytest.raises(ProviderError) as caught:
        objects("Service", value)
    assert caught.value.in_doubt
