"""What the outbox asks of a mail service.

A service takes a batch of messages under a key of ours and answers for each. What it cannot say is said by raising
ProviderError (newsletter.errors): `in_doubt` when bytes left and no answer came, `permanent` when the same call would
be refused again as a whole, `retry_after` when the service asked to slow down; none of these when no byte left.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from newsletter.domain.delivery import Outcome, Result
from newsletter.domain.message import Message
from newsletter.errors import InputError

Written = TypeVar("Written")


class LookUp(StrEnum):
    """How far a service can say afterwards what became of a message."""

    NONE = "none"
    CERTAIN = "certain"  # both "accepted" and "never seen" can be trusted at once
    POSITIVE = "positive"  # "accepted" can be trusted; "not found" proves nothing yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """`replay` is how long the same key with the same payload gets the first answer again; None: it does not.

    No call takes longer than `longest_call`: a call that is open for longer was left by a crash.
    """

    batch: int = 1
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


def require_batch(provider: Provider, messages: Sequence[Message]) -> None:
    """Raises InputError, before a byte leaves, for more messages than the service takes in one call."""
    if len(messages) > provider.capabilities.batch:
        raise InputError(
            f"A call of {len(messages)} messages is more than {provider.name} takes.",
            f"Send at most {provider.capabilities.batch} in one call.",
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
