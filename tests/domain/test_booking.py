"""What stands of a booking: a pure function of all that was told, whatever the order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from newsletter.domain.booking import BY_HAND, Appointment, Notice, Standing, put_together

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def told(reference: str = "a", version: int = 1, *, days: int | None = 0, **more: object) -> Notice:
    plain = Notice(
        source="calcom",
        reference=reference,
        version=version,
        standing=Standing.BOOKED,
        addresses=("anna@example.com",),
        service="Reiki",
        ended_at=None if days is None else NOON + timedelta(days=days),
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # by name


def link(reference: str, replaces: str, version: int) -> Notice:
    return Notice(source="calcom", reference=reference, replaces=replaces, version=version)


def stands(*notices: Notice) -> Appointment:
    found = put_together(notices)
    assert found is not None
    return found


_NOTICES = st.builds(
    Notice,
    source=st.just("calcom"),
    reference=st.sampled_from("abc"),
    replaces=st.sampled_from(["", "", "a", "b", "c"]),
    version=st.integers(0, 3),
    standing=st.sampled_from([None, *Standing]),
    addresses=st.sampled_from([(), ("anna@example.com",), ("dora@example.com",)]),
    service=st.sampled_from(["", "Reiki", "Sports"]),
    ended_at=st.sampled_from([None, NOON, NOON + timedelta(days=1)]),
)


@given(st.lists(_NOTICES, min_size=1, max_size=6), st.randoms())
@examples(max_examples=50)
def test_neither_order_nor_repetition_matters(notices: list[Notice], random: object) -> None:
    """Even of what contradicts itself, goes in circles, or has one version twice."""
    shuffled = [*notices, *notices[:2]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis gives a Random
    assert put_together(shuffled) == put_together(notices)


def test_the_later_version_counts_even_when_it_comes_first() -> None:
    """A cancellation is not undone by the older news that it was booked."""
    cancelled = told(version=5, standing=Standing.CANCELLED)
    assert stands(cancelled, told(version=1)).is_over
    assert not stands(cancelled, told(version=6)).is_over


def test_a_moved_booking_is_one_under_its_latest_name() -> None:
    """Moved twice; what is told later of an old name changes nothing."""
    moved = stands(
        told("c", 3, days=3, replaces="b"),
        told("a", 9, standing=Standing.CANCELLED),
        told("b", 2, days=1, replaces="a"),
    )
    assert (moved.reference, sorted(moved.references)) == ("c", ["a", "b", "c"])
    assert (moved.standing, moved.ended_at) == (Standing.BOOKED, NOON + timedelta(days=3))


def test_a_booking_that_was_moved_to_nobody_knows_when_says_so() -> None:
    """Until its new time is told."""
    assert stands(told("a"), link("b", "a", 2)).moved_away
    assert not stands(told("a"), link("b", "a", 2), told("b", 2, days=1)).moved_away


def test_what_a_message_does_not_tell_stays_as_it_was() -> None:
    """A no-show names a booking and nothing else."""
    absent = Notice(source="calcom", reference="a", version=7, standing=Standing.NO_SHOW)
    found = stands(absent, told("a"))
    assert (found.standing, found.service, found.ended_at) == (Standing.NO_SHOW, "Reiki", NOON)


def test_her_word_on_the_client_outlives_the_programs() -> None:
    """It says whose it is and nothing else; also when the booking gets another name."""
    hers = Notice(source="calcom", reference="a", version=BY_HAND, addresses=("dora@example.com",))
    found = stands(hers, told("a"), told("b", 8, days=2, replaces="a"))
    assert (found.addresses, found.ended_at) == (("dora@example.com",), NOON + timedelta(days=2))


def test_the_same_message_has_the_same_name() -> None:
    """Another version is another message, even where it says the same."""
    assert told().key == told().key
    assert told(version=2).key != told().key
    assert told(version=2).content == told().content


def test_of_nothing_stands_nothing() -> None:
    assert put_together([]) is None
