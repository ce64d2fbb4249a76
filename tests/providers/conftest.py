"""Servers that behave, and providers that talk to them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from newsletter.domain import slots
from newsletter.domain.content import Content
from newsletter.domain.edition import Edition
from newsletter.domain.message import Mailbox, Message
from newsletter.providers.brevo import BrevoProvider
from newsletter.providers.mailgun import MailgunProvider
from newsletter.providers.mailjet import MailjetProvider
from newsletter.providers.postmark import PostmarkProvider
from newsletter.providers.resend import ResendProvider
from newsletter.providers.sendgrid import SendGridProvider
from newsletter.providers.ses import SesProvider
from newsletter.providers.sigv4 import Credentials
from newsletter.providers.smtp import SmtpProvider
from subscribers.consent import Stream
from tests.fault_server.server import FaultServer
from tests.fault_server.wire import ACCESS_KEY_ID, API_KEY, DOMAIN, REGION
from tests.providers.resend_server import ResendServer
from tests.providers.smtp_server import SmtpServer


@pytest.fixture(autouse=True)
def direct_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is not reached through the proxy of the computer that runs the tests."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
TEXTS = {  # with every character that can go wrong on the way, and what is the reader's own
    "subject": "Für [[ first_name ]]: 山 and a subject long enough to be folded on its way, twice if need be",
    "html": '<p>Rühe, [[ first_name ]].</p>\r\n.\r\n<p style="width: 100%">= <a href="[[ view_url ]]">done</a></p>\r\n',
    "text": "Rühe, [[ first_name | you ]], [[ first_name ]].\r\n.\r\n..\r\nFrom here on [[ view_url ]] \r\n",
}


@pytest.fixture
def make_message() -> Callable[..., Message]:
    """A message to one reader of the given name, all of one edition unless a text is given, which is then literal."""

    def make(reader: str = "anna", **fields: object) -> Message:
        standard: dict[str, object] = {
            "id": f"d-{reader}",
            "stream": Stream.CARE,
            "sender": Mailbox(address="mara@studio.example", name="Mára Lind"),
            "to": Mailbox(address=f"{reader}@client.example", name=f"Zoë {reader}"),
            "fields": {
                "first_name": f"Zoë <{reader}> & Co",
                "view_url": f"https://studio.example/v/{reader}?a=1&b=%20",
            },
            "date": NOW,
            "reply_to": Mailbox(address="hello@studio.example", name="Lind, Mára"),
            "headers": (
                ("List-Id", "<notes.studio.example>"),
                ("List-Unsubscribe", f"<https://studio.example/u/{reader}>"),
                ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ),
        }
        texts = TEXTS | {name: slots.protect(str(fields.pop(name))) for name in TEXTS if name in fields}
        edition = Edition(
            stream=Stream.CARE,
            language="en",
            subject=texts["subject"],
            preheader="",
            html=texts["html"],
            text=texts["text"],
        )
        content = Content.of(edition)
        if attachments := fields.pop("attachments", ()):
            content = content.carrying(*attachments)  # type: ignore[misc]  # attachments, by name
        return Message(content=content, **standard | fields)  # type: ignore[arg-type]  # fields of any type, by name

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


@pytest.fixture
def fault_server() -> Iterator[FaultServer]:
    server = FaultServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def resend_by_faults(fault_server: FaultServer) -> Iterator[ResendProvider]:
    """Resend, as the fault server of all others speaks it."""
    provider = ResendProvider(API_KEY, fault_server.url, timeout=(5, 5))
    yield provider
    provider.close()


@pytest.fixture
def postmark(fault_server: FaultServer) -> Iterator[PostmarkProvider]:
    provider = PostmarkProvider(API_KEY, fault_server.url, timeout=(5, 5))
    yield provider
    provider.close()


@pytest.fixture
def ses(fault_server: FaultServer) -> Iterator[SesProvider]:
    provider = SesProvider(
        Credentials(access_key_id=ACCESS_KEY_ID, secret_access_key=API_KEY, session_token="a-session"),
        REGION,
        clock=lambda: NOW,
        base_url=fault_server.url,
        timeout=(5, 5),
    )
    yield provider
    provider.close()


@pytest.fixture
def mailgun(fault_server: FaultServer) -> Iterator[MailgunProvider]:
    provider = MailgunProvider(API_KEY, DOMAIN, fault_server.url, timeout=(5, 5))
    yield provider
    provider.close()


@pytest.fixture
def brevo(fault_server: FaultServer) -> Iterator[BrevoProvider]:
    provider = BrevoProvider(API_KEY, fault_server.url, timeout=(5, 5), tracking_is_off=True)
    yield provider
    provider.close()


@pytest.fixture
def sendgrid(fault_server: FaultServer) -> Iterator[SendGridProvider]:
    provider = SendGridProvider(API_KEY, fault_server.url, timeout=(5, 5))
    yield provider
    provider.close()


@pytest.fixture
def mailjet(fault_server: FaultServer) -> Iterator[MailjetProvider]:
    provider = MailjetProvider(ACCESS_KEY_ID, API_KEY, fault_server.url, timeout=(5, 5))
    yield provider
    provider.close()
