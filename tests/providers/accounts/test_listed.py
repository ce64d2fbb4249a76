"""An entry of a service's list becomes an event in our words."""

from datetime import UTC, datetime
from itertools import product

import pytest

from newsletter.domain.event import Kind
from newsletter.providers.accounts.listed import event_of
from newsletter.providers.base import Suppressed
from subscribers.suppression import Reason

THEN = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reason", "kind", "hard"),
    [
        (Reason.HARD_BOUNCE, Kind.BOUNCED, True),
        (Reason.COMPLAINT, Kind.COMPLAINED, False),
        (Reason.UNSUBSCRIBE, Kind.UNSUBSCRIBED, False),
        (Reason.BY_HAND, Kind.UNKNOWN, False),
    ],
)
def test_entry_is_told_like_an_event_of_no_mail(reason: Reason, kind: Kind, hard: bool) -> None:
    """What somebody entered by hand is not her word."""
    event = event_of(Suppressed(address="anna@example.com", reason=reason, at=THEN))
    assert (event.kind, event.hard, event.at, event.mid, event.provider_message_id) == (kind, hard, THEN, "", "")


def test_entries_have_names_of_their_own_without_addresses() -> None:
    """By address, reason and moment; one that is read again has the same name."""
    entries = [
        Suppressed(address=address, reason=reason, at=at, detail="550 <anna@example.com> refused")
        for address, reason, at in product(("a@x.example", "b@x.example"), Reason, (THEN, None))
    ]
    events = [event_of(entry) for entry in entries]
    assert len({event.key for event in events}) == len(entries)
    assert not any("@" in event.key + event.reason for event in events)
    assert [event_of(entry) for entry in entries] == events
