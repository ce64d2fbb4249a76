"""The ledger under any order of launches, pauses, cancellations, withdrawals, crashes, clock jumps and troubles.

The gate plays some stories; AFTERGLOW_FULL=1 plays many, and longer ones, and makes the one that fails short.
"""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings

from newsletter.domain.delivery import DeliveryState
from tests.crash.any_order import AnyOrder
from tests.crash.conftest import FULL
from tests.crash.memory_service import Trouble

AnyOrder.TestCase.settings = settings(
    max_examples=300 if FULL else 15,
    stateful_step_count=40 if FULL else 20,
    phases=tuple(Phase) if FULL else (Phase.generate,),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    database=None,
)
TestAnyOrder = AnyOrder.TestCase


@pytest.fixture
def story() -> Iterator[AnyOrder]:
    """A campaign for three readers through a service with keys; at the end of each story everything must have ended."""
    machine = AnyOrder()
    machine.open("keys", readers=3)
    yield machine
    machine.check()
    machine.teardown()


def test_a_mail_sent_again_by_hand_is_not_sent_by_the_call_it_was_lost_in(story: AnyOrder) -> None:
    """The call never arrived: to repeat it would send what the therapist has sent already."""
    story.beat("left", [Trouble.CALL_LOST])
    story.take_the_word_of_the_therapist(resend=True)
    story.jump(6)
    story.beat("left", [])
    assert sum(story.service.accepted.values()) == 3


def test_a_mail_left_by_hand_is_not_sent_by_the_call_it_was_lost_in(story: AnyOrder) -> None:
    """What she gave up as lost stays so."""
    story.beat("left", [Trouble.CALL_LOST])
    story.take_the_word_of_the_therapist(resend=False)
    story.jump(6)
    story.beat("left", [])
    assert story.states() == {DeliveryState.FAILED: 2, DeliveryState.ACCEPTED: 1}


def test_a_doubt_of_a_cancelled_campaign_is_not_settled_by_sending(story: AnyOrder) -> None:
    """Nobody knows whether these two arrived; the third was cancelled in time."""
    story.beat("left", [Trouble.CALL_LOST])
    story.cancel_campaign(story.campaigns[0])
    story.jump(6)
    story.beat("left", [])
    assert story.states() == {DeliveryState.UNKNOWN: 2, DeliveryState.CANCELLED: 1}


def test_a_worker_that_was_overtaken_does_not_send_again_what_the_other_has_sent(story: AnyOrder) -> None:
    """The other's answer is lost; then the first one comes back and says that its bytes never left."""
    story.beat_and_be_overtaken([Trouble.ANSWER_LOST, Trouble.NO_CONNECTION])
    story.jump(20)
    story.beat("left", [])
    assert sum(story.service.accepted.values()) == 3


def test_a_doubt_older_than_its_key_is_never_settled_by_sending(story: AnyOrder) -> None:
    """After a day the service has forgotten the key, and would take the same call for a new one."""
    story.beat("left", [Trouble.ANSWER_LOST])
    story.jump(24 * 60)
    story.beat("left", [])
    assert story.states() == {DeliveryState.UNKNOWN: 2, DeliveryState.ACCEPTED: 1}
