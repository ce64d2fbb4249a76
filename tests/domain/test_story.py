"""A client's story: every state of a mail, a session and a consent has its words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsletter.domain.aftercare import Session, SessionState
from newsletter.domain.delivery import Delivery, DeliveryState
from newsletter.domain.story import Entry, SessionChange, tell
from subscribers.consent import Basis, ConsentAction, ConsentRecord, Stream
from subscribers.suppression import ALL, Reason, Suppression

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SESSION = Session(id=7, subscriber_id=1, services=("reiki",), practitioner="Mara", ended_at=NOW)
MAIL = Delivery(
    id=3,
    campaign_id=None,
    session_id=7,
    step="same-day",
    subscriber_id=1,
    email="anna@example.com",
    stream=Stream.CARE,
    subject="A few words, [[ first_name | dear client ]]",
    state=DeliveryState.QUEUED,
    reason="",
    due_at=NOW,
    created_at=NOW,
    accepted_at=None,
    final_at=None,
    provider=None,
    provider_message_id=None,
    attempts=0,
)


def _tell(
    changes: tuple[SessionChange, ...] = (),
    mails: tuple[Delivery, ...] = (),
    consents: tuple[ConsentRecord, ...] = (),
    suppressions: tuple[Suppression, ...] = (),
) -> list[Entry]:
    return tell([SESSION], changes, mails, consents, suppressions, timezone="Europe/Berlin")


def _change(state: SessionState, after: timedelta, ended_at: datetime = NOW) -> SessionChange:
    return SessionChange(session_id=7, at=NOW + after, state=state, ended_at=ended_at)


@pytest.mark.parametrize(
    ("state", "heard", "words"),
    [
        (DeliveryState.ACCEPTED, False, ["was sent"]),
        (DeliveryState.DELIVERED, True, ["was sent", "arrived"]),
        (DeliveryState.BOUNCED, True, ["was sent", "came back: mailbox full"]),
        (DeliveryState.COMPLAINED, True, ["was sent", "was reported as spam: mailbox full"]),
    ],
)
def test_a_mail_that_left_tells_what_was_heard_of_it(state: DeliveryState, heard: bool, words: list[str]) -> None:
    """When it left, and when something was heard."""
    reason = "mailbox full" if state in (DeliveryState.BOUNCED, DeliveryState.COMPLAINED) else ""
    mail = replace(MAIL, state=state, accepted_at=NOW, final_at=NOW + HOUR * heard, reason=reason)
    told = _tell(mails=(mail,))
    assert [each.text for each in told] == [f"“A few words, dear client” {each}" for each in words]
    assert [each.at for each in told] == [NOW, NOW + HOUR][: len(words)]


@pytest.mark.parametrize(
    ("state", "final", "words"),
    [
        (DeliveryState.QUEUED, None, "is to be sent: why"),
        (DeliveryState.SENDING, None, "is on its way: why"),
        (DeliveryState.UNKNOWN, None, "left, and nobody knows whether it arrived: why"),
        (DeliveryState.SUPPRESSED, NOW, "was not sent: why"),
        (DeliveryState.CANCELLED, NOW, "was not sent: why"),
        (DeliveryState.FAILED, NOW, "was not sent: why"),
    ],
)
def test_a_mail_that_did_not_leave_tells_why(state: DeliveryState, final: datetime | None, words: str) -> None:
    """Never that it was sent."""
    (entry,) = _tell(mails=(replace(MAIL, subject="", state=state, final_at=final, reason="why"),))
    assert (entry.text, entry.happened) == (f"“same-day” {words}", state.value)


def test_a_session_is_booked_moved_and_called_off() -> None:
    """With the times on her clock; one that was over when it was entered was recorded."""
    changes = (
        _change(SessionState.BOOKED, -5 * HOUR),
        _change(SessionState.BOOKED, -4 * HOUR, NOW + HOUR),
        _change(SessionState.NO_SHOW, 2 * HOUR, NOW + HOUR),
    )
    assert [(each.happened, each.text) for each in _tell(changes)] == [
        ("booked", "reiki with Mara: booked, to end on 01 July 2026 at 14:00"),
        ("moved", "reiki with Mara: moved from 01 July 2026 at 14:00 to 01 July 2026 at 15:00"),
        ("no_show", "reiki with Mara: she did not come"),
    ]
    assert _tell((_change(SessionState.BOOKED, HOUR),))[0].happened == "recorded"


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (ConsentAction.GRANTED, "agreed to newsletters, soft opt in (a form)"),
        (ConsentAction.PENDING, "asked for newsletters and has yet to confirm (a form)"),
        (ConsentAction.WITHDRAWN, "withdrew her consent to newsletters (a form)"),
    ],
)
def test_a_consent_says_of_what_and_on_which_basis(action: ConsentAction, words: str) -> None:
    """And where it came from."""
    record = ConsentRecord(stream=Stream.MARKETING, action=action, basis=Basis.SOFT_OPT_IN, source="a form", at=NOW)
    assert [each.text for each in _tell(consents=(record,))] == [words]


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("stream", [ALL, "marketing"])
def test_every_suppression_has_its_words(reason: Reason, stream: str) -> None:
    """What is blocked, until when, and why."""
    entry = Suppression(stream=stream, reason=reason, source="", at=NOW, until=NOW + 24 * HOUR)
    (told,) = _tell(suppressions=(entry,))
    assert told.text.startswith("no mail until 02 July" if stream == ALL else "no newsletters until 02 July")
    assert told.happened == reason.value


@pytest.mark.parametrize("state", list(SessionState))
def test_every_state_of_a_session_has_its_words(state: SessionState) -> None:
    """None is left to a name of ours."""
    told = _tell((_change(SessionState.BOOKED, -HOUR), _change(state, HOUR)))
    assert "_" not in told[-1].text
