"""Mailgun as the server speaks it: one template for up to a thousand readers, all or nothing, and its events.

Templates are read the meanest way: whatever looks like a variable is filled, and what came in is read once more.
"""

import json
import re
from base64 import b64encode
from email import message_from_bytes
from email.message import Message
from typing import cast
from urllib.parse import parse_qsl

from tests.fault_server.wire import API_KEY, DOMAIN, Answer, Desk, Json, Request

_VARIABLE = re.compile(r"%recipient(?:\.([^%]*)|_[a-z]+)?%", re.IGNORECASE)
_MOST_OPTIONS = 16 * 1024
_FILE_NAME = re.compile(r'filename="([^"]*)"')


class Mailgun:
    name = "mailgun"

    def owns(self, path: str) -> bool:
        return path.startswith("/v3/")

    def answer(self, request: Request, desk: Desk) -> Answer:
        expected = b64encode(f"api:{API_KEY}".encode()).decode()
        given = request.headers.get("authorization", "")
        if given != f"Basic {expected}":
            return Answer(status=401, body={"message": f"Forbidden: {given}"})
        if request.path == f"/v3/{DOMAIN}/messages":
            return self._send(request, desk)
        if request.path == f"/v3/{DOMAIN}/events":
            return self._events(request, desk)
        if request.path.rpartition("/")[0] == f"/v3/{DOMAIN}":
            return _suppressed(request, desk)
        return Answer(status=404, body={"message": "Domain not found: " + request.path})

    def _send(self, request: Request, desk: Desk) -> Answer:
        form = fields_of(request)
        readers = [reader for reader in form.pop("to", "").split(", ") if reader]
        if fault := _fault(readers, form, desk):
            return Answer(status=400, body={"message": fault})
        variables = json.loads(form["recipient-variables"])
        batch_id = form.get("h:Message-Id", f"<mailgun-{len(desk.journal.accepted) + 1}@{DOMAIN}>")
        files = _files(request)
        unlike = {_address(reader).lower(): reader for reader in readers}  # "duplicate addresses are ignored"
        for reader in unlike.values():
            mail = _mail(form, reader, variables[_address(reader)]) | {"files": files}
            desk.journal.accept_under(
                batch_id.strip("<>"), self.name, mid=str(mail["v:mid"]), to=_address(reader), mail=mail
            )
        return Answer(status=200, body={"id": batch_id, "message": "Queued. Thank you."})

    def _events(self, request: Request, desk: Desk) -> Answer:
        items = [
            {
                "event": "accepted",
                "recipient": each.to,
                "user-variables": {"mid": each.mid},
                "message": {"headers": {"message-id": each.provider_id}},
            }
            for each in desk.journal.find(self.name, to=request.query.get("recipient", ""))
        ]
        return Answer(status=200, body={"items": items, "paging": {}})


def _suppressed(request: Request, desk: Desk) -> Answer:
    """Page by page; the last one is empty, and each names the next by its whole address."""
    name, start = request.path.rpartition("/")[2], int(request.query.get("page", "0"))
    listed = sorted(desk.refused)[start:] if name == "bounces" else []
    page = listed[: min(int(request.query["limit"]), 1000)]
    entry = {"code": "550", "error": "No such mailbox", "created_at": "Fri, 20 Nov 2026 09:30:00 UTC"}
    following = f"http://{request.headers['host']}{request.path}?limit=1000&page={start + len(page)}"
    items = [{"address": each} | entry for each in page]
    return Answer(status=200, body={"items": items, "paging": {"next": following}})


def fields_of(request: Request) -> dict[str, str]:
    """The fields of a form by their names; what comes several times, such as `to`, in one line."""
    fields: dict[str, str] = {}
    for name, value in _form(request):
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields


def _form(request: Request) -> list[tuple[str, str]]:
    """In either of the forms that Mailgun takes."""
    content_type = request.headers["content-type"]
    if content_type == "application/x-www-form-urlencoded":
        return parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True)
    form = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + request.body)
    parts = [part for part in form.walk() if part is not form]
    parts = [part for part in parts if part.get_filename() is None]
    names = [str(part.get_param("name", header="content-disposition")) for part in parts]
    return [
        (name, cast(bytes, part.get_payload(decode=True)).decode()) for name, part in zip(names, parts, strict=True)
    ]


def _files(request: Request) -> list[tuple[str, str, str, bytes]]:
    """Field, name, content type and content of each."""
    form = message_from_bytes(f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode() + request.body)
    return [
        (
            str(part.get_param("name", header="content-disposition")),
            _file_name(part),
            part.get_content_type(),
            cast(bytes, part.get_payload(decode=True)),
        )
        for part in form.walk()
        if part.get_filename() is not None
    ]


def _file_name(part: Message) -> str:
    """In UTF-8 as it is, which is how forms write it (RFC 7578 section 5.1), and mails do not."""
    written = dict(part.raw_items())["Content-Disposition"].encode("utf-8", "surrogateescape").decode()
    found = _FILE_NAME.search(written)
    return found[1] if found else ""


def _fault(readers: list[str], form: dict[str, str], desk: Desk) -> str:
    if not 0 < len(readers) <= 1000:
        return "to parameter is missing, or names more than 1000"
    if any(desk.refuses(reader) for reader in readers) or not desk.has_room(len(readers) - 1):
        return "to parameter is not a valid address. please check documentation"
    options = sum(len(name) + len(value) for name, value in form.items() if name[1:2] == ":")
    if options > _MOST_OPTIONS:
        return "Send options (parameters starting with o:, h:, v:, or t:) are limited to 16KB total"
    return ""


def _mail(form: dict[str, str], reader: str, variables: dict[str, str]) -> Json:
    """The mail as it arrives at one reader."""
    texts = {name: value for name, value in form.items() if name != "recipient-variables"}
    mail: Json = {name: filled(value, variables) for name, value in texts.items()}
    return mail | {"to": reader}


def filled(text: str, variables: dict[str, str]) -> str:
    """Filled twice, so that a value that looks like a variable would be read as one."""
    for _ in range(2):
        text = _VARIABLE.sub(lambda found: variables.get(found[1] or "", ""), text)
    return text


def _address(written: str) -> str:
    return written.rpartition("<")[2].rstrip(">")
