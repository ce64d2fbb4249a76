"""Preferences: a reader's word about her own mail counts at once, for what she said it of, and once."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from newsletter import aftercare, campaigns, preferences
from newsletter.context import App
from newsletter.errors import NotFoundError
from newsletter.rendering.links import ALL, Scope
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import ConsentAction, Stream
from subscribers.subscriber import Subscriber
from tests.flows.conftest import ledger, make_campaign

AddClient = Callable[..., Subscriber]


def token_of(app: App, subscriber_id: int, scope: Scope) -> str:
    return app.links.unsubscribe_url(subscriber_id, scope).rpartition("/")[2]


def leave(app: App, subscriber_id: int, scope: Scope, now: datetime, *, everything: bool = False) -> Scope:
    return preferences.unsubscribe(app, token_of(app, subscriber_id, scope), now, everything=everything)


def withdrawn(app: App, subscriber_id: int) -> list[tuple[Stream, str, datetime]]:
    """Each withdrawal in a person's ledger: of what, by what, and when."""
    with app.database.read() as connection:
        records = store.consents(connection, subscriber_id)
    return [(each.stream, each.source, each.at) for each in records if each.action is ConsentAction.WITHDRAWN]


@pytest.mark.parametrize("scope", [*Stream, ALL])
def test_reading_a_link_says_what_it_ends_and_changes_nothing(app: App, add_client: AddClient, scope: Scope) -> None:
    anna = add_client()
    assert preferences.read_link(app, token_of(app, anna.id, scope)) == scope
    assert withdrawn(app, anna.id) == []


@pytest.mark.parametrize("stream", list(Stream))
def test_leaving_is_noted_with_its_source_and_time(
    app: App, add_client: AddClient, now: datetime, stream: Stream
) -> None:
    anna = add_client()
    assert leave(app, anna.id, stream, now) == stream
    assert withdrawn(app, anna.id) == [(stream, "unsubscribe link", now)]


def test_leaving_twice_is_noted_once(app: App, add_client: AddClient, now: datetime) -> None:
    """The first time counts: it says since when she must not be mailed."""
    anna = add_client()
    leave(app, anna.id, Stream.MARKETING, now)
    leave(app, anna.id, Stream.MARKETING, now + timedelta(days=1))
    assert withdrawn(app, anna.id) == [(Stream.MARKETING, "unsubscribe link", now)]


def test_leaving_everything_ends_every_stream(app: App, add_client: AddClient, now: datetime) -> None:
    anna = add_client()
    assert leave(app, anna.id, Stream.CARE, now, everything=True) == ALL
    assert {stream for stream, _, _ in withdrawn(app, anna.id)} == set(Stream)


def test_only_the_reader_of_the_link_leaves(app: App, add_client: AddClient, now: datetime) -> None:
    anna, berta = add_client("anna@example.com"), add_client("berta@example.com")
    leave(app, anna.id, Stream.MARKETING, now)
    assert withdrawn(app, berta.id) == []


def test_a_link_that_is_nobodys_is_refused_with_a_way_out(app: App, now: datetime) -> None:
    """Forged, cut short, or of a person whose import was undone."""
    with pytest.raises(NotFoundError, match="reply to the mail and ask to be left out"):
        preferences.unsubscribe(app, "forged", now)
    with pytest.raises(NotFoundError, match="reply to the mail and ask to be left out"):
        leave(app, 7, Stream.MARKETING, now)


def test_who_leaves_after_the_campaign_was_prepared_does_not_get_it(
    app: App, add_client: AddClient, now: datetime
) -> None:
    """Her delivery is in the ledger already; it is asked again before the bytes leave."""
    anna = add_client()
    campaigns.launch(app, make_campaign(app, now), now)
    campaigns.start_due(app, now)
    leave(app, anna.id, Stream.MARKETING, now)
    tick(app, lambda: now)
    (delivery,) = ledger(app)
    assert delivery.state == "suppressed"
    assert "unsubscribed" in delivery.reason


@pytest.mark.parametrize(
    ("left", "goes_on"), [(Stream.MARKETING, {Stream.CARE}), (Stream.CARE, {Stream.MARKETING}), (ALL, set())]
)
def test_what_was_not_left_goes_on(
    app: App, add_client: AddClient, now: datetime, left: Scope, goes_on: set[Stream]
) -> None:
    """The newsletter does not take the care notes with it, nor they the newsletter."""
    anna = add_client()
    aftercare.add_session(app, email=anna.email, services=["relaxation"], ended_at=now, now=now)
    campaigns.launch(app, make_campaign(app, now), now)
    leave(app, anna.id, left, now)
    evening, day_after = now + timedelta(hours=8), now + timedelta(days=2)
    tick(app, lambda: evening)
    tick(app, lambda: day_after)
    assert {each.stream for each in ledger(app) if each.state == "accepted"} == goes_on
