"""Fetching keeps its limits and stays out of the own network, against real servers on loopback."""

import gzip
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from newsletter.errors import FetchError, InputError
from newsletter.reading.fetch import ConnectionWatch, Fetched, Limits, conditions, fetch

LIMITS = Limits(size=100_000, seconds=5, redirects=3)
SHORT = Limits(size=100_000, seconds=0.2, redirects=3)


class Site(BaseHTTPRequestHandler):
    """A site with every trouble: each path is one."""

    released: threading.Event
    requests: list[str]

    def do_GET(self) -> None:
        self.requests.append(self.path)
        getattr(self, f"answer_{self.path.strip('/').partition('/')[0]}", self.answer_missing)()

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def answer_page(self) -> None:
        self.answer(200, "Grüße".encode("latin-1"), Content_Type="text/HTML; charset=ISO-8859-1")

    def answer_missing(self) -> None:
        self.answer(404)

    def answer_tagged(self) -> None:
        if self.headers["If-None-Match"] == '"7"' and self.headers["If-Modified-Since"] == "yesterday":
            self.answer(304, ETag='"7"')
        else:
            self.answer(200, b"new", ETag='"7"', Last_Modified="yesterday")

    def answer_busy(self) -> None:
        self.answer(503, Retry_After="120")

    def answer_later(self) -> None:
        self.answer(429, Retry_After="Mon, 02 Mar 2026 11:30:00 GMT")

    def answer_hop(self) -> None:
        self.answer(302, Location="/moved")

    def answer_loop(self) -> None:
        self.answer(302, Location="/loop")

    def answer_moved(self) -> None:
        self.answer(301, Location="page")

    def answer_file(self) -> None:
        self.answer(302, Location="file:///etc/hostname")

    def answer_endless(self) -> None:
        self.answer(200)
        while not self.released.is_set():
            try:
                self.wfile.write(b"x" * 10_000)
            except OSError:
                return

    def answer_bomb(self) -> None:
        self.answer(200, gzip.compress(bytes(20_000_000)), Content_Encoding="gzip")

    def answer_cut(self) -> None:
        self.answer(200, b"half", Content_Length="8")

    def answer_silent(self) -> None:
        self.released.wait()

    def answer_dripping(self) -> None:
        """One byte now and then: no single read ever times out."""
        self.answer(200)
        while not self.released.wait(0.02):
            try:
                self.wfile.write(b"x")
                self.wfile.flush()
            except OSError:
                return

    def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002 -- the base class's signature
        return "Mon, 02 Mar 2026 09:30:00 GMT"

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[ThreadingHTTPServer]:
    Site.released, Site.requests = threading.Event(), []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    Site.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


def address(site: ThreadingHTTPServer, path: str) -> str:
    return f"http://127.0.0.1:{site.server_port}/{path}"


def test_a_page_comes_with_its_type_and_charset(site: ThreadingHTTPServer) -> None:
    """The body is handed on as bytes, with what the header says of them."""
    fetched = fetch(address(site, "page"), limits=LIMITS, allow_private=True)
    expected = Fetched(
        url=address(site, "page"), content_type="text/html", charset="iso-8859-1", body="Grüße".encode("latin-1")
    )
    assert fetched == expected


def test_a_redirect_is_followed_to_its_end(site: ThreadingHTTPServer) -> None:
    """A relative redirect leads on, and the final address is told."""
    assert fetch(address(site, "moved"), limits=LIMITS, allow_private=True).url == address(site, "page")


def test_what_did_not_change_is_not_sent_again(site: ThreadingHTTPServer) -> None:
    """The server is told what it called the state that we have."""
    first = fetch(address(site, "tagged"), limits=LIMITS, allow_private=True)
    assert (first.etag, first.modified, first.unchanged) == ('"7"', "yesterday", False)
    headers = conditions(first.etag, first.modified)
    again = fetch(address(site, "tagged"), limits=LIMITS, allow_private=True, headers=headers)
    assert (again.unchanged, again.body) == (True, b"")


