"""One's own data: all of it, to herself alone, or gone for good."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from flask.testing import FlaskClient

from newsletter import aftercare
from newsletter.context import App
from newsletter.web import create_app
from newsletter.worker import tick
from subscribers import store
from subscribers.subscriber import Subscriber
from subscribers.suppression import Reason
from tests.web.conftest import Outbox, path_of

AddClient = Callable[..., Subscriber]


def page_of(app: App, person: Subscriber, now: datetime) -> str:
    return path_of(app.links.data_url(person.id, now + timedelta(hours=24)))


def record_session(app: App, person: Subscriber, now: datetime) -> None:
    aftercare.add_session(app, email=person.email, services=["deep-tissue"], ended_at=now - timedelta(hours=1), now=now)


def test_the_file_holds_everything_that_is_kept(
    app: App, pages: FlaskClient, add_client: AddClient, now: datetime
) -> None:
    """GDPR art. 15: the person, her consents, her sessions and her mails."""
    anna = add_client(name="Anna Okafor", tags=["regulars"])
    record_session(app, anna, now)
    answer = pages.post(page_of(app, anna, now))
    assert "attachment" in answer.headers["Content-Disposition"]
    held = json.loads(answer.text)
    assert (held["email"], held["name"], held["tags"]) == (anna.email, "Anna Okafor", ["regulars"])
    assert held["sessions"][0]["services"] == ["deep-tissue"]
    assert {each["stream"] for each in held["consents"]} == {"marketing", "care"}
    assert held["mails"]


def test_looking_downloads_and_erases_nothing(
    app: App, pages: FlaskClient, add_client: AddClient, now: datetime
) -> None:
    anna = add_client(name="Anna Okafor")
    page = pages.get(page_of(app, anna, now))
    assert page.status_code == 200
    assert anna.email not in page.text
    with app.database.read() as connection:
        assert store.get(connection, anna.id).name == "Anna Okafor"


def test_after_an_erasure_only_the_hash_stays(
    app: App, pages: FlaskClient, add_client: AddClient, outbox: Outbox, now: datetime
) -> None:
    anna = add_client(name="Anna Okafor")
    record_session(app, anna, now)
    assert pages.post(page_of(app, anna, now), data={"erase": "1"}).status_code == 200
    with app.database.read() as connection:
        assert store.get(connection, anna.id).email == ""
        reasons = {each.reason for each in store.suppressions(connection, store.hash_of(connection, anna.id))}
        lines = connection.connection.driver_connection.iterdump()  # type: ignore[union-attr]
        dump = "\n".join(line for line in lines if "plan_version" not in line)  # whose plans were used is forgotten
    assert reasons == {Reason.ERASURE}
    assert "Okafor" not in dump
    assert "deep-tissue" not in dump
    tick(app, lambda: now + timedelta(days=3))
    assert outbox() == []


def test_the_link_is_over_after_a_day(app: App, add_client: AddClient, now: datetime) -> None:
    anna = add_client()
    address = page_of(app, anna, now)
    later = create_app(app, lambda: now + timedelta(hours=24, minutes=1)).test_client()
    assert later.get(address).status_code == 404
    assert later.post(address, data={"erase": "1"}).status_code == 404


def test_the_link_of_a_mail_opens_nobodys_data(
    app: App, pages: FlaskClient, add_client: AddClient, now: datetime
) -> None:
    """Tokens are bound to their purpose."""
    from subscribers.consent import Stream

    anna = add_client()
    token = app.links.unsubscribe_url(anna.id, Stream.MARKETING).rpartition("/")[2]
    assert pages.post(f"/d/{token}", data={"erase": "1"}).status_code == 404
    assert pages.post(f"/c/{token}").status_code == 404
