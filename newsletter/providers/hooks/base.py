"""What the hooks of all vendors have in common: a call, its proof by a secret, and what was read of it."""

import binascii
import hmac
import json
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from newsletter.domain.event import Event
from newsletter.errors import HookError, SettingsError

UNAUTHENTIC = 401  # every vendor calls again after it, so nothing is lost while a secret is being mended
UNREADABLE = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class HookCall:
    """`headers` by their names in small letters; `body` to the last byte as it came, for that is what is signed."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a call told. Where only a `token` is signed, the same token must not bring other events later."""

    events: tuple[Event, ...]
    token: str = ""


class Hook(Protocol):
    """One vendor's webhook."""

    @property
    def name(self) -> str: ...

    def read(self, call: HookCall, now: datetime) -> Reading:
        """The events of an authentic call. Raises HookError for any other, and for one that cannot be read."""
        ...


def parsed(body: bytes) -> object:
    """The JSON of a call. Raises HookError where it is none, or is nested too deeply to be a vendor's."""
    try:
        content: object = json.loads(body)
    except (ValueError, RecursionError):
        raise HookError("The body is no JSON.", UNREADABLE) from None
    return content


def parsed_object(body: bytes) -> dict[str, object]:
    content = parsed(body)
    if not isinstance(content, dict):
        raise HookError("The body is no JSON object.", UNREADABLE)
    return content


def parsed_items(body: bytes) -> list[object]:
    """The events of a call that holds one, or an array of them."""
    content = parsed(body)
    if isinstance(content, list):
        return content
    if isinstance(content, dict):
        return [content]
    raise HookError("The body holds no events.", UNREADABLE)


def header(call: HookCall, name: str) -> str:
    """Raises HookError where it is missing."""
    value = call.headers.get(name, "")
    if not value:
        raise HookError(f"The header {name} is missing.", UNAUTHENTIC)
    return value


def require_equal(given: bytes, expected: bytes) -> None:
    """In constant time. Raises HookError."""
    if not hmac.compare_digest(given, expected):
        raise HookError("The signature or the secret is wrong.", UNAUTHENTIC)


def require_recent(seconds: str, now: datetime, tolerance: timedelta) -> None:
    """That a signed moment, in seconds since 1970, is not far from now. Raises HookError."""
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 12):
        raise HookError("The moment of the call is no number.", UNAUTHENTIC)
    if abs(now.timestamp() - int(seconds)) > tolerance.total_seconds():
        raise HookError("The call is too old, or from the future.", UNAUTHENTIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """For vendors that sign nothing: what they carry as a password (RFC 7617, whatever the user name) or as a bearer's.

    Never in the address itself, which ends up in logs.
    """

    _value: bytes

    @classmethod
    def of(cls, value: str, setting: str) -> "Secret":
        """Raises SettingsError, naming `setting`, for one that could be guessed."""
        if len(value) < 16 or not value.isascii() or not value.isprintable():
            raise SettingsError(f"{setting} is too short to be a secret.", "Use 16 or more random letters and digits.")
        return cls(_value=value.encode())

    def require(self, call: HookCall) -> None:
        """Raises HookError for a call that does not carry it."""
        scheme, _, credentials = header(call, "authorization").partition(" ")
        given = credentials.strip().encode("utf-8", "replace")
        if scheme.lower() == "basic":
            given = _password(given)
        elif scheme.lower() != "bearer":
            given = b""
        require_equal(given, self._value)


def _password(encoded: bytes) -> bytes:
    try:
        return b64decode(encoded, validate=True).partition(b":")[2]
    except binascii.Error:
        return b""
