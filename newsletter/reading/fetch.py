"""Fetching from the web: within limits of size and time, and never from inside the own network.

Somebody may paste an address that leads to a machine which only this one can reach. So each name is checked before
it is connected to, and each connection once more by the address at its other end before a byte is sent, since a name
may resolve differently the second time. https://owasp.org/www-community/attacks/Server_Side_Request_Forgery
"""

import ipaddress
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.message import Message
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from newsletter.errors import FetchError, InputError

_HEADERS = {"User-Agent": "Afterglow (newsletter desk)", "Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
_PERMANENT = frozenset({301, 308})
_UNCHANGED = 304
_CHUNK = 65_536
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`size` in bytes once unpacked; `seconds` for everything together; `redirects` that are followed."""

    size: int = 10 * 2**20
    seconds: float = 20.0
    redirects: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """`url` is where the redirects ended; `content_type` in lower case, empty where the server named none.

    `etag` and `modified` are what the server calls this state of it; `unchanged` says that it is still the one that was
    asked for, and then there is no body. `moved_to` is where it lies for good: as far as permanent redirects led.
    """

    url: str
    content_type: str
    charset: str | None
    body: bytes
    etag: str = ""
    modified: str = ""
    unchanged: bool = False
    moved_to: str | None = None


DEFAULT_LIMITS = Limits()


def fetch(
    url: str, *, limits: Limits = DEFAULT_LIMITS, allow_private: bool = False, headers: Mapping[str, str] = _HEADERS
) -> Fetched:
    """What lies at an http or https address. Raises InputError, naming the address and the reason, for anything else.

    `allow_private` also admits addresses of this machine and its network; `headers` go along with the request.
    """
    watch = ConnectionWatch(allow_private=allow_private)
    with watch.for_seconds(limits.seconds), requests.Session() as session:
        session.trust_env = False  # a proxy would resolve the name itself, and .netrc would hand out passwords
        session.mount("http://", _Adapter(watch))
        session.mount("https://", _Adapter(watch))
        try:
            session.headers.update({**_HEADERS, **headers})
            fetched = _follow(session, url, limits, watch)
        except (requests.RequestException, OSError, UnicodeError) as error:
            raise _unreachable(url, error, limits, watch) from error
    if watch.over:  # cut off in the middle, which looks like an end where the server named no length
        raise _too_slow(url, limits)
    return fetched


def conditions(etag: str, modified: str) -> dict[str, str]:
    """The headers that ask for a document only if it is no longer the one that its server called so (RFC 9110, 13)."""
    return {name: value for name, value in (("If-None-Match", etag), ("If-Modified-Since", modified)) if value}


def _follow(session: requests.Session, url: str, limits: Limits, watch: "ConnectionWatch") -> Fetched:
    address, moved_to, for_good = url, None, True
    for _ in range(limits.redirects + 1):
        _check_form(address)
        watch.check_name(address)
        with session.get(address, stream=True, allow_redirects=False, timeout=limits.seconds) as response:
            if not response.is_redirect:
                return replace(_read(response, address, limits), moved_to=moved_to)
            address = urljoin(address, response.headers["location"])
            for_good = for_good and response.status_code in _PERMANENT
            moved_to = address if for_good else moved_to
    raise InputError(f"{url} redirects more than {limits.redirects} times.", "Give the address it should lead to.")


def _read(response: requests.Response, address: str, limits: Limits) -> Fetched:
    if not response.ok:
        raise _refused(response, address)
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > limits.size:
            raise InputError(
                f"{address} is larger than {_size(limits.size)}.", "Save its text as a file, and give that."
            )
    header = Message()
    header["content-type"] = response.headers.get("content-type", "")
    named = header.get_content_type() if response.headers.get("content-type") else ""
    return Fetched(
        url=address,
        content_type=named,
        charset=header.get_content_charset(),
        body=bytes(body),
        etag=response.headers.get("etag", ""),
        modified=response.headers.get("last-modified", ""),
        unchanged=response.status_code == _UNCHANGED,
    )


def _refused(response: requests.Response, address: str) -> FetchError:
    return FetchError(
        f"{address} answers {response.status_code} {response.reason}.",
        "Try again later." if response.status_code in (429, 503) else "Check the address.",
        status=response.status_code,
        retry_after=_retry_after(response.headers),
    )


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """In seconds, or as a date on the server's own clock (RFC 9110, 10.2.3)."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return timedelta(seconds=int(value[:9]))
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(headers["date"])
    except (KeyError, TypeError, ValueError):
        return None
    return max(wait, timedelta(0))


def _check_form(address: str) -> None:
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port)
    except ValueError:
        usable = False
    if not usable:
        raise InputError(f"{address} is no web address.", "Give one that begins with http:// or https://.")
    if "@" in parts.netloc:
        raise InputError("The web address holds a name or password.", "Give it without the part before the @.")


