"""What comes in and what goes out, and what every service on the server has in common."""

from dataclasses import dataclass, field
from typing import Protocol

from tests.fault_server.journal import Journal

API_KEY = "re_SecretSecret123"  # of every service here; for SES it is the secret access key
ACCESS_KEY_ID = "AKIDEXAMPLE"
REGION = "eu-west-1"
DOMAIN = "mg.studio.example"

Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`headers` by their names in small letters."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def is_look_up(self) -> bool:
        return self.method == "GET"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    body: object
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Desk:
    """What a service decides by: `refused` are addresses it finds invalid, `room` is for how many mails it has any."""

    journal: Journal
    refused: set[str]
    room: int | None = None

    def refuses(self, recipient: object) -> bool:
        return any(address in str(recipient) for address in self.refused)

    def has_room(self, taken: int) -> bool:
        return self.room is None or taken < self.room


class Service(Protocol):
    """One vendor's API: which requests are its own, and its answer to them."""

    @property
    def name(self) -> str: ...

    def owns(self, path: str) -> bool: ...

    def answer(self, request: Request, desk: Desk) -> Answer: ...
