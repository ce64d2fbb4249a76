"""A client's story, and why she got a mail: told from the ledger, the sessions and her consents."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from newsletter import aftercare, reviewing
from newsletter.context import App
from newsletter.errors import NotFoundError
from newsletter.store import deliveries
from newsletter.story import story_of, why
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber
from tests.flows.conftest import launch, ledger

NOW = datetime(2026, 3, 2, 13, tzinfo=UTC)  # a Monday; London is on UTC
HOUR = timedelta(hours=1)
AddClient = Callable[..., Subscriber]

PLAN = """
name = "scalp"
title = "Scalp massage"
safety = ["emergency", "clot", "deep_work", "skin", "general"]
[[steps]]
name = "same-day"
offset = { hours = 3 }
when = { visit_to = 5 }
subject = "A few words after your visit"
preheader = "Small, easy things for the hours ahead, and how to reach me."
title = "Until tomorrow"
letter = "Thank you for coming in.\\n\\nWarmly,\\n[[ practitioner ]]"
"""


def _tick(app: App, moment: datetime) -> None:
    tick(app, lambda: moment)


def _add(app: App, ended_at: datetime = NOW, **more: object) -> int:
    given = {"services": ["reiki"], "practitioner": "Mara", "now": NOW} | more
    return aftercare.add_session(app, email="anna@example.com", ended_at=ended_at, **given)  # type: ignore[arg-type]


def _happened(app: App, client: Subscriber) -> list[tuple[str, str]]:
    return [(each.chapter.value, each.happened) for each in story_of(app, client.id)]


def _write(app: App, text: str) -> None:
    folder = app.settings.home / "plans"
    folder.mkdir(exist_ok=True)
    (folder / "scalp.toml").write_text(text, encoding="utf-8")


def test_a_story_tells_of_sessions_mails_and_consents_in_the_order_of_time(app: App, add_client: AddClient) -> None:
    """Recorded, moved, cancelled; sent and given up; agreed and left."""
    client = add_client()
    first = _add(app)
    _tick(app, NOW + 3 * HOUR)
    aftercare.move_session(app, first, NOW - HOUR, NOW + 4 * HOUR)
    second = _add(app, NOW - 2 * HOUR)
    aftercare.cancel_session(app, second, NOW + 5 * HOUR)
    with app.database.write() as connection:
        store.withdraw(connection, client.id, Stream.CARE, source="preferences page", at=NOW + 6 * HOUR)
    told = [each for each in _happened(app, client) if each[1] not in ("queued", "suppressed")]
    assert told[:2] == [("consent", "granted"), ("consent", "granted")]
    assert [each for each in told if each[0] == "session"] == [
        ("session", "recorded"),
        ("session", "recorded"),
        ("session", "moved"),
        ("session", "cancelled"),
    ]
    assert ("mail", "sent") in told
    assert told[-2:] == [("consent", "withdrawn"), ("suppression", "unsubscribe")]


def test_a_story_says_when_a_session_was_and_why_a_mail_was_not_sent(app: App, add_client: AddClient) -> None:
    """On the client's own clock."""
    client = add_client(timezone="Europe/Paris")
    session_id = _add(app)
    aftercare.move_session(app, session_id, NOW - HOUR, NOW)
    aftercare.cancel_session(app, session_id, NOW)
    texts = [each.text for each in story_of(app, client.id)]
    assert "reiki with Mara: moved from 02 March 2026 at 14:00 to 02 March 2026 at 13:00" in texts
    assert any(text.endswith("was not sent: the session was cancelled") for text in texts)


def test_presumption_review_and_hold_are_part_of_the_story(app: App, add_client: AddClient) -> None:
    """What the clockwork and the practitioner decided of a session."""
    client = add_client()
    held, session_id = _add(app, NOW - HOUR, flags=["tender"]), _add(app)
    aftercare.move_session(app, session_id, NOW + HOUR, NOW)
    _tick(app, NOW + 5 * HOUR)
    reviewing.approve_session(app, held, NOW + 6 * HOUR)
    reviewing.hold_session(app, held, NOW + 7 * HOUR)
    told = [happened for chapter, happened in _happened(app, client) if chapter == "session"]
    assert told[-3:] == ["presumed", "approved", "held"]


