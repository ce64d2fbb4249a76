"""SendGrid as the server speaks it: one text with substitutions for up to a thousand readers, all or nothing.

Substitutions are made the meanest way: in the order given, and what came in is read once more.
"""

import json
from typing import Any

from tests.fault_server.wire import API_KEY, Answer, Desk, Request

_KEYS = {"personalizations", "from", "reply_to", "subject", "content", "attachments", "tracking_settings"}
_OWN_KEYS = {"to", "headers", "custom_args", "substitutions"}


class SendGrid:
    name = "sendgrid"

    def owns(self, path: str) -> bool:
        return path == "/v3/mail/send" or path.startswith("/v3/suppression/")

    def answer(self, request: Request, desk: Desk) -> Answer:
        given = request.headers.get("authorization")
        if given != f"Bearer {API_KEY}":
            return _errors(401, ("", f"The provided authorization grant is invalid: {given}"))
        if request.method == "GET":
            return _suppressed(request, desk)
        call = json.loads(request.body)
        if faults := _faults(call, desk):
            return _errors(400, *faults)
        id = f"sendgrid-{len(desk.journal.accepted) + 1}"
        for personalization in call["personalizations"]:
            mail = _mail(call, personalization)
            mid, to = personalization["custom_args"]["mid"], personalization["to"][0]["email"]
            desk.journal.accept_under(id, self.name, mid=mid, to=to, mail=mail)
        return Answer(status=202, body="", headers={"x-message-id": id})


def _faults(call: dict[str, Any], desk: Desk) -> list[tuple[str, str]]:
    own = call["personalizations"]
    addresses = [each["to"][0]["email"].lower() for each in own]
    if not 0 < len(own) <= 1000:
        return [("personalizations", "The personalization block is limited to 1000 personalizations per API request.")]
    if len(set(addresses)) < len(addresses):
        return [("personalizations", "Each unique email address should only be included once.")]
    if unknown := (set(call) - _KEYS) | {key for each in own for key in set(each) - _OWN_KEYS}:
        return [(min(unknown), "Additional property is not allowed")]
    if [part["type"] for part in call["content"]] not in (["text/plain", "text/html"], ["text/plain"], ["text/html"]):
        return [("content", "text/plain must be first, then text/html")]
    if not call["subject"] or not all(part["value"] for part in call["content"]):
        return [("content", "The content value must be a string at least one character in length.")]
    return [
        (f"personalizations.{number}.to.0.email", "Does not contain a valid address.")
        for number, address in enumerate(addresses)
        if desk.refuses(address) or not desk.has_room(number)
    ]


def _mail(call: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The mail as it arrives at one reader."""
    substitutions = own.get("substitutions", {})
    texts = {part["type"]: filled(part["value"], substitutions) for part in call["content"]}
    common = {name: value for name, value in call.items() if name not in ("personalizations", "content")}
    return common | own | {"subject": filled(call["subject"], substitutions), "content": texts}


def filled(text: str, substitutions: dict[str, str]) -> str:
    """Filled twice, so that a value that looks like a tag would be read as one."""
    for tag, value in [*substitutions.items(), *substitutions.items()]:
        text = text.replace(tag, value)
    return text


def _suppressed(request: Request, desk: Desk) -> Answer:
    offset, limit = int(request.query["offset"]), int(request.query["limit"])
    listed = sorted(desk.refused) if request.path.endswith("/bounces") else []
    entries = [{"created": 1795426200, "email": each, "reason": "550 5.1.1", "status": "5.1.1"} for each in listed]
    return Answer(status=200, body=entries[offset : offset + min(limit, 500)])


def _errors(status: int, *faults: tuple[str, str]) -> Answer:
    errors = [{"message": message, "field": field or None, "help": None} for field, message in faults]
    return Answer(status=status, body={"errors": errors})
