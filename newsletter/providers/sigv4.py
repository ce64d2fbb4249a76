"""AWS Signature Version 4 for calls with a body in memory, written after its documentation.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

import requests
from requests.auth import AuthBase

_ALGORITHM = "AWS4-HMAC-SHA256"
_UNRESERVED = "-_.~"
_SIGNED = ("content-type", "x-amz-security-token")  # of a call's headers; Host and X-Amz-Date always are


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The secrets are never shown. `session_token` belongs to temporary keys."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)

    def redact(self, text: str) -> str:
        """A service's words without the secrets, should it have echoed them."""
        for secret in (self.secret_access_key, self.session_token):
            text = text.replace(secret, "…") if secret else text
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where a signature is good: one service in one region, on the day of `moment` (aware)."""

    region: str
    service: str
    moment: datetime

    @property
    def timestamp(self) -> str:
        return self.moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")

    @property
    def name(self) -> str:
        return f"{self.timestamp[:8]}/{self.region}/{self.service}/aws4_request"


class SigV4(AuthBase):
    """Signs each call of a session at the moment that `clock` gives: AWS takes no other than the real one."""

    def __init__(self, credentials: Credentials, region: str, service: str, clock: Callable[[], datetime]) -> None:
        self._credentials = credentials
        self._region = region
        self._service = service
        self._clock = clock

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        scope = Scope(region=self._region, service=self._service, moment=self._clock())
        body = request.body or b""
        request.headers["X-Amz-Date"] = scope.timestamp
        if self._credentials.session_token:
            request.headers["X-Amz-Security-Token"] = self._credentials.session_token
        url = request.url or ""
        known = {name.lower(): value for name, value in request.headers.items()}
        headers = {"host": urlsplit(url).netloc, "x-amz-date": scope.timestamp}
        headers |= {name: str(known[name]) for name in _SIGNED if name in known}
        request.headers["Authorization"] = authorization(
            self._credentials,
            scope,
            canonical_request(request.method or "", url, headers, body.encode() if isinstance(body, str) else body),
            headers,
        )
        return request


def authorization(credentials: Credentials, scope: Scope, canonical: str, headers: Mapping[str, str]) -> str:
    """The Authorization header; `headers` are those that were signed, by their names in small letters."""
    signed = ";".join(sorted(headers))
    credential = f"{credentials.access_key_id}/{scope.name}"
    signature = sign(credentials.secret_access_key, scope, canonical)
    return f"{_ALGORITHM} Credential={credential}, SignedHeaders={signed}, Signature={signature}"


def canonical_request(method: str, url: str, headers: Mapping[str, str], body: bytes) -> str:
    """The call as both sides write it down; `headers` by their names in small letters."""
    parts = urlsplit(url)
    lines = [f"{name}:{' '.join(value.split())}" for name, value in sorted(headers.items())]
    # Of all services S3 alone does not encode the path once more.
    path = quote(parts.path or "/", safe=f"/{_UNRESERVED}")
    signed = ";".join(sorted(headers))
    return "\n".join([method, path, _query(parts.query), *lines, "", signed, hashlib.sha256(body).hexdigest()])


def sign(secret: str, scope: Scope, canonical: str) -> str:
    """The signature in hex: the secret is spent on the day, the region and the service before it touches the call."""
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{secret}".encode()
    for word in scope.name.split("/"):
        key = _hmac(key, word)
    return _hmac(key, "\n".join([_ALGORITHM, scope.timestamp, scope.name, hashed])).hex()


def _query(query: str) -> str:
    """In order, and encoded as it already is in the URL: that is what AWS is handed, and what botocore signs."""
    pairs = [pair.partition("=")[::2] for pair in query.split("&") if pair]
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
