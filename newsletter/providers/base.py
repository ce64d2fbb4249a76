"""What the outbox asks of a mail service.

A service takes a batch of messages under a key of ours and answers for each. What it cannot say is said by raising
ProviderError (newsletter.errors): `in_doubt` when bytes left and no answer came, `permanent` when the same call would
be refused again as a whole, `retry_after` when the service asked to slow down; none of these when no byte left.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate
from typing import Protocol, TypeVar, runtime_checkable

from newsletter.domain.content import Content
from newsletter.domain.delivery import Outcome, Result
from newsletter.domain.mailing import Mailing, mailings
from newsletter.domain.message import Message
from newsletter.errors import InputError
from subscribers.suppression import Reason

Written = TypeVar("Written")
_MAIL_OVERHEAD = 4_000  # bytes: headers, addresses and a reader's own values, generously


class LookUp(StrEnum):
    """How far a service can say afterwards what became of a message."""

    NONE = "none"
    CERTAIN = "certain"  # both "accepted" and "never seen" can be trusted at once
    POSITIVE = "positive"  # "accepted" can be trusted; "not found" proves nothing yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """`replay` is how long the same key with the same payload gets the first answer again; None: it does not.

    No call takes longer than `longest_call`: a call that is open for longer was left by a crash.

    A call carries at most `batch` mails and, where every mail of it holds its own texts, `most_bytes`; at most
    `attached_batch` where they have attachments (0: the service carries none). `ascii_only`: it cannot write from, or
    to, addresses with letters beyond ASCII before the @.
    """

    batch: int = 1
    attached_batch: int = 0
    most_bytes: int | None = None
    ascii_only: bool = False
    longest_call: timedelta = timedelta(minutes=2)
    replay: timedelta | None = None
    look_up: LookUp = LookUp.NONE


class Provider(Protocol):
    """A mail service. Instances are made once a process and used by one thread."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    def send(self, key: str, messages: Sequence[Message]) -> tuple[Result, ...]:
        """Sends up to `capabilities.batch` messages as one call under `key` (<= 128 ASCII characters, ours, unique).

        One Result a message, in order. Raises ProviderError when there is no answer for the messages one by one.
        """
        ...

    def look_up(self, message: Message) -> Result:
        """What the service knows of a message that may have been accepted.

        ACCEPTED when it has it; NOT_SENT when it certainly has not (LookUp.CERTAIN only); else UNKNOWN.
        """
        ...

    def close(self) -> None:
        """Lets go of connections. Safe to call twice."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """An address that a service no longer writes to; `at` (aware) and `detail` where it says since when, and why."""

    address: str
    reason: Reason
    at: datetime | None = None
    detail: str = ""


@runtime_checkable
class SuppressionList(Protocol):
    """A provider whose service keeps a list of addresses that it no longer writes to, and shows it. Not all do."""

    def suppressed(self, since: datetime) -> Iterator[Suppressed]:
        """What was added since that moment (aware), and perhaps more: some services know no moments.

        Page by page, as it is read. Raises ProviderError where the service does not answer.
        """
        ...


def largest_call(capabilities: Capabilities, content: Content) -> int:
    """How many mails with this content one call carries, at least one: by their number, and by what they weigh.

    The weight is a careful guess; each service still measures what it is about to send.
    """
    batch = capabilities.batch
    if content.attachments:
        batch = min(batch, capabilities.attached_batch)
    if capabilities.most_bytes is not None:
        batch = min(batch, capabilities.most_bytes // _weight(content))
    return max(1, batch)


@lru_cache(maxsize=16)
def _weight(content: Content) -> int:
    """Bytes of a mail: its literals with a quarter more for what JSON escapes, and its attachments as base64."""
    parts = (*content.subject_parts, *content.html_parts, *content.text_parts)
    literals = sum(len(part.encode("utf-8", "replace")) for part in parts if isinstance(part, str))
    attached = sum(len(attachment.content) for attachment in content.attachments)
    return literals * 5 // 4 + attached * 4 // 3 + _MAIL_OVERHEAD


def room(mails: Sequence[bytes], most_bytes: int) -> int:
    """How many written mails one call can carry, and at least one: a single one that is too large is for its service
    to refuse.
    """
    ends = accumulate(len(mail) + 1 for mail in mails)
    return max(1, sum(end < most_bytes for end in ends))


def require_batch(provider: Provider, messages: Sequence[Message]) -> None:
    """Raises InputError, before a byte leaves, for more messages than the service takes in one call."""
    _require_attached_batch(provider, messages)
    if len(messages) > provider.capabilities.batch:
        raise InputError(
            f"A call of {len(messages)} messages is more than {provider.name} takes.",
            f"Send at most {provider.capabilities.batch} in one call.",
        )


def require_one_edition(provider: Provider, messages: Sequence[Message]) -> None:
    """Raises InputError, for services whose call is one text with the readers' values, where it would take several."""
    kinds = {(message.content.digest, message.sender, message.reply_to) for message in messages}
    if len(kinds) > 1:
        raise InputError(
            f"A call to {provider.name} carries one edition from one sender.",
            "Send the mails of each edition in their own call.",
        )


def _require_attached_batch(provider: Provider, messages: Sequence[Message]) -> None:
    limit = provider.capabilities.attached_batch
    if limit and len(messages) > limit and messages[0].attachments:  # a call carries one edition
        raise InputError(
            f"A call of {len(messages)} mails with attachments is more than {provider.name} takes.",
            f"Send at most {limit} in one call.",
        )


def send_writable(
    messages: Sequence[Message],
    write: Callable[[Message], Written],
    send: Callable[[Sequence[Written]], Sequence[Result]],
) -> tuple[Result, ...]:
    """Sends what `write` can put into the service's words; what it refuses (InputError) is rejected, each in its place.

    So a mail that cannot be written does not hold up the others; with none that can, `send` is not called at all.
    """
    written: list[Written] = []
    results: list[Result | None] = []
    for message in messages:
        try:
            written.append(write(message))
            results.append(None)
        except InputError as error:
            results.append(Result(outcome=Outcome.REJECTED, reason=str(error)))
    answers = iter(send(written) if written else ())
    return tuple(result or next(answers) for result in results)


def send_mailings(
    messages: Sequence[Message],
    require: Callable[[Message], object],
    are_like_first: Callable[[Mailing], bool],
    send: Callable[[Sequence[Mailing]], Sequence[Result]],
) -> tuple[Result, ...]:
    """As `send_writable`, for services that write by columns: what `require` refuses (InputError) is rejected.

    Where the columns show that all others are as fine as the first message, they are not looked at one by one.
    """
    if isinstance(messages, Mailing) and not [*_faults(messages[:1], require)] and are_like_first(messages):
        return tuple(send([messages]))
    refused = dict(_faults(messages, require))
    going = [message for place, message in enumerate(messages) if place not in refused]
    answers = iter(send([*mailings(going)]) if going else ())
    return tuple(refused.get(place) or next(answers) for place in range(len(messages)))


def _faults(messages: Sequence[Message], require: Callable[[Message], object]) -> Iterator[tuple[int, Result]]:
    """The messages that cannot be written, by their places."""
    for place, message in enumerate(messages):
        try:
            require(message)
        except InputError as error:
            yield place, Result(outcome=Outcome.REJECTED, reason=str(error))
