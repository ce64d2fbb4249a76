"""A calendar on loopback behind a secret address, with ETags, which can break in every way."""

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = "private-8f3a9c"


@dataclass
class CalendarServer:
    """Change the calendar by changing `body`. `answer` replaces what it says: (status, headers, body)."""

    body: bytes = b""
    answer: tuple[int, Mapping[str, str], bytes] | None = None
    statuses: list[int] = field(default_factory=list)  # of each request
    url: str = ""
    _server: ThreadingHTTPServer | None = None
    _thread: threading.Thread | None = None

    def start(self) -> None:
        handler = type("Handler", (_Handler,), {"calendar": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/calendar/{SECRET}/basic.ics"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def stop(self) -> None:
        if self._server and self._thread:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def answered(self, known: str | None) -> tuple[int, Mapping[str, str], bytes]:
        etag = f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'
        if known == etag:
            return 304, {"ETag": etag}, b""
        return 200, {"ETag": etag, "Content-Type": "text/calendar; charset=utf-8"}, self.body


class _Handler(BaseHTTPRequestHandler):
    calendar: CalendarServer

    def do_GET(self) -> None:
        status, headers, body = self.calendar.answer or self.calendar.answered(self.headers.get("If-None-Match"))
        self.calendar.statuses.append(status)
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def event(uid: str, ends: str, summary: str = "Reiki with Anna", *more: str) -> str:
    """An event that ends at that local time of London, such as 20260302T180000."""
    lines = [f"UID:{uid}", "DTSTAMP:20260301T000000Z", f"DTSTART;TZID=Europe/London:{ends[:9]}100000"]
    return "\r\n".join(
        ["BEGIN:VEVENT", *lines, f"DTEND;TZID=Europe/London:{ends}", f"SUMMARY:{summary}", *more, "END:VEVENT"]
    )


def calendar(*events: str) -> bytes:
    whole = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Juniper//EN", *events, "END:VCALENDAR", ""]
    return "\r\n".join(whole).encode()
