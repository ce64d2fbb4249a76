"""Postmark as the server speaks it: batches with an answer for each mail, and the search by metadata."""

import json

from tests.fault_server.wire import API_KEY, Answer, Desk, Json, Request

_INACTIVE = (
    "You tried to send to a recipient that has been marked as inactive. Found inactive addresses: {}. "
    "Inactive recipients are ones that have generated a hard bounce, a spam complaint, or a manual suppression."
)


class Postmark:
    name = "postmark"

    def owns(self, path: str) -> bool:
        return path in ("/email/batch", "/messages/outbound") or path.startswith("/message-streams/")

    def answer(self, request: Request, desk: Desk) -> Answer:
        token = request.headers.get("x-postmark-server-token")
        if token != API_KEY:
            return Answer(status=401, body={"ErrorCode": 10, "Message": f"No server has the token {token}."})
        if request.path.startswith("/message-streams/"):
            return _suppressed(request, desk)
        return self._search(request, desk) if request.is_look_up else self._send(request, desk)

    def _send(self, request: Request, desk: Desk) -> Answer:
        mails = json.loads(request.body)
        if len(mails) > 500:
            return Answer(status=422, body={"ErrorCode": 410, "Message": "Too many batch messages."})
        answers: list[Json] = []
        taken = 0
        for mail in mails:
            answers.append(_answer(mail, desk, taken))
            taken += answers[-1]["ErrorCode"] == 0
        return Answer(status=200, body=answers)

    def _search(self, request: Request, desk: Desk) -> Answer:
        """`count` and `offset` are required, and of metadata only one field may be asked for."""
        if not {"count", "offset"} <= set(request.query):
            return Answer(status=422, body={"ErrorCode": 600, "Message": "count and offset are required."})
        mid, recipient = request.query.get("metadata_mid", ""), request.query.get("recipient", "")
        stream = request.query.get("messagestream", "outbound")
        found = [
            {"MessageID": each.provider_id, "Status": "Sent", "Metadata": {"mid": each.mid}}
            for each in desk.journal.find(self.name, mid=mid, to=recipient)
            if each.mail.get("MessageStream", stream) == stream
        ]
        return Answer(status=200, body={"TotalCount": len(found), "Messages": found})


def _suppressed(request: Request, desk: Desk) -> Answer:
    """Each stream has its own list; all of it at once."""
    listed = sorted(desk.refused) if request.path == "/message-streams/broadcast/suppressions/dump" else []
    entry = {"SuppressionReason": "HardBounce", "Origin": "Recipient", "CreatedAt": "2026-11-20T04:30:00-05:00"}
    return Answer(status=200, body={"Suppressions": [{"EmailAddress": each} | entry for each in listed]})


def _answer(mail: Json, desk: Desk, taken: int) -> Json:
    recipient = str(mail["To"]).rpartition("<")[2].rstrip(">")
    if desk.refuses(recipient):
        return {"ErrorCode": 406, "Message": _INACTIVE.format(recipient)}
    if not desk.has_room(taken):
        return {"ErrorCode": 429, "Message": "Rate limit exceeded."}
    metadata = mail["Metadata"]
    mid = str(metadata["mid"]) if isinstance(metadata, dict) else ""
    accepted = desk.journal.accept("postmark", mid=mid, to=recipient, mail=mail)
    return {"ErrorCode": 0, "Message": "OK", "MessageID": accepted.provider_id, "To": recipient}
