"""What every booking program that calls us has in common: proof of its calls, and answers when it is asked."""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Protocol

from newsletter.domain.booking import Notice, Telling
from newsletter.errors import SettingsError
from newsletter.providers.hooks.base import HookCall, require_equal
from newsletter.providers.hooks.fields import moment, text

LONGEST_REFERENCE = 400
_LONGEST_NAME = 120  # of a service or a person: a name, never a story


class BookingSource(Protocol):
    """One booking program. Whatever its messages hold, only what a Notice has room for is ever kept of them."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str:
        """As people call it."""
        ...

    @property
    def answers(self) -> bool:
        """Whether `look_up` can ask it; a source that tells everything by itself cannot be asked."""
        ...

    def read(self, call: HookCall, now: datetime) -> Telling:
        """What an authentic call tells. Raises HookError for any other, and for one that cannot be read."""
        ...

    def look_up(self, reference: str, now: datetime) -> Notice | None:
        """How a booking stands now; None where the program does not know it. Raises ProviderError."""
        ...


class Signature:
    """HMAC-SHA256 under a key of ours and the program's. Raises SettingsError, naming `setting`, for what is no key."""

    def __init__(self, key: str, setting: str) -> None:
        if len(key) < 8 or not key.isascii() or not key.isprintable():
            raise SettingsError(f"{setting} is no signing key.", "Copy it again from the booking program.")
        self._key = key.encode()

    def require_hex(self, given: str, signed: bytes) -> None:
        """Raises HookError for another signature than that of `signed`; in constant time."""
        require_equal(_bytes(given.strip().lower()), self._digest(signed).hex().encode())

    def require_base64(self, given: str, signed: bytes) -> None:
        """As above, for a signature in base 64."""
        require_equal(_bytes(given.strip()), base64.b64encode(self._digest(signed)))

    def _digest(self, signed: bytes) -> bytes:
        return hmac.digest(self._key, signed, hashlib.sha256)


def _bytes(given: str) -> bytes:
    return given.encode("utf-8", "replace")


def reference(source: str, value: object) -> str:
    """The booking's own name, with its source before it; empty where it has none."""
    named = text(value, LONGEST_REFERENCE)
    return f"{source}:{named}" if named else ""


def name(value: object) -> str:
    """The name of a service or a person."""
    return text(value, _LONGEST_NAME)


def address(value: object) -> tuple[str, ...]:
    """The one address there is, in small letters; none where it is none."""
    found = text(value, 320).lower()
    return (found,) if "@" in found and " " not in found else ()


def microseconds(*values: object) -> int:
    """The first of these moments, as a number that grows with time; 0 where none of them is one."""
    found = next((at for value in values if (at := moment(value)) is not None), None)
    return version_at(found) if found else 0


def version_at(at: datetime) -> int:
    """The version of what was learned at that moment."""
    return int(at.timestamp() * 1_000_000)
