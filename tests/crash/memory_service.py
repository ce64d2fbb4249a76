"""A mail service in memory: it fails as told, forgets its keys with the clock, and keeps its own list."""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from newsletter.domain.delivery import Outcome, Result
from newsletter.domain.mailing import payload_hash
from newsletter.domain.message import Message
from newsletter.errors import ProviderError
from newsletter.providers.base import Capabilities, LookUp

_KEYS_LIVE = timedelta(hours=24)


class Trouble(StrEnum):
    """What becomes of one call."""

    ANSWER_LOST = "answer_lost"
    CALL_LOST = "call_lost"
    NO_CONNECTION = "no_connection"
    THROTTLED = "throttled"
    FIRST_REFUSED = "first_refused"


CAPABILITIES = {
    "keys": Capabilities(batch=2, replay=timedelta(hours=23)),
    "certain look-up": Capabilities(batch=2, look_up=LookUp.CERTAIN),
    "positive look-up": Capabilities(batch=2, look_up=LookUp.POSITIVE),
    "neither": Capabilities(batch=2),
}


@dataclass(slots=True, kw_only=True)
class MemoryService:
    """`troubles` come one a call, `shut` refuses all; `accepted` has each mail's id as often as it was taken.

    `interruption` is what happens, once, while a call is under way: before it arrives, or after it was answered.
    """

    capabilities: Capabilities
    clock: Callable[[], datetime]
    name: str = "memory"
    interruption: Callable[[], None] | None = None
    shut: bool = False
    troubles: deque[Trouble] = field(default_factory=deque)
    accepted: Counter[str] = field(default_factory=Counter)
    _answers: dict[str, tuple[datetime, str, tuple[Result, ...]]] = field(default_factory=dict)

    def send(self, key: str, messages: Sequence[Message]) -> tuple[Result, ...]:
        if self.capabilities.look_up is not LookUp.CERTAIN:  # such as files: what arrives there later is there already
            self._interrupt()
        results = self._send(key, messages, self.troubles.popleft() if self.troubles else None)
        self._interrupt()
        return results

    def look_up(self, message: Message) -> Result:
        if self.accepted[message.id]:
            return Result(outcome=Outcome.ACCEPTED)
        certain = self.capabilities.look_up is LookUp.CERTAIN
        return Result(outcome=Outcome.NOT_SENT if certain else Outcome.UNKNOWN, reason="it is not there")

    def close(self) -> None:
        """Nothing is open."""

    def _interrupt(self) -> None:
        interruption, self.interruption = self.interruption, None
        if interruption is not None:
            interruption()

    def _send(self, key: str, messages: Sequence[Message], trouble: Trouble | None) -> tuple[Result, ...]:
        if self.shut:
            raise ProviderError("The service is closed.")
        match trouble:
            case Trouble.NO_CONNECTION:
                raise ProviderError("The service cannot be reached.")
            case Trouble.THROTTLED:
                raise ProviderError("The service asks to wait.", retry_after=timedelta(seconds=30))
            case Trouble.CALL_LOST:
                raise ProviderError("The call was lost.", in_doubt=True)
        results = self._answer(key, messages, refuse_first=trouble is Trouble.FIRST_REFUSED)
        if trouble is Trouble.ANSWER_LOST:
            raise ProviderError("The answer was lost.", in_doubt=True)
        return results

    def _answer(self, key: str, messages: Sequence[Message], *, refuse_first: bool) -> tuple[Result, ...]:
        if self.capabilities.replay is not None and key in self._answers:
            at, payload, results = self._answers[key]
            if self.clock() < at + _KEYS_LIVE:
                assert payload == payload_hash(messages)
                return results
        results = tuple(
            self._refuse() if refuse_first and number == 0 else self._accept(message)
            for number, message in enumerate(messages)
        )
        self._answers[key] = self.clock(), payload_hash(messages), results
        return results

    def _accept(self, message: Message) -> Result:
        self.accepted[message.id] += 1
        return Result(outcome=Outcome.ACCEPTED, provider_message_id=f"memory-{message.id}")

    def _refuse(self) -> Result:
        return Result(outcome=Outcome.REJECTED, reason="the address is refused")
