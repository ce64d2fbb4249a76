"""Links are asked politely, and only what really does not answer is named."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import ClassVar

import pytest

from newsletter.probing.links import dead_links


class _Site(BaseHTTPRequestHandler):
    at_work = 0
    most = 0
    asked: ClassVar[list[str]] = []
    lock = Lock()

    def do_GET(self) -> None:
        with self.lock:
            _Site.at_work += 1
            _Site.most = max(_Site.most, _Site.at_work)
            _Site.asked.append(self.path)
        status = int(self.path.strip("/").partition("-")[0] or 200)
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        with self.lock:  # before the answer is whole, for then the next one may come
            _Site.at_work -= 1
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the terminal."""


@contextmanager
def _serving() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Site) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def site() -> Iterator[str]:
    _Site.asked.clear()
    _Site.most = 0
    with _serving() as address:
        yield address


@pytest.mark.parametrize(("path", "dead"), [("/200", False), ("/404", True), ("/410", True), ("/500", True)])
def test_what_answers_is_alive(site: str, path: str, dead: bool) -> None:
    assert bool(dead_links([site + path], allow_private=True)) is dead


@pytest.mark.parametrize("status", [401, 403, 405, 429, 503])
def test_a_site_that_turns_programs_away_is_not_dead(site: str, status: int) -> None:
    """A reader with a browser gets in."""
    assert dead_links([f"{site}/{status}"], allow_private=True) == ()


def test_each_address_is_asked_once_and_a_site_one_page_after_the_other(site: str) -> None:
    urls = [f"{site}/404-{number}" for number in range(6)] * 2
    seen: list[int] = []
    found = dead_links(urls, allow_private=True, progress=seen.append)
    assert [each.url for each in found] == urls[:6]
    assert sorted(_Site.asked) == [f"/404-{number}" for number in range(6)]
    assert (_Site.most, sum(seen)) == (1, 6)


def test_nobody_asks_inside_the_own_network(site: str) -> None:
    """An article from elsewhere must not make this machine knock at its neighbours."""
    (found,) = dead_links([f"{site}/200"])
    assert "own network" in found.why
    assert _Site.asked == []


def test_what_is_no_page_is_not_asked(site: str) -> None:
    assert dead_links(["mailto:mara@juniper.example", "tel:+441", "cid:picture", ""], allow_private=True) == ()


def test_a_site_that_is_not_there_is_named() -> None:
    with _serving() as address:
        gone = f"{address}/200"
    (found,) = dead_links([gone], allow_private=True)
    assert found.url == gone
