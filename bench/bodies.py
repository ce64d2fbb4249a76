"""The bytes of calls, built once with the product's own words, for those candidates that only carry them."""

from urllib.parse import urlsplit

from newsletter.app import studio_of
from newsletter.domain.delivery import Member
from newsletter.domain.edition import Edition
from newsletter.domain.issue import Issue
from newsletter.domain.message import Message
from newsletter.rendering import compose
from newsletter.rendering.links import Links
from newsletter.rendering.messages import MessageFactory
from newsletter.rendering.templates import Templates
from newsletter.providers import resend
from newsletter.rendering.json_texts import array
from subscribers.subscriber import first_name
from bench import work

FULL_BATCH = 100
VARIABLES_BATCH = 1000


def edition() -> Edition:
    return compose.newsletter(Issue(articles=(work.article(),)), studio_of(work.STUDIO), Templates())


def messages(number: int) -> tuple[Message, ...]:
    """The mails of the first readers."""
    factory = MessageFactory(studio_of(work.STUDIO), Links("https://juniper.example", bytes(32)), "0123456789ab")
    return factory.build(edition(), [_member(each) for each in range(1, number + 1)], work.NOW)


def full_call(url: str) -> bytes:
    """A whole HTTP call with the mails of a hundred readers, as Resend takes them."""
    body = b"".join(array(map(resend._mail, messages(FULL_BATCH))))
    return _call(url, "/emails/batch", "application/json", body)


def variables_call(url: str) -> bytes:
    raise NotImplementedError(url)


def _member(number: int) -> Member:
    name = work.NAMES[number % len(work.NAMES)]
    return Member(
        delivery_id=number,
        subscriber_id=number,
        email=work.email(number),
        name=name,
        first_name=first_name(name),
        practitioner="",
    )


def _call(url: str, path: str, kind: str, body: bytes) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: {urlsplit(url).netloc}",
        "Authorization: Bearer re_bench",
        "Idempotency-Key: 0123456789ab-1",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body
