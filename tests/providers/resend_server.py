"""A real HTTP server on loopback that speaks Resend's API, with its idempotency keys, and fails as it is told to."""

import contextlib
import json
import socket
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import cast

import pytest

API_KEY = "re_SecretSecret123"
_SPECIFICATION = Path(__file__).parents[3] / "shared" / "specs" / "resend.json"

Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`accepts`: the mail is taken before anything goes wrong. Without a `status` the connection is closed."""

    accepts: bool = False
    hangs: bool = False
    status: int | None = None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def error(status: int, name: str, message: str = "in plain words", **headers: str) -> Fault:
    body = json.dumps({"statusCode": status, "name": name, "message": message}).encode()
    return Fault(status=status, body=body, headers=headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    path: str
    headers: dict[str, str]
    body: bytes


class ResendServer:
    """`accepted` is what it took; `faults` come one a request; `refused` are the addresses it finds invalid."""

    def __init__(self) -> None:
        self.accepted: list[Json] = []
        self.requests: list[Request] = []
        self.faults: deque[Fault] = deque()
        self.refused: set[str] = set()
        self.released = Event()
        self._answers: dict[str, tuple[bytes, int, Json]] = {}
        self.connections: list[socket.socket] = []
        self._server = _HttpServer(self)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        for connection in self.connections:
            with contextlib.suppress(OSError):  # closed already
                connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()

    def answer(self, request: Request) -> tuple[int, Json]:
        """As Resend: the same key with the same body gets the first answer, with another body a conflict."""
        if request.headers.get("authorization") != f"Bearer {API_KEY}":
            echo = f"{request.headers.get('authorization')} is invalid"
            return 401, {"statusCode": 401, "name": "invalid_api_key", "message": echo}
        key = request.headers.get("idempotency-key", "")
        if key in self._answers:
            body, status, known = self._answers[key]
            if body != request.body:
                return 409, {"statusCode": 409, "name": "invalid_idempotent_request", "message": "another payload"}
            return status, known
        status, answer = self._take(request)
        if status == 200:
            self._answers[key] = (request.body, status, answer)
        return status, answer

    def _take(self, request: Request) -> tuple[int, Json]:
        mails = json.loads(request.body)
        if request.path == "/emails":
            if self._is_refused(mails):
                return 422, {"statusCode": 422, "name": "validation_error", "message": "Invalid `to` field."}
            return 200, self._accept(mails)
        assert request.path == "/emails/batch"
        assert request.headers.get("x-batch-validation") == "permissive"
        assert 0 < len(mails) <= 100
        data = [self._accept(mail) for mail in mails if not self._is_refused(mail)]
        errors = [
            {"index": index, "message": "Invalid `to` field."}
            for index, mail in enumerate(mails)
            if self._is_refused(mail)
        ]
        return 200, {"data": data, "errors": errors}

    def _is_refused(self, mail: Json) -> bool:
        return any(address in str(mail["to"]) for address in self.refused)

    def _accept(self, mail: Json) -> Json:
        self.accepted.append(mail)
        return {"id": f"resend-{len(self.accepted)}"}


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for each

    def __init__(self, resend: ResendServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.resend = resend


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def resend(self) -> ResendServer:
        return cast(_HttpServer, self.server).resend

    def setup(self) -> None:
        super().setup()
        self.resend.connections.append(self.connection)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(path=self.path, headers=headers, body=body)
        self.resend.requests.append(request)
        fault = self.resend.faults.popleft() if self.resend.faults else None
        if fault is None:
            status, answer = self.resend.answer(request)
            self._write(status, json.dumps(answer).encode(), {})
        else:
            self._fail(fault, request)

    def _fail(self, fault: Fault, request: Request) -> None:
        if fault.accepts:
            self.resend.answer(request)
        if fault.hangs:
            self.resend.released.wait(10)
        if fault.status is None:
            self.close_connection = True
        else:
            self._write(fault.status, fault.body, fault.headers)

    def _write(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in ({"content-length": str(len(body))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


def specification() -> Json:
    """Resend's own OpenAPI document, where a checkout has it beside it."""
    if not _SPECIFICATION.exists():
        pytest.skip("Resend's specification is not beside this checkout.")
    document: Json = json.loads(_SPECIFICATION.read_text("utf-8"))
    return document
