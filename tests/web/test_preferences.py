"""The preferences page: what a reader gets is what she chose, at once, and each stream by itself."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

import pytest
from flask.testing import FlaskClient

from newsletter import aftercare
from newsletter.context import App
from newsletter.web import create_app
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Stream, in_force
from subscribers.subscriber import Frequency, Subscriber
from subscribers.suppression import Reason
from tests.conftest import OpenHome
from tests.web.conftest import Outbox, Streams, part_of, path_of, send_newsletter, words_of

AddClient = Callable[..., Subscriber]
BOTH = {"newsletter": "1", "care": "1"}


def page_of(app: App, person: Subscriber) -> str:
    return path_of(app.links.preferences_url(person.id, Stream.MARKETING))


def gets(app: App, person: Subscriber, now: datetime) -> set[Stream]:
    with app.database.read() as connection:
        return {stream for stream, record in store.current(connection, person.id).items() if in_force(record, now)}


def test_looking_changes_nothing(app: App, pages: FlaskClient, add_client: AddClient, now: datetime) -> None:
    anna = add_client()
    for method in ("GET", "HEAD", "OPTIONS"):
        assert pages.open(page_of(app, anna), method=method).status_code == 200
    assert gets(app, anna, now) == {Stream.MARKETING, Stream.CARE}


@pytest.mark.parametrize(
    ("left", "kept"), [("newsletter", Stream.CARE), ("care", Stream.MARKETING)], ids=["newsletter", "care"]
)
def test_leaving_one_stream_keeps_the_other(
    app: App, pages: FlaskClient, add_client: AddClient, suppressed: Streams, now: datetime, left: str, kept: Stream
) -> None:
    anna = add_client()
    pages.post(page_of(app, anna), data={name: on for name, on in BOTH.items() if name != left})
    assert gets(app, anna, now) == {kept}
    assert kept not in suppressed(anna.id)


def test_she_can_turn_on_again_what_she_turned_off(
    app: App, pages: FlaskClient, add_client: AddClient, suppressed: Streams, now: datetime
) -> None:
    anna = add_client()
    pages.post(page_of(app, anna), data={"care": "1"})
    pages.post(page_of(app, anna), data=BOTH)
    assert gets(app, anna, now) == {Stream.MARKETING, Stream.CARE}
    assert suppressed(anna.id) == set()


def test_one_button_stops_everything(
    app: App, pages: FlaskClient, add_client: AddClient, suppressed: Streams, now: datetime
) -> None:
    anna = add_client()
    assert "No more mail from us" in pages.post(page_of(app, anna), data=BOTH | {"everything": "1"}).text
    assert suppressed(anna.id) == set(Stream)
    assert gets(app, anna, now) == set()


def test_a_pause_keeps_newsletters_away_for_thirty_days_and_care_comes(
    app: App, pages: FlaskClient, add_client: AddClient, outbox: Outbox, now: datetime
) -> None:
    anna = add_client()
    assert "paused until" in words_of(pages.post(page_of(app, anna), data=BOTH | {"pause": "1"}).text)
    send_newsletter(app, now, "In the pause")
    assert outbox() == []
    assert gets(app, anna, now) == {Stream.MARKETING, Stream.CARE}
    send_newsletter(app, now + timedelta(days=31), "After the pause")
    assert [mail["Subject"] for mail in outbox()] == ["After the pause"]


def test_a_pause_can_be_ended_at_once(app: App, pages: FlaskClient, add_client: AddClient, outbox: Outbox) -> None:
    anna = add_client()
    pages.post(page_of(app, anna), data=BOTH | {"pause": "1"})
    assert "paused until" not in words_of(pages.post(page_of(app, anna), data=BOTH).text)


def test_the_language_she_chooses_is_the_pages_at_once(app: App, pages: FlaskClient, add_client: AddClient) -> None:
    anna = add_client()
    answer = pages.post(page_of(app, anna), data=BOTH | {"language": "fr"})
    assert '<html lang="fr"' in answer.text
    with app.database.read() as connection:
        assert store.get(connection, anna.id).language == "fr"


def test_how_often_is_kept_and_anything_else_is_every_newsletter(
    app: App, pages: FlaskClient, add_client: AddClient
) -> None:
    anna = add_client()
    for chosen, kept in (("weekly", Frequency.WEEKLY), ("monthly", Frequency.MONTHLY), ("hourly", Frequency.EVERY)):
        pages.post(page_of(app, anna), data=BOTH | {"frequency": chosen})
        with app.database.read() as connection:
            assert store.get(connection, anna.id).frequency is kept


@pytest.mark.parametrize("reason", [Reason.HARD_BOUNCE, Reason.COMPLAINT, Reason.BY_HAND])
def test_what_she_cannot_turn_on_is_said_and_the_rest_is_saved(
    app: App, pages: FlaskClient, add_client: AddClient, now: datetime, reason: Reason
) -> None:
    """A mailbox that refused mail is no mailbox to write to, whoever wishes for it."""
    anna = add_client()
    with app.database.write() as connection:
        store.suppress(connection, store.hash_of(connection, anna.id), None, reason=reason, source="test", at=now)
    answer = pages.post(page_of(app, anna), data=BOTH | {"language": "de"})
    assert (answer.status_code, "Bitte schreiben Sie uns." in words_of(answer.text)) == (200, True)
    with app.database.read() as connection:
        assert store.get(connection, anna.id).language == "de"


def test_who_was_erased_has_no_settings(app: App, pages: FlaskClient, add_client: AddClient, now: datetime) -> None:
    """Her old link shows nothing, and nothing is written down of her by it."""
    anna = add_client()
    with app.database.write() as connection:
        store.erase(connection, anna.id, source="asked", at=now)
    answers = [pages.get(page_of(app, anna)), pages.post(page_of(app, anna), data=BOTH | {"language": "de"})]
    assert [each.status_code for each in answers] == [404, 404]


@pytest.mark.parametrize("kind", ["html", "plain"])
def test_the_link_stands_in_every_mail_beside_the_way_out(
    app: App, add_client: AddClient, outbox: Outbox, now: datetime, kind: Literal["html", "plain"]
) -> None:
    """In newsletters and in care mails."""
    anna, ended_at = add_client(), now - timedelta(hours=3)
    aftercare.add_session(app, email=anna.email, services=["relaxation"], ended_at=ended_at, now=ended_at)
    tick(app, lambda: now)
    send_newsletter(app, now + timedelta(days=1), "Rest")
    assert len(outbox()) == 2
    for mail, stream in zip(outbox(), (Stream.CARE, Stream.MARKETING), strict=True):
        text = part_of(mail, kind)
        assert app.links.preferences_url(anna.id, stream) in text
        assert app.links.unsubscribe_url(anna.id, stream) in text


def test_only_the_studios_topics_can_be_chosen(open_home: OpenHome, now: datetime, free_port: int) -> None:
    """A tag that the therapist gives is hers: nobody puts it on, or takes it off, by a form."""
    from subscribers.subscriber import details

    with open_home(topics=("breath", "sleep"), public_url="https://juniper.example") as app:
        with app.database.write() as connection:
            anna = store.add(connection, details("anna@example.com", tags=["regulars", "sleep"]), key=app.key, now=now)
        pages = create_app(app, lambda: now).test_client()
        pages.post(page_of(app, anna), data=BOTH | {"topic": ["breath", "friends"]})
        with app.database.read() as connection:
            assert store.get(connection, anna.id).tags == ("breath", "regulars")


def test_her_data_is_sent_to_her_mailbox_and_not_shown_to_who_has_the_link(
    app: App, pages: FlaskClient, add_client: AddClient, outbox: Outbox, now: datetime
) -> None:
    """A newsletter is passed on to friends, and the link in it with it."""
    anna = add_client(name="Anna Okafor")
    answer = pages.post(page_of(app, anna), data={"data": "1"})
    assert anna.email not in answer.text
    assert "Okafor" not in answer.text
    tick(app, lambda: now)
    (mail,) = outbox()
    assert mail["To"].addresses[0].addr_spec == anna.email
    assert "/d/" in part_of(mail, "plain")
    assert gets(app, anna, now) == {Stream.MARKETING, Stream.CARE}


@pytest.mark.parametrize("token", ["", "x", "A" * 400, "../../etc/passwd"])
def test_a_link_that_is_nobodys_shows_nothing(pages: FlaskClient, token: str) -> None:
    assert pages.get(f"/p/{token}").status_code == 404
    assert pages.post(f"/p/{token}", data=BOTH).status_code in (404, 405)
