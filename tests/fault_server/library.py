"""A real HTTP server on loopback with prepared answers to questions: what a service says when it is asked."""

import json
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import cast
from urllib.parse import parse_qsl, urlsplit


class Library:
    """`answers` are by path, in the order they are given out; the last one is given again. One that is a number is a
    status without an answer. `whatever` is given out for every path, where it is set. `asked` are the questions, as
    path and query; `headers` those of the last one.
    """

    def __init__(self, answers: Mapping[str, list[object]] | None = None) -> None:
        self.answers: dict[str, list[object]] = dict(answers or {})
        self.whatever: list[object] = []
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.headers: dict[str, str] = {}
        self._server = _Server(self)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, object]:
        self.asked.append((path, query))
        waiting = self.whatever or self.answers.get(path)
        if not waiting:
            return 404, {"message": "nobody here"}
        found = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return (found, {"message": "no: secret-key-0123456789"}) if isinstance(found, int) else (200, found)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, library: Library) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.library = library


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        library, url = cast(_Server, self.server).library, urlsplit(self.path)
        library.headers = {name.lower(): value for name, value in self.headers.items()}
        status, answer = library.answer(url.path, dict(parse_qsl(url.query)))
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        if status == 429:
            self.send_header("retry-after", "1200")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""
