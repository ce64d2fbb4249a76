"""A mail service that takes everything and sends nothing: it stands in for another one in a forecast."""

from collections.abc import Sequence

from newsletter.domain.delivery import Outcome, Result
from newsletter.domain.message import Message
from newsletter.providers.base import Capabilities, Provider, require_batch


class SilentProvider:
    """Goes by the name of the service it stands in for, and takes calls of the same size."""

    def __init__(self, stands_for: Provider) -> None:
        self._name = stands_for.name
        self._capabilities = stands_for.capabilities

    @property
    def name(self) -> str:
        return self._name

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    def send(self, key: str, messages: Sequence[Message]) -> tuple[Result, ...]:  # noqa: ARG002 - nothing leaves
        require_batch(self, messages)
        return tuple(Result(outcome=Outcome.ACCEPTED) for _ in messages)

    def look_up(self, message: Message) -> Result:  # noqa: ARG002 - it takes everything
        return Result(outcome=Outcome.ACCEPTED)

    def close(self) -> None:
        """Nothing is held open."""
