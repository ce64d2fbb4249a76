"""The fault server as the tests of Resend know it."""

import json
from pathlib import Path

import pytest

from tests.fault_server.faults import Fault
from tests.fault_server.server import FaultServer
from tests.fault_server.wire import API_KEY, Json

__all__ = ["API_KEY", "Fault", "ResendServer", "error", "specification"]

_SPECIFICATION = Path(__file__).parents[3] / "shared" / "specs" / "resend.json"


class ResendServer(FaultServer):
    """`accepted` is what it took, in Resend's words."""

    @property
    def accepted(self) -> list[Json]:
        return [each.mail for each in self.journal.accepted]


def error(status: int, name: str, message: str = "in plain words", **headers: str) -> Fault:
    body = json.dumps({"statusCode": status, "name": name, "message": message}).encode()
    return Fault(status=status, body=body, headers=headers)


def specification() -> Json:
    """Resend's own OpenAPI document, where a checkout has it beside it."""
    if not _SPECIFICATION.exists():
        pytest.skip("Resend's specification is not beside this checkout.")
    document: Json = json.loads(_SPECIFICATION.read_text("utf-8"))
    return document
