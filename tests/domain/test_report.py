"""The figures of a report, and what does not add up in them."""

import pytest

from newsletter.domain.delivery import DeliveryState
from newsletter.domain.report import Figures, Flaws, Reason, discrepancies, equation


def _figures(candidates: int, **states: int) -> Figures:
    return Figures(candidates=candidates, states=states, reasons=(), median_wait=None)


def test_the_equation_names_every_state_that_somebody_is_in() -> None:
    assert (
        equation(_figures(6, accepted=3, delivered=2, failed=1)) == "6 candidates = 3 accepted + 2 delivered + 1 failed"
    )


def test_figures_that_add_up_have_no_discrepancy() -> None:
    assert discrepancies(_figures(3, accepted=2, suppressed=1), said_sent=True) == []


def test_a_candidate_who_is_nowhere_is_missed() -> None:
    assert discrepancies(_figures(3, accepted=2)) == ["3 candidates, but 2 are accounted for"]


@pytest.mark.parametrize("state", ["queued", "sending", "unknown"])
def test_sent_is_not_true_while_somebody_waits(state: str) -> None:
    figures = _figures(1, **{state: 1})
    assert (len(discrepancies(figures)), len(discrepancies(figures, said_sent=True))) == (0, 1)


def test_every_flaw_is_told() -> None:
    flaws = Flaws(without_reason=1, without_time=2, without_call=3)
    figures = Figures(candidates=1, states={"accepted": 1}, reasons=(), median_wait=None, flaws=flaws)
    assert [line[0] for line in discrepancies(figures)] == ["1", "2", "3"]


def test_what_the_service_took_and_then_gave_back_was_accepted() -> None:
    figures = _figures(4, accepted=1, bounced=1, complained=1, suppressed=1)
    assert figures.accepted_share == pytest.approx(0.75)


def test_no_candidates_have_no_share() -> None:
    assert _figures(0).accepted_share is None


def test_reasons_are_those_of_the_state() -> None:
    reasons = (Reason(state="failed", reason="no", count=1), Reason(state="cancelled", reason="late", count=2))
    figures = Figures(candidates=3, states={}, reasons=reasons, median_wait=None)
    assert figures.why(DeliveryState.FAILED) == [reasons[0]]
