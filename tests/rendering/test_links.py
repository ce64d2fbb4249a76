"""Signed links can be read by us, and by nobody forged."""

import hashlib
from base64 import urlsafe_b64encode
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import SettingsError
from newsletter.rendering.links import ALL, Links, Scope
from subscribers.consent import Stream

KEY = b"a secret key of enough bytes"
LINKS = Links("https://studio.example/", KEY)
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


@given(delivery_ids=st.lists(IDS, max_size=4))
def test_track_token_tells_the_delivery_behind_links_and_picture(delivery_ids: list[int]) -> None:
    """Both have the same one: a token a person."""
    for urls in (LINKS.click_urls(delivery_ids), LINKS.open_urls(delivery_ids)):
        assert [LINKS.read_track(token(url)) for url in urls] == delivery_ids


@given(first=st.integers(0, 2**40), steps=st.lists(st.integers(1, 9), max_size=20))
def test_many_are_signed_as_one_is(first: int, steps: list[int]) -> None:
    """Whatever neighbours share, each token is the same alone and among others."""
    ids = list(accumulate(steps, initial=first))
    assert LINKS.view_urls(ids) == list(map(LINKS.view_url, ids))
    assert LINKS.unsubscribe_urls(ids, ALL) == [LINKS.unsubscribe_url(each, ALL) for each in ids]


def test_tokens_of_former_mails_are_good_for_ever() -> None:
    """Those that were sent when each number had a digest of its own."""
    signed = hashlib.blake2b(b"m\x07", key=KEY, person=b"unsubscribe", digest_size=16).digest()
    former = urlsafe_b64encode(b"m\x07" + signed).rstrip(b"=").decode()
    assert LINKS.read_unsubscribe(former) == (7, Stream.MARKETING)
    assert former != token(LINKS.unsubscribe_url(7, Stream.MARKETING))


@given(garbage=st.text(max_size=80))
def test_garbage_is_no_token(garbage: str) -> None:
    """Whatever stands in the address, reading it neither fails nor succeeds."""
    assert LINKS.read_unsubscribe(garbage) is None
    assert LINKS.read_view(garbage) is None
    assert LINKS.read_track(garbage) is None


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
    assert LINKS.read_track(token(LINKS.view_url(7))) is None


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
