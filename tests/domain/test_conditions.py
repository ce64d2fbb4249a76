"""Rules on conditions: for which visits a step is meant, and in which words that is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.conditions import EVERY_VISIT, Condition, Visit, in_words, unmet

VISIT = Visit(
    number=3,
    services=frozenset({"cupping", "sports"}),
    practitioner="Mara",
    flags=frozenset({"tender"}),
    tags=frozenset({"regulars"}),
)


@pytest.mark.parametrize(
    "condition",
    [
        EVERY_VISIT,
        Condition(visit_from=3, visit_to=3),
        Condition(services=frozenset({"cupping", "reiki"})),
        Condition(practitioners=frozenset({"Mara"})),
        Condition(flags=frozenset({"tender"})),
        Condition(without_flags=frozenset({"loud"}), without_tags=frozenset({"no-notes"})),
    ],
)
def test_a_step_is_for_a_visit_that_meets_its_condition(condition: Condition) -> None:
    """Of services, practitioners and flags one is enough."""
    assert unmet(condition, VISIT) is None


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        (Condition(visit_from=4), "is meant from visit 4 on"),
        (Condition(visit_to=1), "is meant up to visit 1"),
        (Condition(services=frozenset({"reiki"})), "is meant for reiki"),
        (Condition(practitioners=frozenset({"Ida", "Bo"})), "is meant for visits to Bo or Ida"),
        (Condition(flags=frozenset({"loud"})), "is meant for visits marked loud"),
        (Condition(without_flags=frozenset({"tender"})), "is meant for visits not marked tender"),
        (Condition(without_tags=frozenset({"regulars"})), "is meant for clients not tagged regulars"),
    ],
)
def test_what_is_not_met_is_said_for_the_ledger(condition: Condition, reason: str) -> None:
    """A skip without a reason would be a riddle."""
    assert unmet(condition, VISIT) == reason


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_every_part_of_a_condition_has_to_hold(number: int, first: int, last: int) -> None:
    """One that does not is enough to leave the step out; each is among the words that plan show gives."""
    condition = Condition(visit_from=first, visit_to=last, services=frozenset({"sports"}))
    reason = unmet(condition, Visit(number=number, services=VISIT.services))
    assert (reason is None) is (first <= number <= last)
    assert reason is None or reason.removeprefix("is meant ") in list(in_words(condition))
