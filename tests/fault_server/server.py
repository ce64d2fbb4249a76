"""A real HTTP server on loopback that speaks the APIs of mail services, fails as told, and keeps what it accepted.

Under `/_accepted` it tells what it has, under `/_faults` it takes commands (see docs/adding-a-provider.md).
"""

import contextlib
import json
import os
import socket
import struct
from collections import deque
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread
from typing import cast
from urllib.parse import parse_qsl, urlsplit

from tests.fault_server.brevo import Brevo
from tests.fault_server.faults import Fault, Faults
from tests.fault_server.journal import Journal
from tests.fault_server.mailgun import Mailgun
from tests.fault_server.mailjet import Mailjet
from tests.fault_server.postmark import Postmark
from tests.fault_server.resend import Resend
from tests.fault_server.sendgrid import SendGrid
from tests.fault_server.ses import Ses
from tests.fault_server.smtp import SmtpFace
from tests.fault_server.wire import Answer, Desk, Json, Request, Service

_ABORT = struct.pack("ii", 1, 0)  # SO_LINGER of no seconds: closing resets the connection


class FaultServer:
    """`faults` come one a request, in order; `refused` are the addresses that every service finds invalid."""

    def __init__(
        self,
        *,
        port: int = 0,
        log: Path | None = None,
        seed: int = 0,
        longest_hang: float = 10,
        faults: Sequence[Fault] = (),
    ) -> None:
        self.journal = Journal(log)
        self.requests: list[Request] = []
        self.refused: set[str] = set()
        self.connections: list[socket.socket] = []
        self.longest_hang = longest_hang
        self.hung = 0  # requests that were kept waiting for their answer
        self.released = Event()
        self._faults = Faults(seed)
        self._faults.waiting.extend(faults)
        self._services: tuple[Service, ...] = (Resend(), Postmark(), Ses(), Brevo(), SendGrid(), Mailjet(), Mailgun())
        self._lock = Lock()
        self._server = _HttpServer(self, port)
        self._smtp = SmtpFace(self)
        self._thread = Thread(target=self.serve, daemon=True)  # a test that fails before `stop` must not hang

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def smtp_port(self) -> int:
        return self._smtp.port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def faults(self) -> deque[Fault]:
        return self._faults.waiting

    def serve(self) -> None:
        """In this thread, until `stop`."""
        self._smtp.start()
        self._server.serve_forever(poll_interval=0.01)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._smtp.stop()
        for connection in self.connections:
            with contextlib.suppress(OSError):  # closed already
                connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()

    def strike(self, request: Request) -> Fault | None:
        with self._lock:
            self.requests.append(request)
            return self._faults.strike(look_up=request.is_look_up)

    def answer(self, request: Request, room: int | None = None) -> Answer:
        """The service's true answer; what it accepted is on disk before anybody hears of it."""
        service = next((each for each in self._services if each.owns(request.path)), None)
        if service is None:
            return Answer(status=404, body={"message": "nobody here"})
        with self._lock:
            answer = service.answer(request, Desk(journal=self.journal, refused=self.refused, room=room))
            self.journal.flush()
        return answer

    def take(self, service: str, *, mid: str, to: str, mail: Json) -> None:
        """A mail that came by SMTP; it is on disk before its sender hears of it."""
        with self._lock:
            self.journal.accept(service, mid=mid, to=to, mail=mail)
            self.journal.flush()

    def command(self, request: Request) -> Answer:
        """The server's own pages: GET /_accepted; POST, or DELETE, /_faults."""
        with self._lock:
            match request.method, request.path:
                case "GET", "/_accepted":
                    return Answer(status=200, body=self._accepted())
                case "POST", "/_faults":
                    return self._add_fault(request.body)
                case "DELETE", "/_faults":
                    self._faults.waiting.clear()
                    return Answer(status=200, body={})
        return Answer(status=404, body={"message": "GET /_accepted, POST /_faults or DELETE /_faults"})

    def _accepted(self) -> dict[str, object]:
        mails = [
            {"service": each.service, "mid": each.mid, "to": each.to, "key": each.key, "provider_id": each.provider_id}
            for each in self.journal.accepted
        ]
        counts = {"counts": self.journal.counts, "requests": len(self.requests)}
        return {"accepted": mails, "smtp_port": self.smtp_port} | counts

    def _add_fault(self, body: bytes) -> Answer:
        try:
            self._faults.add(json.loads(body))
        except (ValueError, TypeError) as error:
            return Answer(status=400, body={"message": str(error)})
        return Answer(status=200, body={"waiting": len(self._faults.waiting)})


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for each
    request_queue_size = 64

    def __init__(self, faulty: FaultServer, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.faulty = faulty


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def faulty(self) -> FaultServer:
        return cast(_HttpServer, self.server).faulty

    def setup(self) -> None:
        super().setup()
        self.faulty.connections.append(self.connection)

    def do_POST(self) -> None:
        self._handle()

    def do_GET(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def _handle(self) -> None:
        url = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=url.path,
            query=dict(parse_qsl(url.query)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers.get("content-length", 0))),
        )
        if request.path.startswith("/_"):
            self._say(self.faulty.command(request))
        elif (fault := self.faulty.strike(request)) is not None:
            self._fail(fault, request)
        else:
            self._say(self.faulty.answer(request))

    def _fail(self, fault: Fault, request: Request) -> None:
        if fault.hides:
            self._say(Answer(status=200, body={"TotalCount": 0, "Messages": [], "items": [], "events": [], "Data": []}))
            return
        if fault.part is not None and not fault.accepts:
            self._say(self.faulty.answer(request, fault.part))
            return
        if fault.accepts:
            self.faulty.answer(request, fault.part)
        if fault.hangs:
            self.faulty.hung += 1
            self.faulty.released.wait(self.faulty.longest_hang)
        if fault.resets:
            self._reset()
        elif fault.status is None:
            self.close_connection = True
        else:
            self._write(fault.status, fault.body, fault.headers)

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        os.close(self.connection.detach())

    def _say(self, answer: Answer) -> None:
        self._write(answer.status, json.dumps(answer.body).encode(), answer.headers)

    def _write(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in ({"content-length": str(len(body))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""
