"""The bytes of a call, overheard from the product itself, for those candidates that only carry them."""

import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

from bench import homes
from bench.readers import NOW, email, name
from bench.section import Setting
from newsletter.app import studio_of
from newsletter.domain.delivery import Member
from newsletter.domain.edition import Edition
from newsletter.domain.issue import Issue
from newsletter.domain.message import Message
from newsletter.errors import ProviderError
from newsletter.providers.base import Provider
from newsletter.providers.mailgun import MailgunProvider
from newsletter.providers.resend import ResendProvider
from newsletter.rendering import compose
from newsletter.rendering.links import Links
from newsletter.rendering.messages import MessageFactory
from newsletter.rendering.templates import Templates
from subscribers.subscriber import first_name

FILE = "call.bin"


def full_bodies(setting: Setting) -> None:
    """A hundred whole mails."""
    _keep(setting, lambda url: ResendProvider("re_bench", url), 100)


def variables(setting: Setting) -> None:
    """One template and the values of a thousand readers."""
    _keep(setting, lambda url: MailgunProvider("key-bench", "mg.example", url), 1000)


def edition() -> Edition:
    return compose.newsletter(Issue(articles=(homes.article(),)), studio_of(homes.STUDIO), Templates())


def _messages(number: int) -> Sequence[Message]:
    """The mails of the first readers."""
    factory = MessageFactory(studio_of(homes.STUDIO), Links(homes.PUBLIC_URL, bytes(32)), "0123456789ab")
    return factory.build(edition(), [_member(each) for each in range(1, number + 1)], NOW)


def _member(number: int) -> Member:
    return Member(
        delivery_id=number,
        subscriber_id=number,
        email=email(number),
        name=name(number),
        first_name=first_name(name(number)),
        practitioner="",
    )


def _keep(setting: Setting, open_provider: Callable[[str], Provider], number: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as listener:
        heard = listener.submit(_listen, listening)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with closing(open_provider(url)) as provider, suppress(ProviderError):  # it gets no answer
            provider.send("0123456789ab-1", _messages(number))
        (setting.home / FILE).write_bytes(heard.result())


def _listen(listening: socket.socket) -> bytes:
    """One whole call, as it comes over the wire."""
    connection, _ = listening.accept()
    received = bytearray()
    with connection:
        while not _is_whole(received):
            received += connection.recv(1 << 20)
    return bytes(received)


def _is_whole(received: bytearray) -> bool:
    head, end, body = bytes(received).partition(b"\r\n\r\n")
    length = head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
    return bool(end) and len(body) >= int(length)
