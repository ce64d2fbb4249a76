"""Which entry of a feed is which article, and when a feed is asked again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.feed import EVERY, Identity, KnownEntry, distinct, match, named, next_poll, same_address

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def entry(guid: str = "g", link: str = "https://a.example/x", digest: str = "d", words: int = 500) -> Identity:
    return Identity(guid=guid, link=link, digest=digest, version=digest, words=words)


def known(number: int, of: Identity) -> KnownEntry:
    return KnownEntry(
        id=number,
        guid=of.guid,
        link=of.link,
        digest=of.digest,
        version=of.version,
        article_id=number,
        is_new=True,
        seen_at=NOW,
    )


@pytest.mark.parametrize(
    "again",
    [
        entry(),
        entry(digest="edited"),
        entry(guid="new", digest="edited"),
        entry(guid="new", link="http://www.A.example/x/"),
        entry(guid="new", link="https://a.example/2026/x"),
    ],
)
def test_an_entry_is_known_by_its_guid_its_link_or_its_words(again: Identity) -> None:
    """Any one of them will do."""
    assert match([again], [known(1, entry())]) == [known(1, entry())]


@pytest.mark.parametrize(
    "other",
    [
        entry(guid="new", link="https://a.example/y", digest="other"),
        entry(guid="new", link="https://a.example/", digest="other"),
        entry(guid="new", link="https://a.example/y", words=20),
    ],
)
def test_another_entry_is_not_taken_for_it(other: Identity) -> None:
    """Nor for a link to the home page, nor for a few words that anybody may say."""
    assert match([other], [known(1, entry(link="https://a.example/"))]) == [None]


def test_what_several_share_names_none_of_them() -> None:
    """Some feeds give all entries one guid and one link; their words part them."""
    entries = named([entry(digest="a"), entry(digest="b"), entry(digest="c")])
    assert match(entries, [known(1, entry(digest="b"))])[1] == known(1, entry(digest="b"))
    assert match(entries, [known(1, entry(digest="b"))])[2] is None


def test_an_entry_that_stands_twice_is_one() -> None:
    """Under its guid, or with the same link and words."""
    entries = [entry(), entry(), entry(guid="h"), entry(guid="i", link="https://a.example/y")]
    assert distinct(entries) == [0, 3]


ENTRIES = st.builds(
    entry,
    guid=st.sampled_from("gh"),
    link=st.sampled_from(["", "https://a.example/", "https://a.example/x", "https://a.example/y"]),
    digest=st.sampled_from("def"),
)


@given(st.lists(ENTRIES, max_size=6), st.lists(ENTRIES, max_size=6))
def test_no_known_entry_is_two_entries(entries: list[Identity], before: list[Identity]) -> None:
    """However a feed confuses its names."""
    found = [each for each in match(entries, [known(n, of) for n, of in enumerate(before)]) if each]
    assert len({each.id for each in found}) == len(found)


@given(st.lists(ENTRIES, max_size=6, unique_by=lambda each: each.guid))
def test_a_feed_seen_again_holds_nothing_new(entries: list[Identity]) -> None:
    """In any order."""
    entries = [entries[position] for position in distinct(entries)]
    seen = [known(number, of) for number, of in enumerate(entries)]
    assert match(list(reversed(entries)), seen) == list(reversed(seen))


@given(st.text(max_size=30))
def test_any_link_can_be_compared(link: str) -> None:
    """Nothing is ever raised."""
    assert same_address(link) == same_address(link)


def test_a_feed_is_asked_hourly_and_less_often_while_it_fails() -> None:
    """Up to once a day, and never before its server said."""
    assert next_poll(NOW, 0, None) == NOW + EVERY
    assert [next_poll(NOW, failures, None) - NOW for failures in (1, 2, 9)] == [2 * EVERY, 4 * EVERY, timedelta(days=1)]
    assert next_poll(NOW, 1, timedelta(days=2)) == NOW + timedelta(days=2)
