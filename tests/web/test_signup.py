"""Signing up: whoever reads the mailbox decides, and the page tells nobody who is known here."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from newsletter.context import App, Clock
from newsletter.web import create_app
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Basis, ConsentAction, Stream, in_force
from subscribers.subscriber import Subscriber
from subscribers.suppression import Reason, address_hash
from tests.web.conftest import Outbox, part_of, path_of, words_of

AddClient = Callable[..., Subscriber]


def sign_up(pages: FlaskClient, email: str = "mia@example.com", **fields: str) -> str:
    """The words of the answer to a form from another site, which has no stamp."""
    answer = pages.post("/subscribe", data={"email": email} | fields)
    assert answer.status_code == 200
    return words_of(answer.text)


def link_in(mail: str, path: str) -> str:
    found = re.search(rf"http://\S+/{path}/\S+", mail)
    assert found is not None
    return path_of(found[0])


def at(moment: datetime) -> Clock:
    return lambda: moment


def in_force_of(app: App, email: str, now: datetime) -> set[Stream]:
    with app.database.read() as connection:
        person = store.find(connection, email)
        assert person is not None
        current = store.current(connection, person.id)
    return {stream for stream, record in current.items() if in_force(record, now)}


def test_nothing_is_sent_to_an_address_before_its_owner_has_confirmed(
    app: App, pages: FlaskClient, outbox: Outbox, now: datetime
) -> None:
    sign_up(pages)
    tick(app, lambda: now)
    (mail,) = outbox()
    assert mail["To"] == "mia@example.com"
    assert in_force_of(app, "mia@example.com", now) == set()


def test_confirming_is_one_post_and_keeps_the_words_that_were_shown(
    app: App, pages: FlaskClient, outbox: Outbox, now: datetime
) -> None:
    """GDPR art. 7: who agreed to what, in which words, and when."""
    sign_up(pages, care="1")
    tick(app, lambda: now)
    address = link_in(part_of(outbox()[0], "plain"), "c")
    assert pages.get(address).status_code == 200
    assert in_force_of(app, "mia@example.com", now) == set()
    assert pages.post(address).status_code == 200
    assert in_force_of(app, "mia@example.com", now) == {Stream.MARKETING, Stream.CARE}
    with app.database.read() as connection:
        latest = store.current(connection, 1)[Stream.MARKETING]
    assert latest.basis is Basis.EXPRESS
    assert "the newsletter of Juniper Lane" in latest.wording


def test_confirming_twice_changes_nothing_and_welcomes_once(
    app: App, pages: FlaskClient, outbox: Outbox, now: datetime
) -> None:
    sign_up(pages)
    tick(app, lambda: now)
    address = link_in(part_of(outbox()[0], "plain"), "c")
    assert [pages.post(address).status_code for _ in range(3)] == [200, 200, 200]
    tick(app, lambda: now)
    assert [mail["Subject"] for mail in outbox()][1:] == ["You are on the list of Juniper Lane"]


def test_a_link_to_confirm_is_over_after_a_week(app: App, pages: FlaskClient, outbox: Outbox, now: datetime) -> None:
    sign_up(pages)
    tick(app, lambda: now)
    address = link_in(part_of(outbox()[0], "plain"), "c")
    later = create_app(app, lambda: now + timedelta(days=7, minutes=1)).test_client()
    assert later.post(address).status_code == 404
    assert in_force_of(app, "mia@example.com", now) == set()


def test_the_answer_is_the_same_whoever_asks(
    app: App, pages: FlaskClient, add_client: AddClient, now: datetime
) -> None:
    """Otherwise anybody could find out who is a client here."""
    add_client("known@example.com")
    with app.database.write() as connection:
        hashed = address_hash("gone@example.com", app.key)
        store.suppress(connection, hashed, None, reason=Reason.COMPLAINT, source="test", at=now)
        erased = address_hash("erased@example.com", app.key)
        store.suppress(connection, erased, None, reason=Reason.ERASURE, source="test", at=now)
    people = ("known", "gone", "new", "erased")
    assert len({sign_up(pages, f"{name}@example.com") for name in people}) == 1


def test_who_gets_the_newsletter_already_is_sent_her_settings(
    app: App, pages: FlaskClient, add_client: AddClient, outbox: Outbox, now: datetime
) -> None:
    anna = add_client()
    sign_up(pages, anna.email)
    tick(app, lambda: now)
    assert [mail["Subject"] for mail in outbox()] == ["Your link to your mail settings"]


@pytest.mark.parametrize("reason", [Reason.COMPLAINT, Reason.HARD_BOUNCE, Reason.BY_HAND])
def test_a_form_never_reaches_an_address_that_must_not_be_written_to(
    app: App, pages: FlaskClient, outbox: Outbox, now: datetime, reason: Reason
) -> None:
    with app.database.write() as connection:
        hashed = address_hash("mia@example.com", app.key)
        store.suppress(connection, hashed, None, reason=reason, source="test", at=now)
    sign_up(pages)
    tick(app, lambda: now)
    assert outbox() == []


def test_who_left_comes_back_by_her_own_act_and_for_that_stream_alone(
    app: App, pages: FlaskClient, add_client: AddClient, outbox: Outbox, now: datetime
) -> None:
    anna = add_client()
    with app.database.write() as connection:
        store.withdraw(connection, anna.id, None, source="test", at=now)
    sign_up(pages, anna.email)
    tick(app, lambda: now)
    assert pages.post(link_in(part_of(outbox()[0], "plain"), "c")).status_code == 200
    with app.database.read() as connection:
        blocked = {each.stream for each in store.suppressions(connection, store.hash_of(connection, anna.id))}
    assert blocked == {Stream.CARE}
    assert in_force_of(app, anna.email, now) == {Stream.MARKETING}


def test_one_address_is_not_flooded(app: App, pages: FlaskClient, outbox: Outbox, now: datetime) -> None:
    """LESSONS 14: forms are used to bomb somebody else's mailbox."""
    for minutes in (0, 1, 10, 20, 30, 40):
        clock = at(now + timedelta(minutes=minutes))
        sign_up(create_app(app, clock).test_client())
        tick(app, clock)
    assert len(outbox()) == 3


