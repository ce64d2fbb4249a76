"""Resend as the server speaks it: single mails and batches, under idempotency keys."""

import hashlib
import json
from typing import cast

from tests.fault_server.journal import Remembered
from tests.fault_server.wire import API_KEY, Answer, Desk, Json, Request


class Resend:
    """The same key with the same body gets the first answer; with another body a conflict."""

    name = "resend"

    def owns(self, path: str) -> bool:
        return path in ("/emails", "/emails/batch", "/suppressions")

    def answer(self, request: Request, desk: Desk) -> Answer:
        if request.headers.get("authorization") != f"Bearer {API_KEY}":
            return _error(401, "invalid_api_key", f"{request.headers.get('authorization')} is invalid")
        if request.path == "/suppressions":
            return _suppressed(request, desk)
        key, fingerprint = request.headers.get("idempotency-key", ""), hashlib.sha256(request.body).hexdigest()
        if key and (known := desk.journal.recall(key)) is not None:
            if known.fingerprint != fingerprint:
                return _error(409, "invalid_idempotent_request", "another payload")
            return Answer(status=known.status, body=known.body)
        answer = self._take(request, desk, key)
        if answer.status == 200:
            desk.journal.remember(Remembered(key=key, fingerprint=fingerprint, status=200, body=answer.body))
        return answer

    def _take(self, request: Request, desk: Desk, key: str) -> Answer:
        mails = json.loads(request.body)
        if request.path == "/emails":
            if desk.refuses(mails["to"]) or not desk.has_room(0):
                return _error(422, "validation_error", "Invalid `to` field.")
            return Answer(status=200, body=_accept(desk, mails, key))
        if not 0 < len(mails) <= 100 or request.headers.get("x-batch-validation") != "permissive":
            return _error(422, "validation_error", "1 to 100 mails, permissively")
        data: list[Json] = []
        errors: list[Json] = []
        for index, mail in enumerate(mails):
            if desk.refuses(mail["to"]) or not desk.has_room(len(data)):
                errors.append({"index": index, "message": "Invalid `to` field."})
            else:
                data.append(_accept(desk, mail, key))
        return Answer(status=200, body={"data": data, "errors": errors})


def _suppressed(request: Request, desk: Desk) -> Answer:
    """Page by page, after the id of the last one."""
    listed, after = sorted(desk.refused), request.query.get("after")
    start = 0 if after is None else listed.index(after.removeprefix("id-")) + 1
    page = listed[start : start + min(int(request.query["limit"]), 100)]
    entry: Json = {"origin": "bounce", "source_id": None, "created_at": "2026-11-20 09:30:00.000+00"}
    data = [{"id": f"id-{each}", "email": each} | entry for each in page]
    return Answer(status=200, body={"object": "list", "has_more": start + len(page) < len(listed), "data": data})


def _accept(desk: Desk, mail: Json, key: str) -> Json:
    (recipient,) = cast(list[str], mail["to"])
    tags = {tag["name"]: tag["value"] for tag in cast(list[dict[str, str]], mail["tags"])}
    accepted = desk.journal.accept("resend", mid=tags["mid"], to=_address(recipient), key=key, mail=mail)
    return {"id": accepted.provider_id}


def _address(written: str) -> str:
    return written.rpartition("<")[2].rstrip(">")


def _error(status: int, name: str, message: str) -> Answer:
    return Answer(status=status, body={"statusCode": status, "name": name, "message": message})
