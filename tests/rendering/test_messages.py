"""Rules on messages: whoever is in the same call, each reader's mail is her own, and always the same."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.delivery import Member, Members
from newsletter.domain.edition import Edition
from newsletter.domain.message import Mailbox
from newsletter.domain.studio import Studio
from newsletter.rendering.links import Links
from newsletter.rendering.messages import MessageFactory
from subscribers.consent import Stream

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TEXT = (
    "[[ first_name | there ]] [[ practitioner ]] [[ view_url ]] [[ unsubscribe_url ]] [[ preferences_url ]] "
    "[[ confirm_url ]]"
)
STUDIO = Studio(
    name="Juniper Lane",
    practitioner="Mara",
    sender=Mailbox(address="mara@juniper.example", name="Mara"),
    reply_to=Mailbox(address="hello@juniper.example"),
    postal_address="14 Juniper Lane",
    country="GB",
    language="en",
    timezone="Europe/London",
    website="https://juniper.example",
    booking_url="https://juniper.example/book",
)
FACTORY = MessageFactory(STUDIO, Links("https://juniper.example", bytes(32)), "store")
IDS = st.integers(0, 2**40)
MEMBERS = st.lists(
    st.builds(
        Member,
        delivery_id=IDS,
        subscriber_id=IDS,
        email=st.emails(),
        name=st.text(),
        first_name=st.text(),
        practitioner=st.sampled_from(["", "Jonas"]),
    ),
    max_size=5,
)


def edition(stream: Stream) -> Edition:
    return Edition(stream=stream, language="en", subject="Spring", preheader="", html=TEXT, text=TEXT)


@given(MEMBERS, st.sampled_from(Stream))
def test_a_mail_does_not_depend_on_the_other_readers_of_its_call(members: list[Member], stream: Stream) -> None:
    """Made a thousand at once or alone, it is the same mail."""
    together = FACTORY.build(edition(stream), members, NOW)
    alone = [FACTORY.build(edition(stream), [member], NOW)[0] for member in members]
    assert list(together) == alone


@given(MEMBERS)
def test_members_by_columns_are_the_very_same_members(members: list[Member]) -> None:
    """In their order."""
    assert list(Members.of(members)) == members
    assert Members.of(members) == members


@pytest.mark.parametrize("stream", Stream)
def test_every_slot_of_an_edition_is_filled(stream: Stream) -> None:
    """With the reader's own, or the studio's; what a stream does not have stays empty."""
    member = Member(delivery_id=7, subscriber_id=9, email="anna@example.com", name="", first_name="", practitioner="")
    (message,) = FACTORY.build(edition(stream), [member], NOW)
    assert message.text.startswith("there Mara https://juniper.example/v/")
    assert message.fields["unsubscribe_url"] in message.text
    assert ("confirm_url" in message.fields) is (stream is Stream.SERVICE)