def test_one_network_cannot_post_without_end(pages: FlaskClient) -> None:
    answers = [
        pages.post("/subscribe", data={"email": f"reader-{number}@example.com"}).status_code for number in range(12)
    ]
    assert answers == [200] * 10 + [429] * 2


@pytest.mark.parametrize("robot", [{"website": "https://spam.example"}, {"stamp": "made up"}])
def test_a_robots_form_is_thrown_away_without_a_word(
    app: App, pages: FlaskClient, outbox: Outbox, now: datetime, robot: dict[str, str]
) -> None:
    sign_up(pages, **robot)
    tick(app, lambda: now)
    assert outbox() == []


def test_a_form_that_was_filled_in_no_time_is_a_robots(
    app: App, pages: FlaskClient, outbox: Outbox, now: datetime
) -> None:
    stamp = re.search(r'name="stamp" value="([^"]+)"', pages.get("/subscribe").text)
    assert stamp is not None
    sign_up(pages, stamp=stamp[1])
    tick(app, lambda: now)
    assert outbox() == []
    slower = create_app(app, lambda: now + timedelta(seconds=20)).test_client()
    sign_up(slower, stamp=stamp[1])
    tick(app, lambda: now + timedelta(seconds=20))
    assert len(outbox()) == 1


@pytest.mark.parametrize("typed", ["", "no address", "<script>@example.com", "a@b", "x" * 400 + "@example.com"])
def test_what_is_no_address_is_said_so_and_not_repeated(pages: FlaskClient, typed: str) -> None:
    answer = pages.post("/subscribe", data={"email": typed})
    assert answer.status_code == 400
    assert not typed or typed not in answer.text


def test_the_mail_to_confirm_holds_nothing_that_anybody_typed(
    app: App, pages: FlaskClient, outbox: Outbox, now: datetime
) -> None:
    """LESSONS 14: spam in the fields of a form must not go out under our name."""
    sign_up(pages, name="Buy pills at spam.example", care="Buy pills", email="mia@example.com")
    tick(app, lambda: now)
    assert "pills" not in outbox()[0].as_string()


def test_the_link_to_the_settings_comes_by_mail(
    app: App, pages: FlaskClient, add_client: AddClient, outbox: Outbox, now: datetime
) -> None:
    anna = add_client()
    same = {words_of(pages.post("/link", data={"email": each}).text) for each in (anna.email, "nobody@example.com")}
    assert len(same) == 1
    tick(app, lambda: now)
    (mail,) = outbox()
    assert pages.get(link_in(part_of(mail, "plain"), "p")).status_code == 200


@pytest.mark.parametrize(
    ("language", "word"), [("en", "Sign up"), ("de", "Anmelden"), ("fr", "S’inscrire"), ("es", "Apuntarme")]
)
def test_the_form_and_its_mail_speak_her_language(
    app: App, pages: FlaskClient, outbox: Outbox, now: datetime, language: str, word: str
) -> None:
    page = pages.get("/subscribe", headers={"Accept-Language": f"{language}, *;q=0.1"})
    assert word in page.text
    assert f'<html lang="{language}"' in page.text
    pages.post(f"/subscribe?lang={language}", data={"email": "mia@example.com"})
    tick(app, lambda: now)
    assert f'lang="{language}"' in part_of(outbox()[0], "html")


def test_an_action_of_nobody_is_noted_as_pending(app: App, pages: FlaskClient) -> None:
    sign_up(pages)
    with app.database.read() as connection:
        assert store.current(connection, 1)[Stream.MARKETING].action is ConsentAction.PENDING
