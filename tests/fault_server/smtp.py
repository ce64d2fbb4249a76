"""Any mail server as the fault server speaks it: SMTP with PIPELINING, each mail one request for the faults to come."""

import contextlib
import os
import re
import socket
import struct
from collections.abc import Callable, Iterator
from email import message_from_bytes
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from typing import Protocol, cast

from tests.fault_server.faults import Fault
from tests.fault_server.wire import Json, Request

_ABORT = struct.pack("ii", 1, 0)  # SO_LINGER of no seconds: closing resets the connection
_ADDRESS = re.compile(rb"<([^>]*)>")
_DELIVERY = Request(method="POST", path="", query={}, headers={}, body=b"")
_GREETING = b"250-fault.test\r\n250-PIPELINING\r\n250-SIZE 50000000\r\n250 SMTPUTF8\r\n"
_TRY_AGAIN = b"451 4.3.0 try again later\r\n"


class Office(Protocol):
    """What the mail server needs of the fault server it belongs to."""

    longest_hang: float
    hung: int
    released: Event
    refused: set[str]

    def strike(self, request: Request) -> Fault | None: ...

    def take(self, service: str, *, mid: str, to: str, mail: Json) -> None: ...


class SmtpFace:
    """On a port of its own, for as long as the fault server runs."""

    def __init__(self, office: Office) -> None:
        self._server = _Server(office)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        for connection in self._server.connections:
            with contextlib.suppress(OSError):  # closed already
                connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()


class _Server(ThreadingTCPServer):
    daemon_threads = False
    allow_reuse_address = True

    def __init__(self, office: Office) -> None:
        self.office = office
        self.connections: list[socket.socket] = []
        super().__init__(("127.0.0.1", 0), _Session)


class _Session(StreamRequestHandler):
    def setup(self) -> None:
        super().setup()
        self.office = cast(_Server, self.server).office
        cast(_Server, self.server).connections.append(self.connection)
        self.recipient = ""

    def handle(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # ValueError: the connection was reset by ourselves
            self._say(b"220 fault.test\r\n")
            for line in self.rfile:
                answer = self._commands.get(line[:4].upper().strip())
                if answer is None:
                    self._say(b"500 what?\r\n")
                elif not answer(self, line):
                    return

    def _hello(self, _: bytes) -> bool:
        return self._say(_GREETING)

    def _fine(self, _: bytes) -> bool:
        self.recipient = ""
        return self._say(b"250 fine\r\n")

    def _quit(self, _: bytes) -> bool:
        self._say(b"221 bye\r\n")
        return False

    def _rcpt(self, line: bytes) -> bool:
        found = _ADDRESS.search(line)
        address = found[1].decode() if found else ""
        if not address or address in self.office.refused:
            return self._say(b"550 5.1.1 no such user\r\n")
        self.recipient = address
        return self._say(b"250 recipient fine\r\n")

    def _data(self, _: bytes) -> bool:
        if not self.recipient:
            return self._say(b"503 5.5.1 a mail to whom?\r\n")
        self._say(b"354 go ahead\r\n")
        content = b"".join(self._content())
        fault = self.office.strike(_DELIVERY)
        if fault is None or fault.accepts:
            mid = str(message_from_bytes(content)["Message-ID"]).strip("<>").partition("@")[0]
            self.office.take("smtp", mid=mid, to=self.recipient, mail={"content": content.decode()})
        return self._say(b"250 2.0.0 queued\r\n") if fault is None else self._fail(fault)

    def _content(self) -> Iterator[bytes]:
        for line in self.rfile:
            if line == b".\r\n":
                return
            yield line.removeprefix(b".")
        raise ConnectionResetError  # without its dot, it is no mail

    def _fail(self, fault: Fault) -> bool:
        if fault.hangs:
            self.office.hung += 1
            self.office.released.wait(self.office.longest_hang)
        if fault.resets:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
            os.close(self.connection.detach())
            return False
        if fault.part is not None and not fault.accepts:
            return self._say(_TRY_AGAIN)
        match fault.status:
            case None:
                return False
            case status if status >= 500 and fault.accepts:  # no mail server says so: it would be a refusal
                return False
            case 429:
                self._say(b"421 4.7.0 slow down\r\n")
                return False
            case status if status >= 500:
                return self._say(_TRY_AGAIN)
        return self._say(b"what was that?\r\n")

    def _say(self, reply: bytes) -> bool:
        self.wfile.write(reply)
        return True

    _commands: dict[bytes, Callable[["_Session", bytes], bool]] = {  # noqa: RUF012 - never changed
        b"EHLO": _hello,
        b"HELO": _hello,
        b"MAIL": _fine,
        b"RSET": _fine,
        b"NOOP": _fine,
        b"RCPT": _rcpt,
        b"DATA": _data,
        b"QUIT": _quit,
    }