def test_a_care_mail_goes_back_to_its_session_plan_consent_and_call(app: App, add_client: AddClient) -> None:
    """Everything that a client who asks is told."""
    add_client()
    session_id = _add(app)
    _tick(app, NOW + 3 * HOUR)
    mail = next(each for each in ledger(app) if each.accepted_at)
    found = why(app, mail.id, NOW + 4 * HOUR)
    assert found.session is not None
    assert found.provenance.call is not None
    assert found.consent is not None
    assert (found.session.id, found.visit, found.campaign) == (session_id, 1, None)
    assert found.provenance.planned_by == found.provenance.composed_by
    assert found.step is not None
    assert found.step.name == mail.step
    assert (found.consent.stream, found.consent.basis, found.allowed) == ("care", "express", True)
    assert (found.provenance.call.provider, found.provenance.call.accepted_at) == ("file", mail.accepted_at)


def test_the_consent_is_the_one_that_counted_when_the_mail_left(app: App, add_client: AddClient) -> None:
    """Her leaving later does not make the mail a wrong one; what waits is judged by today."""
    client = add_client()
    _add(app)
    _tick(app, NOW + 3 * HOUR)
    with app.database.write() as connection:
        store.withdraw(connection, client.id, Stream.CARE, source="test", at=NOW + 4 * HOUR)
    sent = next(each for each in ledger(app) if each.accepted_at)
    assert why(app, sent.id, NOW + 5 * HOUR).allowed
    waiting = next((each for each in ledger(app) if each.state == "queued" and each.stream is Stream.CARE), None)
    if waiting is not None:
        assert not why(app, waiting.id, NOW + 5 * HOUR).allowed


def test_a_newsletter_goes_back_to_its_campaign(app: App, add_client: AddClient) -> None:
    """And to no plan."""
    add_client()
    campaign_id = launch(app, NOW)
    (mail,) = ledger(app)
    found = why(app, mail.id, NOW)
    assert found.campaign is not None
    assert found.campaign.id == campaign_id
    assert (found.session, found.step, found.provenance.planned_by) == (None, None, None)


def test_nobodys_mail_is_refused(app: App) -> None:
    """With where the ids are to be found."""
    with pytest.raises(NotFoundError, match="no mail 7"):
        why(app, 7, NOW)


def test_an_edited_plan_is_named_with_both_versions(app: App, add_client: AddClient) -> None:
    """By the one it was planned, by the other composed; its conditions are those that held then."""
    add_client()
    _write(app, PLAN)
    _add(app, services=["scalp"])
    _write(app, PLAN.replace("visit_to = 5", "visit_to = 3"))
    _tick(app, NOW + 3 * HOUR)
    _write(app, PLAN.replace('name = "same-day"', 'name = "evening"'))
    (mail,) = [each for each in ledger(app) if each.accepted_at]
    found = why(app, mail.id, NOW + 4 * HOUR)
    planned, composed = found.provenance.planned_by, found.provenance.composed_by
    assert planned is not None
    assert composed is not None
    assert planned.version != composed.version
    assert found.step is not None
    assert found.step.when.visit_to == 3


def test_what_was_sent_keeps_the_version_it_was_sent_with(app: App, add_client: AddClient) -> None:
    """An edit touches only what has not left."""
    add_client()
    _write(app, PLAN)
    _add(app, services=["scalp"])
    _tick(app, NOW + 3 * HOUR)
    before = ledger(app)
    _write(app, PLAN.replace("Thank you", "Many thanks"))
    _tick(app, NOW + 4 * HOUR)
    with app.database.read() as connection:
        assert list(deliveries.ledger(connection)) == before
