"""The figures of a report, and whether they add up."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from newsletter.domain.delivery import WAITING, DeliveryState

TAKEN = frozenset(  # the mail service took these, whatever it told us of them later
    {DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.BOUNCED, DeliveryState.COMPLAINED}
)
_UNSETTLED = {*WAITING, DeliveryState.UNKNOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """How many deliveries are in a state for one reason."""

    state: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaws:
    """Deliveries whose row contradicts itself: each number should be nought."""

    without_reason: int = 0  # suppressed, failed or cancelled, and nobody knows why
    without_time: int = 0  # taken by the service, and nobody knows when
    without_call: int = 0  # on its way or in doubt, and no call carries it


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The deliveries of one campaign, step or service, or all. `candidates` were counted by themselves.

    `states` may hold a state that this program does not know. `median_wait` is in seconds, from the moment a mail was
    due to the moment the service took it; None where it took none.
    """

    candidates: int
    states: Mapping[str, int]
    reasons: tuple[Reason, ...]
    median_wait: float | None
    flaws: Flaws = Flaws()

    @property
    def accepted_share(self) -> float | None:
        """The part of the candidates whose mail the service took; None where there are no candidates."""
        taken = sum(self.states.get(state, 0) for state in TAKEN)
        return taken / self.candidates if self.candidates else None

    def why(self, state: DeliveryState) -> list[Reason]:
        return [reason for reason in self.reasons if reason.state == state]


def equation(figures: Figures) -> str:
    """The candidates and where each of them is, in words."""
    parts = [f"{figures.states[state]} {state}" for state in DeliveryState if figures.states.get(state)]
    return f"{figures.candidates} candidates = {' + '.join(parts) or '0'}"


def discrepancies(figures: Figures, *, said_sent: bool = False) -> list[str]:
    """What does not add up, in words. `said_sent`: the campaign says that every mail has come to its end."""
    return list(_discrepancies(figures, said_sent))


def _discrepancies(figures: Figures, said_sent: bool) -> Iterator[str]:
    for state in sorted(set(figures.states) - set(DeliveryState)):
        yield f"{figures.states[state]} in the state “{state}”, which does not exist"
    if (accounted := sum(figures.states.values())) != figures.candidates:
        yield f"{figures.candidates} candidates, but {accounted} are accounted for"
    unsettled = sum(figures.states.get(state, 0) for state in _UNSETTLED)
    if said_sent and unsettled:
        yield f"the campaign says it was sent, but {unsettled} have not come to their end"
    if figures.flaws.without_reason:
        yield f"{figures.flaws.without_reason} did not go out, without a reason"
    if figures.flaws.without_time:
        yield f"{figures.flaws.without_time} were accepted, without a time"
    if figures.flaws.without_call:
        yield f"{figures.flaws.without_call} are on their way or in doubt, without a call"
