"""The story of a reader who leaves the newsletter by the button of her mail program."""

from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage

import requests

from newsletter import aftercare
from newsletter.context import App
from newsletter.store import deliveries
from newsletter.worker import tick
from subscribers.subscriber import Subscriber
from tests.web.conftest import Outbox, send_newsletter


def press_unsubscribe(mail_program: requests.Session, mail: EmailMessage) -> int:
    """As RFC 8058 has it: the body is what one header says, the address what the other says."""
    name, _, value = mail["List-Unsubscribe-Post"].partition("=")
    url = mail["List-Unsubscribe"].strip("<>")
    return mail_program.post(url, data={name: value}, allow_redirects=False, timeout=10).status_code


def test_who_leaves_the_newsletter_gets_no_other_but_still_her_care_notes(
    app: App,
    site: str,
    mail_program: requests.Session,
    add_client: Callable[..., Subscriber],
    outbox: Outbox,
    now: datetime,
) -> None:
    """From the header of a mail that left to the ledger of the next campaign."""
    anna, berta = add_client("anna@example.com"), add_client("berta@example.com")
    send_newsletter(app, now, "Rest Is Part of the Work")
    assert [mail["To"] for mail in outbox()] == ["anna@example.com", "berta@example.com"]
    assert press_unsubscribe(mail_program, outbox()[0]) == 200

    next_week = now + timedelta(days=7)
    campaign_id = send_newsletter(app, next_week, "The Quiet Hour")
    aftercare.add_session(app, email=anna.email, services=["reiki"], ended_at=next_week, now=next_week)
    evening = next_week + timedelta(hours=8)
    tick(app, lambda: evening)

    with app.database.read() as connection:
        ledger = {each.subscriber_id: each for each in deliveries.ledger(connection, campaign_id=campaign_id)}
    assert ledger[anna.id].state == "suppressed"
    assert "unsubscribed" in ledger[anna.id].reason
    assert ledger[berta.id].state == "accepted"
    assert [(mail["To"], mail["List-Id"]) for mail in outbox()[2:]] == [
        ("berta@example.com", "<newsletter.juniper.example>"),
        ("anna@example.com", "<notes.juniper.example>"),
    ]
