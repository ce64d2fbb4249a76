"""Brevo as the server speaks it: versions of one mail, keys that are answered once, events and blocked contacts.

Templates are read the meanest way: whatever looks like one is gone, wherever it stands.
"""

import json
import re
from typing import Any, cast

from tests.fault_server.journal import Accepted, Remembered
from tests.fault_server.wire import API_KEY, Answer, Desk, Json, Request

_TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_TEXTS = ("subject", "htmlContent", "textContent")


class Brevo:
    name = "brevo"

    def owns(self, path: str) -> bool:
        return path.startswith("/v3/smtp/")

    def answer(self, request: Request, desk: Desk) -> Answer:
        given = request.headers.get("api-key")
        if given != API_KEY:
            return _error(401, "unauthorized", f"Key not found: {given}")
        match request.method, request.path:
            case "POST", "/v3/smtp/email":
                return self._send(json.loads(request.body), desk)
            case "GET", "/v3/smtp/statistics/events":
                return self._events(request, desk)
            case "GET", "/v3/smtp/blockedContacts":
                return _blocked(request, desk)
        return _error(404, "document_not_found", f"Unknown path {request.path}")

    def _send(self, call: dict[str, Any], desk: Desk) -> Answer:
        """All or nothing."""
        key = f"brevo {call['headers'].pop('idempotencyKey')}"
        if desk.journal.recall(key) is not None:
            return _error(400, "duplicate_parameter", "Request already processed")
        versions: list[dict[str, Any]] | None = call.pop("messageVersions", None)
        mails = [_merged(call, version) for version in versions or [{}]]
        if fault := _fault(mails, desk):
            return _error(400, *fault)
        ids = [f"<{self._accept(mail, desk)}>" for mail in mails]
        desk.journal.remember(Remembered(key=key, fingerprint="", status=201, body={}))
        return Answer(status=201, body={"messageId": ids[0]} if versions is None else {"messageIds": ids})

    def _accept(self, mail: dict[str, Any], desk: Desk) -> str:
        mid, to = mail["headers"]["X-Mailin-custom"], mail["to"][0]["email"]
        return desk.journal.accept(self.name, mid=mid, to=to, mail=mail).provider_id

    def _events(self, request: Request, desk: Desk) -> Answer:
        events: list[Json] = [
            {"event": "requests", "email": each.to, "tag": _tag(each), "messageId": f"<{each.provider_id}>", "date": ""}
            for each in desk.journal.find(self.name, to=request.query["email"])
        ]
        return Answer(status=200, body={"events": events})


def _tag(accepted: Accepted) -> str:
    """Of an earlier run, the tags are not known any more."""
    (tag,) = cast(list[str], accepted.mail.get("tags", [f"mid-{accepted.mid}"]))
    return tag


def _merged(call: dict[str, Any], version: dict[str, Any]) -> dict[str, Any]:
    """The mail as it arrives: what a version has takes the place of what all have."""
    mail = call | version | {"headers": call["headers"] | version.get("headers", {})}
    return mail | {name: _TEMPLATE.sub("", mail[name]) for name in _TEXTS if name in mail}


def _fault(mails: list[dict[str, Any]], desk: Desk) -> tuple[str, str] | None:
    if len(mails) > 1000:
        return "out_of_range", "messageVersions: not more than 1000"
    for number, mail in enumerate(mails):
        if missing := {"sender", "to", "subject", "htmlContent"} - set(mail):
            return "missing_parameter", f"{min(missing)} is missing"
        if not all(value.isascii() for value in mail["headers"].values()):
            return "invalid_parameter", "headers are not valid"
        if desk.refuses(mail["to"]) or not desk.has_room(number):
            return "invalid_parameter", f"email is not valid in messageVersions[{number}].to"
    return None


def _blocked(request: Request, desk: Desk) -> Answer:
    offset, limit = int(request.query["offset"]), int(request.query["limit"])
    contacts = [
        {
            "email": address,
            "reason": {"code": "hardBounce", "message": "Hard bounced"},
            "blockedAt": "2026-11-20T09:30:00.000Z",
        }
        for address in sorted(desk.refused)
    ]
    return Answer(status=200, body={"count": len(contacts), "contacts": contacts[offset : offset + min(limit, 100)]})


def _error(status: int, code: str, message: str) -> Answer:
    return Answer(status=status, body={"code": code, "message": message})
