"""Mailjet as the server speaks it: batches of 50 with an answer for each mail, the list by CustomID, the contacts."""

import json
from base64 import b64encode
from typing import Any

from tests.fault_server.wire import ACCESS_KEY_ID, API_KEY, Answer, Desk, Json, Request

_KEYS = frozenset(
    [
        "From",
        "To",
        "ReplyTo",
        "Subject",
        "TextPart",
        "HTMLPart",
        "TemplateLanguage",
        "TrackOpens",
        "TrackClicks",
        "CustomID",
        "Headers",
        "Attachments",
        "InlinedAttachments",
    ]
)


class Mailjet:
    name = "mailjet"

    def owns(self, path: str) -> bool:
        return path == "/v3.1/send" or path.startswith("/v3/REST/")

    def answer(self, request: Request, desk: Desk) -> Answer:
        expected = b64encode(f"{ACCESS_KEY_ID}:{API_KEY}".encode()).decode()
        given = request.headers.get("authorization", "")
        if given != f"Basic {expected}":
            return Answer(status=401, body=_error(401, "mj-0001", f"API key authorization failure: {given}"))
        match request.method, request.path:
            case "POST", "/v3.1/send":
                return self._send(json.loads(request.body)["Messages"], desk)
            case "GET", "/v3/REST/message":
                return self._messages(request, desk)
            case "GET", "/v3/REST/contact":
                return _contacts(request, desk)
        return Answer(status=404, body=_error(404, "mj-0404", f"No resource {request.path}"))

    def _send(self, mails: list[dict[str, Any]], desk: Desk) -> Answer:
        if not 0 < len(mails) <= 50:
            return Answer(status=400, body=_error(400, "mj-0020", "The number of Messages exceeds the maximum of 50."))
        answers: list[Json] = []
        taken = 0
        for mail in mails:
            answers.append(self._answer(mail, desk, taken))
            taken += answers[-1]["Status"] == "success"
        return Answer(status=200 if taken else 400, body={"Messages": answers})

    def _answer(self, mail: dict[str, Any], desk: Desk, taken: int) -> Json:
        address = mail["To"][0]["Email"]
        if unknown := set(mail) - _KEYS:
            return _refusal("mj-0031", "is not a valid property", min(unknown))
        if "List-Id" in mail["Headers"]:
            return _refusal("send-0011", "Header cannot be customized using the Headers collection.", "Headers.List-Id")
        if desk.refuses(address):
            return _refusal("mj-0013", f'"{address}" is an invalid email address.', "To[0].Email")
        if not desk.has_room(taken):
            return {"Status": "error", "Errors": [_error(429, "mj-0099", "Too many messages.")]}
        accepted = desk.journal.accept(self.name, mid=mail["CustomID"], to=address, mail=mail)
        to = {"Email": address, "MessageUUID": "", "MessageID": _number(accepted.provider_id), "MessageHref": ""}
        return {"Status": "success", "CustomID": mail["CustomID"], "To": [to], "Cc": [], "Bcc": []}

    def _messages(self, request: Request, desk: Desk) -> Answer:
        shown = request.query.get("ShowCustomID") == "true"
        found = [
            {"ID": _number(each.provider_id), "Status": "sent"} | ({"CustomID": each.mid} if shown else {})
            for each in desk.journal.find(self.name, mid=request.query["CustomID"])
        ]
        return Answer(status=200, body={"Count": len(found), "Data": found, "Total": len(found)})


def _contacts(request: Request, desk: Desk) -> Answer:
    offset, limit = int(request.query["Offset"]), int(request.query["Limit"])
    contacts = [
        {"Email": each, "IsExcludedFromCampaigns": True, "ExclusionFromCampaignsUpdatedAt": "2026-11-20T09:30:00Z"}
        for each in sorted(desk.refused)
    ]
    return Answer(status=200, body={"Data": contacts[offset : offset + min(limit, 1000)]})


def _number(provider_id: str) -> int:
    return 1152921500000000000 + int(provider_id.rpartition("-")[2])


def _refusal(code: str, message: str, field: str) -> Json:
    return {"Status": "error", "Errors": [_error(400, code, message) | {"ErrorRelatedTo": [field]}]}


def _error(status: int, code: str, message: str) -> Json:
    return {"ErrorIdentifier": "an-identifier", "ErrorCode": code, "StatusCode": status, "ErrorMessage": message}