@pytest.mark.parametrize(("path", "moved"), [("page", None), ("moved", "page"), ("hop", None)])
def test_only_a_permanent_redirect_says_where_it_lies_for_good(
    site: ThreadingHTTPServer, path: str, moved: str | None
) -> None:
    """One after a temporary one does not."""
    fetched = fetch(address(site, path), limits=LIMITS, allow_private=True)
    assert (fetched.url, fetched.moved_to) == (address(site, "page"), moved and address(site, moved))


@pytest.mark.parametrize(("path", "status", "wait"), [("busy", 503, 120), ("later", 429, 7200), ("missing", 404, None)])
def test_a_server_may_ask_to_be_left_alone(site: ThreadingHTTPServer, path: str, status: int, wait: int | None) -> None:
    """For some seconds, or until a moment on its own clock."""
    with pytest.raises(FetchError) as caught:
        fetch(address(site, path), limits=LIMITS, allow_private=True)
    assert (caught.value.status, caught.value.retry_after) == (status, wait and timedelta(seconds=wait))


@pytest.mark.parametrize(
    ("path", "limits", "reason"),
    [
        ("missing", LIMITS, "answers 404"),
        ("loop", LIMITS, "redirects more than 3 times"),
        ("file", LIMITS, "no web address"),
        ("endless", LIMITS, "larger than"),
        ("bomb", LIMITS, "larger than"),
        ("cut", LIMITS, "cannot be reached"),
        ("silent", SHORT, "took longer than 0.2 seconds"),
        ("dripping", SHORT, "took longer than 0.2 seconds"),
    ],
)
def test_each_trouble_is_refused_by_name(site: ThreadingHTTPServer, path: str, limits: Limits, reason: str) -> None:
    """Whatever the site does, it ends in an error that says what happened."""
    with pytest.raises(InputError, match=reason) as caught:
        fetch(address(site, path), limits=limits, allow_private=True)
    assert caught.value.remedy


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "127.1"])
def test_the_own_machine_is_out_of_reach(site: ThreadingHTTPServer, host: str) -> None:
    """However loopback is written, no request arrives there."""
    with pytest.raises(InputError):
        fetch(f"http://{host}:{site.server_port}/page", limits=LIMITS)
    assert Site.requests == []


@pytest.mark.parametrize(
    "host",
    [
        *(
            "10.0.0.1",
            "192.168.1.1",
            "172.16.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "224.0.0.1",
            "[fe80::1]",
            "[fd00::1]",
        ),
        *("[64:ff9b::7f00:1]", "[2002:7f00:1::]"),
    ],
)
def test_private_networks_are_out_of_reach(host: str) -> None:
    """Addresses that mean something inside only are refused before a connection is tried."""
    with pytest.raises(InputError, match="own network"):
        fetch(f"http://{host}/", limits=LIMITS)


@pytest.mark.parametrize(
    "url",
    [
        *("", "page", "ftp://a.example/", "file:///etc/passwd", "http://", "http://[::1", "https://a.example:99999/"),
        *("http://user:secret@a.example/", "http://127.0.0.1:0/"),
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    """Only http and https, with a host and without a password."""
    with pytest.raises(InputError) as caught:
        fetch(url, limits=LIMITS)
    assert "secret" not in str(caught.value)


def test_a_name_that_turns_inward_after_the_check_is_refused(site: ThreadingHTTPServer) -> None:
    """The connection is judged by the address at its other end, so a rebound name gains nothing."""
    with socket.create_connection(("127.0.0.1", site.server_port)) as connected, pytest.raises(InputError):
        ConnectionWatch(allow_private=False).check_connection(connected, "rebound.example")
    assert Site.requests == []


def test_nobody_listening_is_told(site: ThreadingHTTPServer) -> None:
    """A refused connection is an error of its own."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as closed:
        port = closed.server_port
    with pytest.raises(InputError, match="cannot be reached"):
        fetch(f"http://127.0.0.1:{port}/", limits=LIMITS, allow_private=True)
