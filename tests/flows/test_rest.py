"""The rest: a newsletter again, to those whom it did not reach, and to nobody else."""

from datetime import UTC, datetime, timedelta

import pytest

from newsletter import campaigns, doubts
from newsletter.context import App
from newsletter.errors import NotFoundError, RefusedError
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Stream
from tests.flows.conftest import add_readers, launch, ledger, make_campaign, states
from tests.providers.resend_server import Fault, ResendServer

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
NEXT_DAY = NOW + timedelta(days=1)


def resend(app: App, campaign_id: int) -> int:
    rest = campaigns.resend_missing(app, campaign_id, NEXT_DAY)
    campaigns.launch(app, rest, NEXT_DAY)
    tick(app, lambda: NEXT_DAY)
    return rest


def test_only_those_whom_it_did_not_reach_get_it_again(resend_app: App, resend: ResendServer) -> None:
    add_readers(resend_app, 3, NOW)
    resend.refused.add("reader-1@example.com")
    first = launch(resend_app, NOW)
    resend.refused.clear()
    rest = campaigns.resend_missing(resend_app, first, NEXT_DAY)
    campaigns.launch(resend_app, rest, NEXT_DAY)
    tick(resend_app, lambda: NEXT_DAY)
    assert [each.email for each in ledger(resend_app) if each.campaign_id == rest] == ["reader-1@example.com"]
    assert len(resend.accepted) == 3


def test_who_joined_since_gets_it_too(app: App) -> None:
    add_readers(app, 2, NOW)
    first = launch(app, NOW)
    add_readers(app, 3, NEXT_DAY)
    rest = resend(app, first)
    assert [each.email for each in ledger(app) if each.campaign_id == rest] == ["reader-2@example.com"]


def test_a_campaign_under_way_has_no_rest_yet(app: App) -> None:
    with pytest.raises(RefusedError, match="once it is over"):
        campaigns.resend_missing(app, make_campaign(app, NOW), NOW)


def test_a_mail_in_doubt_is_sent_again_on_the_therapists_word(resend_app: App, resend: ResendServer) -> None:
    _doubt(resend_app, resend)
    (delivery,) = ledger(resend_app)
    doubts.decide_by_hand(resend_app, [delivery.id], NOW + timedelta(days=3), resend=True)
    tick(resend_app, lambda: NOW + timedelta(days=3))
    assert states(resend_app) == {"accepted": 1}


def test_a_mail_in_doubt_is_left_on_the_therapists_word(resend_app: App, resend: ResendServer) -> None:
    _doubt(resend_app, resend)
    (delivery,) = ledger(resend_app)
    doubts.decide_by_hand(resend_app, [delivery.id], NEXT_DAY, resend=False)
    (left,) = ledger(resend_app)
    assert (left.state, left.reason) == ("failed", "no answer came; left by hand")


def test_a_mail_resent_by_hand_does_not_leave_by_its_old_call_as_well(resend_app: App, resend: ResendServer) -> None:
    """The old call is in doubt still, and would be repeated under its key."""
    add_readers(resend_app, 2, NOW)
    resend.faults.append(Fault(accepts=False))
    launch(resend_app, NOW)
    one, _ = ledger(resend_app)
    doubts.decide_by_hand(resend_app, [one.id], NOW, resend=True)
    for hour in (1, 2, 3):
        tick(resend_app, lambda hour=hour: NOW + timedelta(hours=hour))  # type: ignore[misc]  # bound at once
    assert [mail["to"] for mail in resend.accepted] == [["Reader 0 <reader-0@example.com>"]]
    assert states(resend_app) == {"accepted": 1, "unknown": 1}


def test_only_a_mail_in_doubt_takes_the_therapists_word(app: App) -> None:
    add_readers(app, 1, NOW)
    launch(app, NOW)
    (delivery,) = ledger(app)
    with pytest.raises(RefusedError, match="only a mail in doubt"):
        doubts.decide_by_hand(app, [delivery.id], NOW, resend=True)
    with pytest.raises(NotFoundError):
        doubts.decide_by_hand(app, [99], NOW, resend=True)


def test_a_call_in_doubt_is_not_repeated_once_a_reader_of_it_has_left(resend_app: App, resend: ResendServer) -> None:
    """If the first call never arrived, repeating it would send the mail after she had left."""
    add_readers(resend_app, 1, NOW)
    resend.faults.append(Fault(accepts=False))
    launch(resend_app, NOW)
    with resend_app.database.write() as connection:
        (person,) = store.iterate(connection)
        store.withdraw(connection, person.id, Stream.MARKETING, source="test", at=NOW)
    tick(resend_app, lambda: NOW + timedelta(hours=1))
    assert (states(resend_app), resend.accepted) == ({"unknown": 1}, [])


def _doubt(app: App, resend: ResendServer) -> None:
    """One mail whose answer was lost, and whose key has expired."""
    add_readers(app, 1, NOW)
    resend.faults.append(Fault(accepts=False))
    launch(app, NOW)
    tick(app, lambda: NOW + timedelta(days=2))
