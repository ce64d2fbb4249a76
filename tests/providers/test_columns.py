"""Calls written by columns: every reader gets the mail that she would get alone."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from newsletter.domain.delivery import Member, Outcome
from newsletter.domain.edition import Edition
from newsletter.domain.mailing import Mailing
from newsletter.domain.message import Mailbox
from newsletter.domain.studio import Studio
from newsletter.providers.base import Provider
from newsletter.providers.mailgun import MailgunProvider
from newsletter.providers.postmark import PostmarkProvider
from newsletter.providers.resend import ResendProvider
from newsletter.rendering.links import Links
from newsletter.rendering.messages import MessageFactory
from subscribers.consent import Stream
from tests.fault_server.server import FaultServer
from tests.fault_server.wire import Json
from tests.providers.resend_server import ResendServer

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
OWN_TO_A_SINGLE = {"h:Message-Id", "recipient-variables"}  # Mailgun has one id for all mails of a batch
NAMES = ["Anna Smith", "Zoë Krüger", "山田 花子", "Müller & Söhne", "Ana <3 Lima", 'O"Brien, S', "%recipient.mid%", ""]
TEXT = 'Hello [[ first_name | "there" ]] & [[ first_name ]], 100% [[ view_url ]] [[ unsubscribe_url ]]'
TRACKED = f'{TEXT} <a href="[[ click_url ]]/1">1</a><a href="[[ click_url ]]/2">2</a><img src="[[ open_url ]].gif">'
EDITION = Edition(
    stream=Stream.MARKETING, language="en", subject="For [[ first_name | you ]]", preheader="", html=TRACKED, text=TEXT
)


@pytest.fixture
def mailing() -> Mailing:
    studio = Studio(
        name="Juniper Lane",
        practitioner="Mara",
        sender=Mailbox(address="mara@juniper.example", name="Mára"),
        reply_to=Mailbox(address="hello@juniper.example"),
        postal_address="14 Juniper Lane",
        country="GB",
        language="en",
        timezone="Europe/London",
        website="https://juniper.example",
        booking_url="https://juniper.example/book",
    )
    members = [
        Member(
            delivery_id=250 + number,
            subscriber_id=number,
            email=f"reader-{number}@bücher-{number}.example",
            name=name,
            first_name=name.partition(" ")[0],
            practitioner="",
        )
        for number, name in enumerate(NAMES)
    ]
    return MessageFactory(studio, Links("https://juniper.example", bytes(32)), "store").build(EDITION, members, NOW)


def test_resend(resend: ResendProvider, resend_server: ResendServer, mailing: Mailing) -> None:
    """As JSON."""
    _compare(resend, mailing, lambda: resend_server.accepted)


def test_postmark(postmark: PostmarkProvider, fault_server: FaultServer, mailing: Mailing) -> None:
    """As JSON."""
    _compare(postmark, mailing, lambda: [each.mail for each in fault_server.journal.accepted])


def test_mailgun(mailgun: MailgunProvider, fault_server: FaultServer, mailing: Mailing) -> None:
    """As a template that Mailgun fills, once for all."""
    _compare(mailgun, mailing, lambda: [each.mail for each in fault_server.journal.accepted])


def _compare(provider: Provider, mailing: Mailing, accepted: Callable[[], list[Json]]) -> None:
    """Sent as one mailing, as the same messages in a list, and one by one: what arrives is the same, field by field."""
    size = len(mailing)
    results = [*provider.send("key-1", mailing), *provider.send("key-2", list(mailing))]
    results += [result for message in mailing for result in provider.send(f"key-{message.id}", [message])]
    assert {result.outcome for result in results} == {Outcome.ACCEPTED}
    arrived = [{key: mail[key] for key in mail.keys() - OWN_TO_A_SINGLE} for mail in accepted()]
    assert arrived[:size] == arrived[size : 2 * size] == arrived[2 * size :]
