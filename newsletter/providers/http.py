"""HTTP as every vendor's provider uses it: one session, no retries, and what each failure says about the mail."""

import ssl
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import MaxRetryError, NewConnectionError

from newsletter import __version__
from newsletter.errors import ProviderError, SettingsError
from newsletter.rendering.columns import Parts

CONNECT_TIMEOUT = 10.0  # seconds; both are the longest silence, not the longest call
READ_TIMEOUT = 60.0


class Key(AuthBase):
    """A key that every call carries. As `auth` of the session, so that a .netrc file cannot put another in its place.

    Raises SettingsError, naming `setting`, for a key that no header can carry; the key itself is never shown.
    """

    def __init__(self, key: str, setting: str) -> None:
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise SettingsError(
                f"{setting} holds no key.", "Copy the key again, without spaces or line breaks around it."
            )
        self._key = key

    def redact(self, text: str) -> str:
        """A service's words without the key, should it have echoed it."""
        return text.replace(self._key, "…")


class Bearer(Key):
    """`Authorization: Bearer KEY`."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request


class Token(Key):
    """The key alone, in a header of the service's own."""

    def __init__(self, key: str, setting: str, header: str) -> None:
        super().__init__(key, setting)
        self._header = header

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers[self._header] = self._key
        return request


class Basic(Key):
    """The key as a password (RFC 7617)."""

    def __init__(self, key: str, setting: str, username: str) -> None:
        super().__init__(key, setting)
        self._encoded = b64encode(f"{username}:{key}".encode()).decode("ascii")

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Basic {self._encoded}"
        return request

    def redact(self, text: str) -> str:
        return super().redact(text).replace(self._encoded, "…")


class Session(requests.Session):
    """A session that works out once what is the same for every call to an address.

    That is the address itself and what the environment says of the way there (proxies, certificates): to look it up
    anew, as requests does, costs more than the call.
    """

    def __init__(self, auth: AuthBase) -> None:
        super().__init__()
        self.auth = self._signed = auth
        self._own = {
            "User-Agent": f"Afterglow/{__version__}",
            "Accept-Encoding": "gzip, deflate",
            "Connection": "keep-alive",
        }
        self.headers.update(self._own)
        self._ways: dict[str, tuple[str, dict[str, Any]]] = {}

    def call(
        self, url: str, body: bytes | Parts, headers: Mapping[str, str], timeout: tuple[float, float]
    ) -> requests.Response:
        """The answer to a POST; a redirect is one."""
        address, way = self._ways.get(url) or self._ways.setdefault(url, self._way(url))
        prepared = requests.PreparedRequest()
        prepared.method, prepared.url, prepared.body = "POST", address, body  # type: ignore[assignment]  # or an iterable
        prepared.headers = CaseInsensitiveDict({**self._own, **headers, "Content-Length": str(len(body))})
        prepared.prepare_cookies({})  # what a service sets, it does not get back
        return self.send(self._signed(prepared), timeout=timeout, allow_redirects=False, **way)

    def _way(self, url: str) -> tuple[str, dict[str, Any]]:
        address = str(requests.Request("POST", url).prepare().url)
        return address, dict(self.merge_environment_settings(address, {}, None, None, None))


def session(auth: AuthBase) -> Session:
    """One session a provider, used by one thread."""
    made = Session(auth)
    # No retries: after a lost answer, only the outbox knows whether the same call may be made again.
    made.mount("https://", HTTPAdapter(max_retries=0))
    made.mount("http://", HTTPAdapter(max_retries=0))
    return made


def post(
    session: Session,
    service: str,
    url: str,
    body: bytes | Parts,
    headers: Mapping[str, str],
    timeout: tuple[float, float] = (CONNECT_TIMEOUT, READ_TIMEOUT),
) -> requests.Response:
    """The answer to `body`, whatever its status. Raises ProviderError where there is none.

    A redirect is an answer too: following it would carry the mail, and the key, to somebody else.
    """
    try:
        return session.call(url, body, headers, timeout)
    except requests.RequestException as error:
        raise fault(service, error) from error


def get(
    session: requests.Session,
    service: str,
    url: str,
    query: Mapping[str, str],
    timeout: tuple[float, float] = (CONNECT_TIMEOUT, READ_TIMEOUT),
) -> requests.Response:
    """The answer to a question, whatever its status. Raises ProviderError where there is none."""
    headers = {"Accept": "application/json"}
    try:
        return session.get(url, params=query, headers=headers, timeout=timeout, allow_redirects=False)
    except requests.RequestException as error:
        raise fault(service, error) from error


def fault(service: str, error: requests.RequestException) -> ProviderError:
    """What a call without an answer says about its mail: not sent where that is certain, in doubt where it is not."""
    match error:
        # The connection was never made, so there was nothing to send on.
        case requests.ConnectTimeout():
            return _not_sent(f"{service} does not answer.", "Check the internet connection; the mail waits.")
        # The proxy refused, or could not be reached: it gets no byte of the call before it has said yes.
        case requests.exceptions.ProxyError():
            return _not_sent(
                f"The proxy on the way to {service} does not let us through.", "Check the proxy's settings."
            )
        # No certificate, no key exchange: the call itself goes out only after it. Other faults of TLS may come later.
        case requests.exceptions.SSLError() if _caused_by(error, ssl.SSLCertVerificationError):
            return _not_sent(f"{service} shows no valid certificate.", "Check the computer's clock and its network.")
        # Refused, unreachable, or its name unknown: again no connection.
        case requests.ConnectionError() if _never_connected(error):
            return _not_sent(f"{service} cannot be reached.", "Check the internet connection; the mail waits.")
        # The call could not even be written: an address that is none.
        case (
            requests.exceptions.InvalidURL() | requests.exceptions.MissingSchema() | requests.exceptions.InvalidSchema()
        ):
            return _not_sent(f"The address of {service} cannot be used.", "Correct it in the settings.")
        # The whole call is out, and nobody knows how far it came.
        case requests.ReadTimeout():
            reason = "did not answer in time"
        # An answer that breaks off belongs to a call that was read.
        case requests.exceptions.ChunkedEncodingError() | requests.exceptions.ContentDecodingError():
            reason = "sent a broken answer"
        # Reset or closed with the call on its way, perhaps read in full; and whatever else there may be.
        case _:
            reason = "closed the connection without an answer"
    return ProviderError(f"{service} {reason}: the mail may or may not have been accepted.", in_doubt=True)


def _not_sent(message: str, remedy: str) -> ProviderError:
    return ProviderError(message, remedy)


def _never_connected(error: requests.ConnectionError) -> bool:
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)


def _caused_by(error: BaseException, kind: type[BaseException]) -> bool:
    return any(isinstance(cause, kind) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The chain below an error: requests and urllib3 wrap as first argument, as `reason`, or by raising from."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop()
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            waiting += [*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__]
