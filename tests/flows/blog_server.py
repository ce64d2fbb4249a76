"""A blog on loopback whose feed has ETags, whose pages and pictures can be read, and which can break in every way."""

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WORDS = (
    "After a long day at the desk the shoulders creep up towards the ears, and the breath grows short. Sit down, let "
    "the arms hang, and breathe out slowly three times. Nobody needs a gadget for that, and it helps within a minute. "
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """`guid` is the permalink unless given; `content` is HTML, the whole of it unless `summary_only`."""

    slug: str
    title: str
    content: str = f"<p>{WORDS}</p><p>{WORDS}</p><p>{WORDS}</p>"
    guid: str = ""
    date: datetime | None = None
    summary_only: bool = False


@dataclass
class Blog:
    """Publish by changing `posts`, newest first. `answers` replaces what a path answers: (status, headers, body)."""

    posts: list[Post] = field(default_factory=list)
    answers: dict[str, tuple[int, Mapping[str, str], bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)  # the path of each request and the status it got
    url: str = ""
    _server: ThreadingHTTPServer | None = None
    _thread: threading.Thread | None = None

    @property
    def feed_url(self) -> str:
        return f"{self.url}/feed"

    def start(self) -> None:
        handler = type("Handler", (_Handler,), {"blog": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def stop(self) -> None:
        if self._server and self._thread:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def feed(self) -> bytes:
        items = "".join(self._item(post) for post in self.posts)
        return (
            '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>River Studio</title>'
            f"<link>{self.url}/</link><language>en-GB</language>{items}</channel></rss>"
        ).encode()

    def _item(self, post: Post) -> str:
        link = f"{self.url}/{post.slug}"
        date = f"<pubDate>{format_datetime(post.date)}</pubDate>" if post.date else ""
        summary = "<description>The shoulders creep up […]</description>"
        content = "" if post.summary_only else f"<content:encoded>{escape(post.content)}</content:encoded>"
        return (
            f"<item><title>{escape(post.title)}</title><link>{link}</link>{date}"
            f'<guid isPermaLink="false">{escape(post.guid or link)}</guid>{summary}{content}</item>'
        )

    def page(self, path: str) -> bytes | None:
        for post in self.posts:
            if path == f"/{post.slug}":
                article = f"<article><h1>{escape(post.title)}</h1>{post.content}</article>"
                return f"<html lang=en><title>{escape(post.title)}</title><body><main>{article}</main></html>".encode()
        if path == "/":
            link = '<link rel="alternate" type="application/rss+xml" href="/feed">'
            return f"<html><head><title>River Studio</title>{link}</head><body>Welcome</body></html>".encode()
        return None


class _Handler(BaseHTTPRequestHandler):
    blog: Blog

    def do_GET(self) -> None:
        status, headers, body = self.blog.answers.get(self.path) or self._usual()
        self.blog.asked.append(f"{self.path} {status}")
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _usual(self) -> tuple[int, Mapping[str, str], bytes]:
        if self.path == "/feed":
            feed = self.blog.feed()
            etag = f'"{hashlib.sha256(feed).hexdigest()[:16]}"'
            if self.headers.get("If-None-Match") == etag:
                return 304, {"ETag": etag}, b""
            return 200, {"ETag": etag, "Content-Type": "application/rss+xml; charset=utf-8"}, feed
        page = self.blog.page(self.path)
        return (200, {"Content-Type": "text/html; charset=utf-8"}, page) if page else (404, {}, b"")

    def log_message(self, format: str, *args: object) -> None:
        pass
