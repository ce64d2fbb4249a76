"""The signed addresses in a mail: to unsubscribe, to view it in the browser, to confirm, and to see one's own data.

A token is its payload and a keyed BLAKE2b code over it, in base64url without padding. It holds ids only, never an
address. The links to unsubscribe and to view do not expire, because they must work in a mail of any age; those to
confirm and to one's own data hold the moment until which they do.
"""

import binascii
import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Final, Literal

from newsletter.errors import SettingsError
from subscribers.consent import Stream

ALL: Final = "all"
Scope = Stream | Literal["all"]

_CODE_BYTES = 16
_MOMENT_BYTES = 5  # whole seconds since 1970
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
        self._confirm = _Signer(key, b"confirm")
        self._data = _Signer(key, b"data")
        self._approval = _Signer(key, b"approval")

    def unsubscribe_url(self, subscriber_id: int, stream: Scope) -> str:
        """Where this subscriber leaves the stream, or with ALL every stream."""
        return f"{self._base}/u/{self._unsubscribe.sign(_LETTERS[stream] + _packed(subscriber_id))}"

    def unsubscribe_urls(self, subscriber_ids: Sequence[int], stream: Scope) -> list[str]:
        """As `unsubscribe_url`, for each of them."""
        base = f"{self._base}/u/"
        return [base + token for token in self._unsubscribe.sign_all(_LETTERS[stream], subscriber_ids)]

    def view_urls(self, delivery_ids: Sequence[int]) -> list[str]:
        """As `view_url`, for each of them."""
        base = f"{self._base}/v/"
        return [base + token for token in self._view.sign_all(b"", delivery_ids)]

    def preferences_url(self, subscriber_id: int, stream: Scope) -> str:
        """Where this subscriber chooses what she gets: the token of her mail's unsubscribe link serves it too."""
        return f"{self._base}/p/{self._unsubscribe.sign(_LETTERS[stream] + _packed(subscriber_id))}"

    def confirm_url(self, subscriber_id: int, until: datetime) -> str:
        """Where this subscriber confirms what she asked for, until that moment (aware)."""
        return f"{self._base}/c/{self._confirm.sign(_packed_until(subscriber_id, until))}"

    def data_url(self, subscriber_id: int, until: datetime) -> str:
        """Where this subscriber gets what is kept of her, or has it erased, until that moment (aware)."""
        return f"{self._base}/d/{self._data.sign(_packed_until(subscriber_id, until))}"

    def approval_url(self, campaign_id: int, due_at: datetime) -> str:
        """Where the therapist approves a campaign that is to leave at that moment (aware)."""
        return f"{self._base}/a/{self._approval.sign(_packed_until(campaign_id, due_at))}"

    def view_url(self, delivery_id: int) -> str:
        """Where this delivery's mail can be read in the browser."""
        return f"{self._base}/v/{self._view.sign(_packed(delivery_id))}"

    def page_url(self, path: str) -> str:
        """A page that is the same for everybody."""
        return f"{self._base}/{path}"

    def read_unsubscribe(self, token: str) -> tuple[int, Scope] | None:
        """The subscriber's id and what she leaves; None for a token that is not ours."""
        payload = self._unsubscribe.read(token)
        if payload is None or payload[:1] not in _SCOPES:
            return None
        return int.from_bytes(payload[1:], "big"), _SCOPES[payload[:1]]

    def read_confirm(self, token: str, now: datetime) -> int | None:
        """The subscriber's id; None for a token that is not ours or is over at `now` (aware)."""
        return _unpacked_until(self._confirm.read(token), now)

    def read_data(self, token: str, now: datetime) -> int | None:
        """The subscriber's id; None for a token that is not ours or is over at `now` (aware)."""
        return _unpacked_until(self._data.read(token), now)

    def read_approval(self, token: str) -> tuple[int, datetime] | None:
        """The campaign's id and when it is to leave (UTC); None for a token that is not ours."""
        payload = self._approval.read(token)
        if payload is None:
            return None
        moment = datetime.fromtimestamp(int.from_bytes(payload[:_MOMENT_BYTES], "big"), UTC)
        return int.from_bytes(payload[_MOMENT_BYTES:], "big"), moment

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

    def sign_all(self, before: bytes, numbers: Sequence[int]) -> list[str]:
        """As `sign`, for payloads that begin alike and end with a number: all in one pass of base64."""
        widths = {len(_packed(number)) for number in (min(numbers, default=0), max(numbers, default=0))}
        if len(widths) > 1:
            return [self.sign(before + _packed(number)) for number in numbers]
        width = widths.pop()
        signed = []
        for number in numbers:
            payload = before + number.to_bytes(width, "big")
            state = self._state.copy()
            state.update(payload)
            signed.append(payload + state.digest())
        size = len(before) + width + _CODE_BYTES
        filler = bytes(-size % 3)  # base64 writes four letters for three bytes, so that each token begins a new one
        letters = urlsafe_b64encode(filler.join([*signed, b""])).decode("ascii")
        step, length = (size + len(filler)) // 3 * 4, (size * 4 + 2) // 3
        return [letters[start : start + length] for start in range(0, len(letters), step)]

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


def _packed_until(number: int, until: datetime) -> bytes:
    return int(until.timestamp()).to_bytes(_MOMENT_BYTES, "big") + _packed(number)


def _unpacked_until(payload: bytes | None, now: datetime) -> int | None:
    if payload is None or now.timestamp() > int.from_bytes(payload[:_MOMENT_BYTES], "big"):
        return None
    return int.from_bytes(payload[_MOMENT_BYTES:], "big")
