"""The server: what a mail program meets, and how it ends."""

import re
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from threading import Event, Thread

import pytest
import requests

from newsletter.context import App
from newsletter.errors import SettingsError
from newsletter.web import create_app, embedded
from newsletter.web.server import serving
from newsletter.worker import tick
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber
from tests.web.conftest import Outbox, Streams

AddClient = Callable[..., Subscriber]


def test_one_click_of_a_mail_program_ends_the_stream(
    app: App, site: str, mail_program: requests.Session, add_client: AddClient, suppressed: Streams
) -> None:
    """RFC 8058, section 3.1: the POST that the two headers of a mail ask for."""
    anna = add_client()
    url = app.links.unsubscribe_url(anna.id, Stream.MARKETING)
    answer = mail_program.post(url, data={"List-Unsubscribe": "One-Click"}, allow_redirects=False, timeout=10)
    assert url.startswith(site)
    assert answer.status_code == 200
    assert suppressed(anna.id) == {Stream.MARKETING}


def test_looking_by_head_has_no_body_and_changes_nothing(
    app: App, site: str, mail_program: requests.Session, add_client: AddClient, suppressed: Streams
) -> None:
    anna = add_client()
    answer = mail_program.head(app.links.unsubscribe_url(anna.id, Stream.MARKETING), timeout=10)
    assert (answer.status_code, answer.content) == (200, b"")
    assert suppressed(anna.id) == set()


def test_nothing_is_kept_in_the_mail_program(app: App, site: str, mail_program: requests.Session) -> None:
    answer = mail_program.get(f"{site}/nothing", timeout=10)
    assert not mail_program.cookies
    assert "Server" not in answer.headers


def test_many_readers_at_once_are_all_served(
    app: App, site: str, mail_program: requests.Session, add_client: AddClient, suppressed: Streams
) -> None:
    """More than there are threads, each writing to the store."""
    readers = [add_client(f"reader-{number}@example.com") for number in range(12)]
    urls = [app.links.unsubscribe_url(reader.id, Stream.CARE) for reader in readers]
    threads = [Thread(target=mail_program.post, args=(url,), kwargs={"timeout": 30}) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [suppressed(reader.id) for reader in readers] == [{Stream.CARE}] * 12


def test_a_page_under_way_is_finished_before_the_server_ends(
    app: App, mail_program: requests.Session, add_client: AddClient
) -> None:
    """Whoever pressed the button a moment before a restart still sees that it is done."""
    anna = add_client()
    asked, go_on, statuses = Event(), Event(), []

    def clock() -> datetime:
        asked.set()
        go_on.wait(timeout=10)
        return datetime(2026, 3, 2, tzinfo=UTC)

    path = app.links.unsubscribe_url(anna.id, Stream.CARE).partition("/u/")[2]
    with serving(create_app(app, clock), "127.0.0.1", 0) as address:
        url = f"{address}/u/{path}"
        click = Thread(target=lambda: statuses.append(mail_program.post(url, timeout=10).status_code))
        click.start()
        asked.wait(timeout=10)
        go_on.set()
    click.join()
    assert statuses == [200]


def test_an_ended_server_leaves_its_port(app: App, now: datetime) -> None:
    with serving(create_app(app, lambda: now), "127.0.0.1", 0) as address:
        port = int(address.rpartition(":")[2])
    with serving(create_app(app, lambda: now), "127.0.0.1", port) as again:
        assert again == address


def test_a_port_in_use_is_named(app: App, now: datetime) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with (
            pytest.raises(SettingsError, match=f"127.0.0.1:{port} cannot be used: .* Choose another"),
            serving(create_app(app, lambda: now), "127.0.0.1", port),
        ):
            pass


def test_a_host_that_is_not_ours_is_named(app: App, now: datetime) -> None:
    with (
        pytest.raises(SettingsError, match=r"192\.0\.2\.1:\d+ cannot be used"),
        serving(create_app(app, lambda: now), "192.0.2.1", 8025),
    ):
        pass


def test_the_form_on_another_site_signs_up_and_confirms(
    app: App, site: str, mail_program: requests.Session, outbox: Outbox, now: datetime
) -> None:
    """As a browser posts it from there: with that site's name, and without any cookie of ours."""
    form = embedded.form(app, "en", care=True)
    action = re.search(r'action="([^"]+)"', form)
    assert action is not None
    elsewhere = {
        "Origin": "https://juniper.example",
        "Referer": "https://juniper.example/",
        "Sec-Fetch-Site": "cross-site",
    }
    fields = {"email": "mia@example.com", "website": "", "care": "1"}
    answer = mail_program.post(unescape(action[1]), data=fields, headers=elsewhere)
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (200, False)
    tick(app, lambda: now)
    (mail,) = outbox()
    assert mail["To"] == "mia@example.com"