def _size(size: int) -> str:
    return f"{size // 2**20} MB" if size >= 2**20 else f"{size} bytes"


def _too_slow(url: str, limits: Limits) -> FetchError:
    return FetchError(f"{url} took longer than {limits.seconds:g} seconds.", "Try again later.")


def _unreachable(url: str, error: Exception, limits: Limits, watch: "ConnectionWatch") -> FetchError:
    if watch.over or isinstance(error, requests.Timeout | TimeoutError):
        return _too_slow(url, limits)
    if isinstance(error, requests.exceptions.SSLError):
        return FetchError(f"{url} has no valid certificate.", "Ask whoever runs that site, or save its text as a file.")
    return FetchError(f"{url} cannot be reached.", "Check the address and the connection to the internet.")


@dataclass(slots=True)
class ConnectionWatch:
    """Looks at each connection of one fetch, and ends them all when its time is over."""

    allow_private: bool
    over: bool = False
    _sockets: list[socket.socket] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def for_seconds(self, seconds: float) -> Iterator[None]:
        """A time-out of a socket counts from each byte; a server that drips bytes would hold us for ever."""
        timer = threading.Timer(seconds, self._end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()
            for kept in self._sockets:
                kept.close()

    def check_name(self, address: str) -> None:
        parts = urlsplit(address)
        for found in socket.getaddrinfo(parts.hostname, parts.port or parts.scheme, type=socket.SOCK_STREAM):
            self._check(str(found[4][0]), address)

    def check_connection(self, connected: socket.socket, host: str) -> None:
        try:
            self._check(connected.getpeername()[0], host)
        except InputError:
            connected.close()
            raise
        with self._lock:
            self._sockets.append(connected.dup())  # TLS takes the original over
        if self.over:
            self._end()

    def _check(self, number: str, address: str) -> None:
        if not self.allow_private and not _is_public(number):
            raise InputError(f"{address} leads into this machine's own network.", "Give the address of a public page.")

    def _end(self) -> None:
        self.over = True
        with self._lock:
            for kept in self._sockets:
                try:
                    kept.shutdown(socket.SHUT_RDWR)
                except OSError:  # the other side was quicker
                    continue


def _is_public(number: str) -> bool:
    address = ipaddress.ip_address(number.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inside = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inside = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        address = inside or address
    return address.is_global and not address.is_multicast


class _Adapter(HTTPAdapter):
    """Transport whose connections are shown to the watch before anything is sent over them."""

    def __init__(self, watch: ConnectionWatch) -> None:
        self._watch = watch
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: object, **options: object) -> None:
        super().init_poolmanager(*args, **options)  # type: ignore[arg-type]  # handed through as they came
        self.poolmanager.pool_classes_by_scheme = _watched_pools(self._watch)


def _watched_pools(watch: ConnectionWatch) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            connected = super()._new_conn()
            watch.check_connection(connected, self.host)
            return connected

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            connected = super()._new_conn()
            watch.check_connection(connected, self.host)
            return connected

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
