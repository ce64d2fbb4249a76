"""Signed links can be read by us, and by nobody forged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import SettingsError
from newsletter.rendering.links import ALL, Links, Scope
from subscribers.consent import Stream

LINKS = Links("https://studio.example/", b"a secret key of enough bytes")
SCOPES: list[Scope] = [*Stream, ALL]
IDS = st.integers(min_value=0, max_value=2**63)


def token(url: str) -> str:
    return url.rpartition("/")[2]


@given(subscriber_id=IDS, scope=st.sampled_from(SCOPES))
def test_unsubscribe_token_tells_who_leaves_what(subscriber_id: int, scope: Scope) -> None:
    """What was signed is read back."""
    url = LINKS.unsubscribe_url(subscriber_id, scope)
    assert url.startswith("https://studio.example/u/")
    assert LINKS.read_unsubscribe(token(url)) == (subscriber_id, scope)


@given(delivery_id=IDS)
def test_view_token_tells_the_delivery(delivery_id: int) -> None:
    """What was signed is read back."""
    assert LINKS.read_view(token(LINKS.view_url(delivery_id))) == delivery_id


@given(garbage=st.text(max_size=80))
def test_garbage_is_no_token(garbage: str) -> None:
    """Whatever stands in the address, reading it neither fails nor succeeds."""
    assert LINKS.read_unsubscribe(garbage) is None
    assert LINKS.read_view(garbage) is None


@given(subscriber_id=IDS, data=st.data())
def test_changing_any_character_breaks_the_token(subscriber_id: int, data: st.DataObject) -> None:
    """There is one spelling of a token; every other is refused."""
    good = token(LINKS.unsubscribe_url(subscriber_id, Stream.CARE))
    position = data.draw(st.integers(0, len(good) - 1))
    letter = data.draw(st.sampled_from("ABCabc019-_=+/é ").filter(lambda one: one != good[position]))
    assert LINKS.read_unsubscribe(good[:position] + letter + good[position + 1 :]) is None
    assert LINKS.read_unsubscribe(good + letter) is None


def test_token_serves_one_purpose() -> None:
    """A link to view a mail is no link to unsubscribe, and the other way round."""
    assert LINKS.read_unsubscribe(token(LINKS.view_url(0x6D07))) is None
    assert LINKS.read_view(token(LINKS.unsubscribe_url(7, Stream.MARKETING))) is None


def test_another_key_reads_nothing() -> None:
    """A token of another installation, or from before the key was changed, is refused."""
    other = Links("https://studio.example", b"another key of enough bytes")
    assert other.read_view(token(LINKS.view_url(1))) is None


def test_token_is_short_and_safe_in_an_address() -> None:
    """It fits a line of the text part, and needs no escaping."""
    unsubscribe = token(LINKS.unsubscribe_url(1_000_000, Stream.MARKETING))
    assert len(unsubscribe) <= 30
    assert unsubscribe.replace("-", "").replace("_", "").isalnum()


def test_long_keys_count_in_full() -> None:
    """Keys that differ only after 64 bytes are different keys."""
    one, two = (Links("https://s.example", b"k" * 64 + end) for end in (b"1", b"2"))
    assert one.view_url(1) != two.view_url(1)


def test_short_key_is_refused() -> None:
    """A key that could be guessed is refused when the program starts."""
    with pytest.raises(SettingsError, match="16"):
        Links("https://studio.example", b"short")
