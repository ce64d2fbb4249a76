"""What the server accepted: the judge of "exactly once", in memory and, line by line, in a file that survives it."""

import json
import os
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """One mail. `mid` is our id for it, `key` names the call where the service knows keys; `mail` is in its words."""

    service: str
    mid: str
    to: str
    key: str
    provider_id: str
    mail: dict[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """The first answer to a call under a key."""

    key: str
    fingerprint: str
    status: int
    body: object


class Journal:
    """Of an earlier run with the same `log`, everything is known but the mails' content."""

    def __init__(self, log: Path | None = None) -> None:
        self.accepted: list[Accepted] = []
        self._answers: dict[str, Remembered] = {}
        self._unwritten: list[dict[str, object]] = []
        self._log = log
        if log is not None and log.exists():
            self._load(log)

    def accept(self, service: str, *, mid: str, to: str, key: str = "", mail: dict[str, object]) -> Accepted:
        number = len(self.accepted) + 1
        accepted = Accepted(service=service, mid=mid, to=to, key=key, provider_id=f"{service}-{number}", mail=mail)
        return self._add(accepted)

    def accept_under(self, provider_id: str, service: str, *, mid: str, to: str, mail: dict[str, object]) -> Accepted:
        """A mail that shares the service's id with others, or has one of ours."""
        return self._add(Accepted(service=service, mid=mid, to=to, key="", provider_id=provider_id, mail=mail))

    def remember(self, answer: Remembered) -> None:
        self._answers[answer.key] = answer
        self._unwritten.append({"remembered": asdict(answer)})

    def recall(self, key: str) -> Remembered | None:
        return self._answers.get(key)

    def find(self, service: str, *, mid: str = "", to: str = "") -> list[Accepted]:
        """The mails of a service with that id, or to that reader."""
        return [
            each
            for each in self.accepted
            if each.service == service and mid in ("", each.mid) and to.lower() in ("", each.to.lower())
        ]

    @property
    def counts(self) -> dict[str, int]:
        """How often each mail was accepted, by our id."""
        return dict(Counter(each.mid for each in self.accepted))

    def flush(self) -> None:
        """Everything since the last time, on disk before anybody is answered: what is not there was not accepted."""
        lines, self._unwritten = self._unwritten, []
        if self._log is None or not lines:
            return
        with self._log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _add(self, accepted: Accepted) -> Accepted:
        self.accepted.append(accepted)
        self._unwritten.append({"accepted": _in_short(accepted)})
        return accepted

    def _load(self, log: Path) -> None:
        content = log.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]  # a line that was being written when the server died is no line
        os.truncate(log, len(whole))
        for line in whole.splitlines():
            for entry in json.loads(line):
                if "accepted" in entry:
                    self.accepted.append(Accepted(**entry["accepted"]))
                else:
                    answer = Remembered(**entry["remembered"])
                    self._answers[answer.key] = answer


def _in_short(accepted: Accepted) -> dict[str, object]:
    return {name: value for name, value in asdict(accepted).items() if name != "mail"}
