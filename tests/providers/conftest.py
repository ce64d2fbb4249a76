"""Servers that behave, and providers that talk to them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from newsletter.domain.content import Content
from newsletter.domain.message import Mailbox, Message
from newsletter.providers.resend import ResendProvider
from newsletter.providers.smtp import SmtpProvider
from subscribers.consent import Stream
from tests.providers.resend_server import API_KEY, ResendServer
from tests.providers.smtp_server import SmtpServer


@pytest.fixture(autouse=True)
def direct_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is not reached through the proxy of the computer that runs the tests."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.fixture
def make_message() -> Callable[..., Message]:
    """A message to one reader of the given name, with every field that can go wrong on the way."""

    def make(reader: str = "anna", **fields: object) -> Message:
        standard: dict[str, object] = {
            "id": f"d-{reader}",
            "stream": Stream.CARE,
            "sender": Mailbox(address="mara@studio.example", name="Mára Lind"),
            "to": Mailbox(address=f"{reader}@client.example", name=f"Zoë {reader}"),
            "subject": f"Für {reader}: 山 and a subject long enough to be folded on its way, twice if need be",
            "html": "<p>Rühe.</p>\r\n.\r\n<p>= done</p>\r\n",
            "text": "Rühe.\r\n.\r\n..\r\nFrom here on \r\n",
            "date": datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
            "reply_to": Mailbox(address="hello@studio.example", name="Lind, Mára"),
            "headers": (
                ("List-Unsubscribe", f"<https://studio.example/u/{reader}>"),
                ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ),
        }
        given = standard | fields
        content = Content.literal(**{name: str(given.pop(name)) for name in ("subject", "html", "text")})
        return Message(content=content, fields={}, **given)  # type: ignore[arg-type]  # fields of any type, by name

    return make


@pytest.fixture
def smtp_server() -> Iterator[SmtpServer]:
    server = SmtpServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def smtp(smtp_server: SmtpServer) -> Iterator[SmtpProvider]:
    provider = SmtpProvider("127.0.0.1", smtp_server.port, security="none", timeout=5)
    yield provider
    provider.close()


@pytest.fixture
def open_server() -> Iterator[Callable[..., SmtpServer]]:
    """Starts a mail server with other options than usual."""
    with ExitStack() as stack:

        def start(**options: bool) -> SmtpServer:
            server = SmtpServer(**options)
            server.start()
            stack.callback(server.stop)
            return server

        yield start


@pytest.fixture
def resend_server() -> Iterator[ResendServer]:
    server = ResendServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def resend(resend_server: ResendServer) -> Iterator[ResendProvider]:
    provider = ResendProvider(API_KEY, resend_server.url, timeout=(5, 5))
    yield provider
    provider.close()
