"""Rules on mailings: by columns or one by one, they are the same messages."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.content import Content
from newsletter.domain.mailing import mailings, payload_hash
from newsletter.domain.message import Mailbox, Message
from subscribers.consent import Stream

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
CONTENTS = [Content.literal(subject=text, html=text, text=text) for text in ("spring", "autumn")]
WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
MESSAGES = st.lists(
    st.builds(
        Message,
        id=WORDS,
        stream=st.just(Stream.CARE),
        sender=st.just(Mailbox(address="mara@studio.example")),
        to=st.builds(Mailbox, address=WORDS, name=WORDS),
        content=st.sampled_from(CONTENTS),
        fields=st.fixed_dictionaries({"first_name": WORDS, "view_url": WORDS}),
        date=st.just(NOW),
        headers=st.sampled_from(["List-Id", "X-Note"]).flatmap(lambda name: st.tuples(st.tuples(st.just(name), WORDS))),
    ),
    max_size=6,
)


@given(MESSAGES)
def test_mailings_hold_the_very_same_messages(messages: list[Message]) -> None:
    """In their order, whatever they have in common."""
    assert [message for mailing in mailings(messages) for message in mailing] == messages


@given(MESSAGES.filter(bool), st.data())
def test_a_part_of_a_mailing_is_that_part_of_its_messages(messages: list[Message], data: st.DataObject) -> None:
    """As of any other sequence."""
    mailing, *_ = mailings(messages)
    part = data.draw(st.slices(len(mailing)))
    assert list(mailing[part]) == list(mailing)[part]
    assert len(mailing[part]) == len(list(mailing)[part])


@given(MESSAGES, MESSAGES)
def test_equal_hashes_mean_the_very_same_mails(some: list[Message], others: list[Message]) -> None:
    """A call is repeated only with the bytes it had before."""
    assert (payload_hash(some) == payload_hash(others)) == (some == others)


def test_a_value_that_moves_to_its_neighbour_changes_the_hash() -> None:
    """It is not only the letters that count, but whose they are."""

    def named(*names: str) -> list[Message]:
        usual: dict[str, Any] = {"stream": Stream.CARE, "sender": Mailbox(address="a@b"), "content": CONTENTS[0]}
        return [
            Message(id=str(number), to=Mailbox(address="c@d", name=name), fields={}, date=NOW, **usual)
            for number, name in enumerate(names)
        ]

    assert payload_hash(named("ab", "c")) != payload_hash(named("a", "bc"))
