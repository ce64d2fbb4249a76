"""The hooks of all vendors, with the secrets their calls are signed with."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from newsletter.domain.event import Event
from newsletter.providers.hooks.base import Hook, HookCall
from newsletter.providers.hooks.brevo import BrevoHook
from newsletter.providers.hooks.mailgun import MailgunHook
from newsletter.providers.hooks.mailjet import MailjetHook
from newsletter.providers.hooks.postmark import PostmarkHook
from newsletter.providers.hooks.resend import ResendHook
from newsletter.providers.hooks.sendgrid import SendGridHook
from newsletter.providers.hooks.ses import SesHook
from tests.fault_server import hooks
from tests.fault_server.hooks import Signed, sign

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture
def amazon() -> list[str]:
    """Which addresses of Amazon's were read."""
    return []


@pytest.fixture
def all_hooks(amazon: list[str]) -> dict[str, Hook]:
    def get(url: str) -> bytes:
        amazon.append(url)
        return hooks.certificate()

    made: list[Hook] = [
        ResendHook(hooks.SVIX_SECRET),
        PostmarkHook(hooks.SECRET),
        SesHook(hooks.TOPIC, get),
        MailgunHook(hooks.SECRET),
        BrevoHook(hooks.SECRET),
        SendGridHook(hooks.sendgrid_public_key()),
        MailjetHook(hooks.SECRET),
    ]
    return {hook.name: hook for hook in made}


@pytest.fixture
def read(all_hooks: dict[str, Hook]) -> Callable[..., tuple[Event, ...]]:
    """What a vendor's hook makes of a call, signed now unless another moment is given."""

    def read(vendor: str, content: object, at: datetime = NOW, number: int = 1) -> tuple[Event, ...]:
        return all_hooks[vendor].read(call_of(sign(vendor, content, at, number)), NOW).events

    return read


def call_of(signed: Signed) -> HookCall:
    return HookCall(headers=signed.headers, body=signed.body)
