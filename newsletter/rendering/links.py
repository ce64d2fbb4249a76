"""The signed addresses in a mail: to unsubscribe, and to view it in the browser.

A token is its payload and a keyed BLAKE2b code over it, in base64url without padding. It holds ids only, never an
address; it does not expire, because an unsubscribe link must work in a mail of any age.
"""

import binascii
import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hmac import compare_digest
from typing import Final, Literal

from newsletter.errors import SettingsError
from subscribers.consent import Stream

ALL: Final = "all"
Scope = Stream | Literal["all"]

_CODE_BYTES = 16
_SHORTEST_KEY = 16
_LONGEST_TOKEN = 64  # far above any real one: garbage is not worth decoding
_LETTERS: dict[Scope, bytes] = {Stream.MARKETING: b"m", Stream.CARE: b"c", Stream.SERVICE: b"s", ALL: b"a"}
_SCOPES: dict[bytes, Scope] = {letter: scope for scope, letter in _LETTERS.items()}


class Links:
    """`public_url` is where readers reach the public pages; `key` is secret, at least 16 bytes.

    Raises SettingsError for a shorter key.
    """

    def __init__(self, public_url: str, key: bytes) -> None:
        if len(key) < _SHORTEST_KEY:
            raise SettingsError(
                "The secret key that signs links is too short.", f"Use one of at least {_SHORTEST_KEY} random bytes."
            )
        self._base = public_url.rstrip("/")
        self._unsubscribe = _Signer(key, b"unsubscribe")
        self._view = _Signer(key, b"view")

    def unsubscribe_url(self, subscriber_id: int, stream: Scope) -> str:
        """Where this subscriber leaves the stream, or with ALL every stream."""
        return f"{self._base}/u/{self._unsubscribe.sign(_LETTERS[stream] + _packed(subscriber_id))}"

    def view_url(self, delivery_id: int) -> str:
        """Where this delivery's mail can be read in the browser."""
        return f"{self._base}/v/{self._view.sign(_packed(delivery_id))}"

    def read_unsubscribe(self, token: str) -> tuple[int, Scope] | None:
        """The subscriber's id and what she leaves; None for a token that is not ours."""
        payload = self._unsubscribe.read(token)
        if payload is None or payload[:1] not in _SCOPES:
            return None
        return int.from_bytes(payload[1:], "big"), _SCOPES[payload[:1]]

    def read_view(self, token: str) -> int | None:
        """The delivery's id; None for a token that is not ours."""
        payload = self._view.read(token)
        return None if payload is None else int.from_bytes(payload, "big")


class _Signer:
    """Signs for one purpose, so that a token of one kind is never taken for another's."""

    def __init__(self, key: bytes, purpose: bytes) -> None:
        fitting = hashlib.sha512(key).digest() if len(key) > hashlib.blake2b.MAX_KEY_SIZE else key
        self._state = hashlib.blake2b(key=fitting, person=purpose, digest_size=_CODE_BYTES)

    def sign(self, payload: bytes) -> str:
        state = self._state.copy()
        state.update(payload)
        return urlsafe_b64encode(payload + state.digest()).rstrip(b"=").decode("ascii")

    def read(self, token: str) -> bytes | None:
        if len(token) > _LONGEST_TOKEN:
            return None
        try:
            signed = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        except (UnicodeEncodeError, binascii.Error):
            return None
        payload = signed[:-_CODE_BYTES]
        # Whole tokens are compared, not codes: base64 accepts several spellings of the same bytes.
        return payload if compare_digest(self.sign(payload), token) else None


def _packed(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8 or 1, "big")
