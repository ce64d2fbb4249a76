"""The counter: what several calls bring at the same time is stored together, and each waits until it is there.

A durable transaction waits for the disk, and that is by far most of a call's time. One for all that came meanwhile is
as durable, and a service that calls for every single mail may call many times as often.
"""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

from newsletter.errors import HookError, StoreError

Brought = TypeVar("Brought")


class _Ticket(Generic[Brought]):
    __slots__ = ("brought", "error", "is_done")

    def __init__(self, brought: Brought) -> None:
        self.brought = brought
        self.is_done = False
        self.error: Exception | None = StoreError("It was not stored.", "Call again.")  # until it is


class Counter(Generic[Brought]):
    """`write` stores all that it is given in one transaction, and says of each what is wrong with it, or None."""

    def __init__(self, write: Callable[[Sequence[Brought]], Sequence[HookError | None]]) -> None:
        self._write = write
        self._waiting: list[_Ticket[Brought]] = []
        self._list = Lock()
        self._turn = Lock()

    def bring(self, brought: Brought) -> None:
        """Returns when it is stored. Raises what is wrong with it, or why nothing could be stored."""
        ticket = _Ticket(brought)
        with self._list:
            self._waiting.append(ticket)
        with self._turn:  # whoever gets it first writes for all who have come by then
            if not ticket.is_done:
                with self._list:
                    together, self._waiting = self._waiting, []
                self._write_all(together)
        if ticket.error is not None:
            raise ticket.error

    def _write_all(self, together: Sequence[_Ticket[Brought]]) -> None:
        try:
            faults: Sequence[Exception | None] = self._write([ticket.brought for ticket in together])
        except Exception as error:  # noqa: BLE001 -- it is raised in the thread of each call
            if len(together) > 1:  # one of them must not be the others' misfortune
                for ticket in together:
                    self._write_all([ticket])
                return
            faults = [error]
        for ticket, fault in zip(together, faults, strict=True):
            ticket.error, ticket.is_done = fault, True
