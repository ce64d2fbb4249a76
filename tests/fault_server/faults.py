"""What can go wrong on command, the next time or by chance."""

import json
from collections import deque
from dataclasses import dataclass, field
from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to one request instead of its answer. Without a `status` the connection is closed.

    `accepts`: the mail is taken before anything goes wrong. `part`: only so many mails of the call are taken, the
    others refused; the service says so, unless it also `accepts`: then that answer is lost. `look_up`: it strikes
    questions instead of mails, and one that `hides` finds nothing. With a `probability` it strikes again and again, by
    chance; without one, once.
    """

    accepts: bool = False
    part: int | None = None
    hangs: bool = False
    resets: bool = False
    look_up: bool = False
    hides: bool = False
    status: int | None = None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    probability: float | None = None


class Faults:
    """Those to come, in order; chance is the same for the same `seed`."""

    def __init__(self, seed: int = 0) -> None:
        self.waiting: deque[Fault] = deque()
        self._chance = Random(seed)

    def strike(self, *, look_up: bool) -> Fault | None:
        """The one that strikes now, if any."""
        for fault in list(self.waiting):
            if fault.look_up is not look_up:
                continue
            if fault.probability is None:
                self.waiting.remove(fault)
                return fault
            if self._chance.random() < fault.probability:
                return fault
        return None

    def add(self, command: dict[str, object]) -> None:
        """`{"kind": K, "times": n}` or `{"kind": K, "probability": p}`. Raises ValueError for what is no command."""
        given = dict(command)
        times = int(str(given.pop("times", 1)))
        self.waiting.extend([_fault(given)] * times)


_SLOW_DOWN = {"name": "rate_limit_exceeded", "message": "slow down", "ErrorCode": 429, "Message": "slow down"}
_OUT_OF_ORDER = {"name": "application_error", "message": "out of order"}
_KINDS = {
    "lose-answer": Fault(accepts=True),
    "close": Fault(),
    "part": Fault(part=1),
    "throttle": Fault(status=429, body=json.dumps(_SLOW_DOWN).encode()),
    "error": Fault(status=500, body=json.dumps(_OUT_OF_ORDER).encode()),
    "hang": Fault(hangs=True),
    "reset": Fault(resets=True),
    "garbage": Fault(accepts=True, status=200, body=b'[{"id": 7, "MessageID": '),
    "hide": Fault(look_up=True, hides=True),
}


def _fault(command: dict[str, object]) -> Fault:
    kind = _KINDS.get(str(command.pop("kind", "")))
    if kind is None:
        raise ValueError(f"kind is one of {', '.join(_KINDS)}")
    values = {name: getattr(kind, name) for name in kind.__slots__}
    if "retry_after" in command:
        values["headers"] = {"retry-after": str(command.pop("retry_after"))}
    unknown = set(command) - {"accepts", "part", "look_up", "status", "probability"}
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    return Fault(**values | command)
