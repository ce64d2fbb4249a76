"""Whatever goes wrong on the way, each provider says only what is so: the fault server's own list is the judge."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import timedelta

import pytest

from newsletter.domain.delivery import Outcome
from newsletter.domain.message import Message
from newsletter.errors import ProviderError
from newsletter.providers.answers import result_of
from newsletter.providers.base import Provider
from tests.crash.kinds import Kind, provider_of
from tests.fault_server.faults import Fault
from tests.fault_server.server import FaultServer

FAULTS = {
    "answer lost": Fault(accepts=True),
    "answer lost, half taken": Fault(accepts=True, part=1),
    "closed": Fault(),
    "reset": Fault(resets=True),
    "reset, taken": Fault(accepts=True, resets=True),
    "silent": Fault(hangs=True),
    "silent, taken": Fault(accepts=True, hangs=True),
    "half taken": Fault(part=1),
    "slow down": Fault(status=429, body=b'{"ErrorCode": 429, "Message": "slow down"}', headers={"retry-after": "3"}),
    "failure": Fault(status=500, body=b"oops"),
    "failure, taken": Fault(accepts=True, status=500),
    "out of order": Fault(status=503),
    "garbage, taken": Fault(accepts=True, status=200, body=b'[{"id": 7, "MessageID": '),
    "nothing but a good status, taken": Fault(accepts=True, status=202),
}


@pytest.fixture(params=Kind)
def service(request: pytest.FixtureRequest, fault_server: FaultServer) -> Iterator[Provider]:
    """Each of the eight."""
    fault_server.longest_hang = 0.05
    with closing(provider_of(request.param, fault_server.url)) as provider:
        yield provider


@pytest.fixture
def messages(service: Provider, make_message: Callable[..., Message]) -> list[Message]:
    return [make_message(reader) for reader in ("anna", "bert")][: service.capabilities.batch]


def said(provider: Provider, key: str, messages: Sequence[Message]) -> list[Outcome]:
    """What becomes of each mail, as the outbox would write it down."""
    try:
        return [result.outcome for result in provider.send(key, messages)]
    except ProviderError as error:
        return [result_of(error).outcome] * len(messages)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_nothing_is_said_that_is_not_so(
    service: Provider, fault_server: FaultServer, messages: list[Message], fault: Fault
) -> None:
    """Accepted means taken, not sent means not taken, and what nobody can know is unknown."""
    fault_server.faults.append(fault)
    outcomes = said(service, "key-1", messages)
    taken = [message.id in fault_server.journal.counts for message in messages]
    possible = {True: {Outcome.ACCEPTED, Outcome.UNKNOWN}, False: {Outcome.NOT_SENT, Outcome.REJECTED, Outcome.UNKNOWN}}
    assert all(outcome in possible[was_taken] for outcome, was_taken in zip(outcomes, taken, strict=True))


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_what_was_not_sent_is_sent_the_next_time_and_nothing_twice(
    service: Provider, fault_server: FaultServer, messages: list[Message], fault: Fault
) -> None:
    """As the outbox does: only what surely was not sent goes again, under another key, over a connection that works."""
    fault_server.faults.append(fault)
    outcomes = said(service, "key-1", messages)
    again = [message for message, outcome in zip(messages, outcomes, strict=True) if outcome is Outcome.NOT_SENT]
    assert said(service, "key-2", again) == [Outcome.ACCEPTED] * len(again)
    assert set(fault_server.journal.counts.values()) <= {1}


def test_slowing_down_is_not_the_mails_fault(
    service: Provider, fault_server: FaultServer, messages: list[Message]
) -> None:
    """Whoever asks to wait says for how long, or a guess is made."""
    fault_server.faults.append(FAULTS["slow down"])
    waits: list[timedelta | None] = []
    try:
        outcomes = {result.outcome for result in service.send("key-1", messages)}
    except ProviderError as error:
        outcomes, waits = {result_of(error).outcome}, [error.retry_after]
    assert outcomes == {Outcome.NOT_SENT}
    assert None not in waits
