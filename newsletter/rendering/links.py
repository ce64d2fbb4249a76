"""The signed addresses in a mail: to unsubscribe, to view it, to confirm, to see one's own data, to be noted as read.

A token is its payload and a keyed BLAKE2b code over it, in base64url without padding. It holds ids only, never an
address. The links to unsubscribe, to view and to follow do not expire, because they must work in a mail of any age;
those to confirm and to one's own data hold the moment until which they do.
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
_CODES = 4  # in the longest digest that BLAKE2b has, 64 bytes
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
        self._track = _Signer(key, b"track")

    def unsubscribe_url(self, subscriber_id: int, stream: Scope) -> str:
        """Where this subscriber leaves the stream, or with ALL every stream."""
        return f"{self._base}/u/{self._unsubscribe.sign_number(_LETTERS[stream], subscriber_id)}"

    def unsubscribe_urls(self, subscriber_ids: Sequence[int], stream: Scope) -> list[str]:
        """As `unsubscribe_url`, for each of them."""
        base = f"{self._base}/u/"
        return [base + token for token in self._unsubscribe.sign_numbers(_LETTERS[stream], subscriber_ids)]

    def preferences_of(self, unsubscribe_urls: Sequence[str]) -> list[str]:
        """As `preferences_url`, for the same readers: the token serves both."""
        base, before = f"{self._base}/p/", len(f"{self._base}/u/")
        return [base + url[before:] for url in unsubscribe_urls]

    def view_urls(self, delivery_ids: Sequence[int]) -> list[str]:
        """As `view_url`, for each of them."""
        base = f"{self._base}/v/"
        return [base + token for token in self._view.sign_numbers(b"", delivery_ids)]

    def click_urls(self, delivery_ids: Sequence[int]) -> list[str]:
        """Where the links of each delivery's mail begin: `/` and the number of one follow."""
        base = f"{self._base}/c/"
        return [base + token for token in self._track.sign_numbers(b"", delivery_ids)]

    def open_urls(self, delivery_ids: Sequence[int]) -> list[str]:
        """Where the picture of each delivery's mail lies, but for its `.gif`: the same token as of its links."""
        base = f"{self._base}/o/"
        return [base + token for token in self._track.sign_numbers(b"", delivery_ids)]

    def preferences_url(self, subscriber_id: int, stream: Scope) -> str:
        """Where this subscriber chooses what she gets: the token of her mail's unsubscribe link serves it too."""
        return f"{self._base}/p/{self._unsubscribe.sign_number(_LETTERS[stream], subscriber_id)}"

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
        return f"{self._base}/v/{self._view.sign_number(b'', delivery_id)}"

    @property
    def own_pages(self) -> tuple[str, ...]:
        """The pages that are the same for everybody, and may stand in a mail."""
        return tuple(map(self.page_url, ("subscribe", "link", "archive")))

    def page_url(self, path: str) -> str:
        """A page that is the same for everybody."""
        return f"{self._base}/{path}"

    def read_unsubscribe(self, token: str) -> tuple[int, Scope] | None:
        """The subscriber's id and what she leaves; None for a token that is not ours."""
        read = self._unsubscribe.read_number(token, 1)
        return None if read is None or read[0] not in _SCOPES else (read[1], _SCOPES[read[0]])

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

    def read_track(self, token: str) -> int | None:
        """The delivery's id; None for a token that is not ours."""
        read = self._track.read_number(token, 0)
        return None if read is None else read[1]

    def read_view(self, token: str) -> int | None:
        """The delivery's id; None for a token that is not ours."""
        read = self._view.read_number(token, 0)
        return None if read is None else read[1]


class _Signer:
    """Signs for one purpose, so that a token of one kind is never taken for another's.

    A number's code is a quarter of the digest that it shares with its three neighbours: a keyed digest is a
    pseudo-random function, so a part of it tells nothing of the others, and a campaign needs a quarter as many.
    """

    def __init__(self, key: bytes, purpose: bytes) -> None:
        fitting = hashlib.sha512(key).digest() if len(key) > hashlib.blake2b.MAX_KEY_SIZE else key
        self._state = hashlib.blake2b(key=fitting, person=purpose, digest_size=_CODE_BYTES)
        self._numbers = hashlib.blake2b(key=fitting, person=purpose + b"#", digest_size=_CODES * _CODE_BYTES)

    def sign(self, payload: bytes) -> str:
        state = self._state.copy()
        state.update(payload)
        return _written(payload + state.digest())

    def sign_number(self, before: bytes, number: int) -> str:
        """For a payload that is `before`, and then a number."""
        start = number % _CODES * _CODE_BYTES
        code = self._codes(before, number // _CODES)[start : start + _CODE_BYTES]
        return _written(before + _packed(number) + code)

    def sign_numbers(self, before: bytes, numbers: Sequence[int]) -> list[str]:
        """As `sign_number`, for each of them: all in one pass of base64."""
        widths = {len(_packed(number)) for number in (min(numbers, default=0), max(numbers, default=0))}
        if len(widths) > 1:
            return [self.sign_number(before, number) for number in numbers]
        width, block, codes, signed = widths.pop(), -1, b"", []
        for number in numbers:
            if number // _CODES != block:
                block = number // _CODES
                codes = self._codes(before, block)
            start = number % _CODES * _CODE_BYTES
            signed.append(before + number.to_bytes(width, "big") + codes[start : start + _CODE_BYTES])
        size = len(before) + width + _CODE_BYTES
        filler = bytes(-size % 3)  # base64 writes four letters for three bytes, so that each token begins a new one
        letters = urlsafe_b64encode(filler.join([*signed, b""])).decode("ascii")
        step, length = (size + len(filler)) // 3 * 4, (size * 4 + 2) // 3
        return [letters[start : start + length] for start in range(0, len(letters), step)]

    def read_number(self, token: str, before: int) -> tuple[bytes, int] | None:
        """What stands before the number, of so many bytes, and the number; None for a token that is not ours.

        Tokens of mails that were sent before numbers shared a digest are good for ever, too.
        """
        payload = _payload(token)
        if payload is None:
            return None
        read = payload[:before], int.from_bytes(payload[before:], "big")
        ours = compare_digest(self.sign_number(*read), token) or compare_digest(self.sign(payload), token)
        return read if ours else None

    def read(self, token: str) -> bytes | None:
        payload = _payload(token)
        # Whole tokens are compared, not codes: base64 accepts several spellings of the same bytes.
        return payload if payload is not None and compare_digest(self.sign(payload), token) else None

    def _codes(self, before: bytes, block: int) -> bytes:
        state = self._numbers.copy()
        state.update(before + _packed(block))
        return state.digest()


def _payload(token: str) -> bytes | None:
    """What a token says, be it true or not; None where it can be none."""
    if len(token) > _LONGEST_TOKEN:
        return None
    try:
        signed = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (UnicodeEncodeError, binascii.Error):
        return None
    return signed[:-_CODE_BYTES]


def _written(signed: bytes) -> str:
    return urlsafe_b64encode(signed).rstrip(b"=").decode("ascii")


def _packed(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8 or 1, "big")


def _packed_until(number: int, until: datetime) -> bytes:
    return int(until.timestamp()).to_bytes(_MOMENT_BYTES, "big") + _packed(number)


def _unpacked_until(payload: bytes | None, now: datetime) -> int | None:
    if payload is None or now.timestamp() > int.from_bytes(payload[:_MOMENT_BYTES], "big"):
        return None
    return int.from_bytes(payload[_MOMENT_BYTES:], "big")
