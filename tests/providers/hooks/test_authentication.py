"""Only calls that the vendor's secret proves are believed, whatever else is in them."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.domain.event import Event, Kind
from newsletter.errors import HookError, SettingsError
from newsletter.providers.hooks.base import Hook, HookCall
from newsletter.providers.hooks.brevo import BrevoHook
from newsletter.providers.hooks.mailgun import MailgunHook
from newsletter.providers.hooks.mailjet import MailjetHook
from newsletter.providers.hooks.postmark import PostmarkHook
from newsletter.providers.hooks.resend import ResendHook
from newsletter.providers.hooks.sendgrid import SendGridHook
from newsletter.providers.hooks.ses import SesHook
from tests.fault_server import hooks
from tests.fault_server.hooks import CERTIFICATE_URL, VENDORS, Signed, notification, sign, subscription, tampered, words

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
Read = Callable[..., tuple[Event, ...]]
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4),
    max_leaves=12,
)


def call_of(signed: Signed) -> HookCall:
    return HookCall(headers=signed.headers, body=signed.body)


def content(vendor: str) -> object:
    return words(vendor, "delivered", "0123456789ab-7", to="anna@example.com", at=NOW)


@pytest.mark.parametrize("vendor", VENDORS)
def test_authentic_call_is_read(read: Read, vendor: str) -> None:
    """In the vendor's own way of signing."""
    assert read(vendor, content(vendor))[0].kind is Kind.DELIVERED


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("spoil", [tampered, lambda call: replace(call, headers={}, body=b"{}")])
def test_call_without_its_proof_is_refused(
    all_hooks: dict[str, Hook], vendor: str, spoil: Callable[[Signed], Signed]
) -> None:
    """Wrong or missing: the vendor is asked to call again, for it may be our secret that is wrong."""
    with pytest.raises(HookError) as refused:
        all_hooks[vendor].read(call_of(spoil(sign(vendor, content(vendor), NOW))), NOW)
    assert refused.value.status == 401


@pytest.mark.parametrize(
    ("vendor", "late"),
    [
        ("resend", timedelta(minutes=6)),
        ("ses", timedelta(hours=2)),
        ("mailgun", timedelta(days=2)),
        ("sendgrid", timedelta(days=3)),
    ],
)
@pytest.mark.parametrize("direction", [-1, 1])
def test_old_call_is_refused(read: Read, vendor: str, late: timedelta, direction: int) -> None:
    """And one from the future: a signature is good for as long as the vendor tries again."""
    with pytest.raises(HookError):
        read(vendor, content(vendor), NOW + direction * late)


@pytest.mark.parametrize("vendor", VENDORS)
def test_truncated_call_is_refused(all_hooks: dict[str, Hook], vendor: str) -> None:
    """As not authentic where the body is signed, else as unreadable."""
    signed = sign(vendor, content(vendor), NOW)
    with pytest.raises(HookError) as refused:
        all_hooks[vendor].read(call_of(replace(signed, body=signed.body[:-9])), NOW)
    assert refused.value.status in (400, 401)


@pytest.mark.parametrize("vendor", VENDORS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])  # hooks keep nothing of a call
@given(content=JSON)
def test_no_content_is_too_strange(all_hooks: dict[str, Hook], vendor: str, content: object) -> None:
    """Whatever an authentic call holds is kept, or refused in words; every field fits into the store."""
    try:
        events = all_hooks[vendor].read(call_of(sign(vendor, content, NOW)), NOW).events
    except HookError as error:
        assert error.status == 400  # noqa: PT017 - most content is read
        return
    for event in events:
        (event.key + event.mid + event.provider_message_id + event.reason + event.raw).encode()
        assert event.key
        assert len(event.key) <= 200


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_versions_of_amazons_signature_are_read(all_hooks: dict[str, Hook], version: str) -> None:
    """SHA-1 and SHA-256; the certificate is read once."""
    signed = notification(content("ses"), NOW, version=version)
    assert all_hooks["ses"].read(call_of(signed), NOW).events[0].kind is Kind.DELIVERED


def test_certificate_is_read_once(all_hooks: dict[str, Hook], amazon: list[str]) -> None:
    """However many calls come."""
    for number in range(3):
        all_hooks["ses"].read(call_of(sign("ses", content("ses"), NOW, number)), NOW)
    assert amazon == [CERTIFICATE_URL]


@pytest.mark.parametrize(
    "url",
    [
        "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-0123456789abcdef.pem",
        "https://evil.example/SimpleNotificationService-0123456789abcdef.pem",
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-0123456789abcdef.pem",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        "https://sns.eu-west-1.amazonaws.com/evil.pem",
        "https://sns.eu-west-1.amazonaws.com:444/SimpleNotificationService-0123456789abcdef.pem",
        "https://[sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
    ],
)
def test_certificate_from_elsewhere_is_never_read(all_hooks: dict[str, Hook], amazon: list[str], url: str) -> None:
    """Whoever signs a call must not choose whose certificate proves it."""
    with pytest.raises(HookError):
        all_hooks["ses"].read(call_of(notification(content("ses"), NOW, SigningCertURL=url)), NOW)
    assert amazon == []


def test_another_topic_is_not_believed(all_hooks: dict[str, Hook], amazon: list[str]) -> None:
    """Anybody can have one, and Amazon's true signature under it."""
    other = hooks.TOPIC.replace("123456789012", "999999999999")
    with pytest.raises(HookError):
        all_hooks["ses"].read(call_of(notification(content("ses"), NOW, TopicArn=other)), NOW)
    assert amazon == []


def test_topic_is_confirmed_at_amazon(all_hooks: dict[str, Hook], amazon: list[str]) -> None:
    """It tells of nothing yet."""
    assert all_hooks["ses"].read(call_of(subscription(NOW)), NOW).events == ()
    assert amazon == [CERTIFICATE_URL, hooks.SUBSCRIBE_URL]


def test_topic_is_not_confirmed_elsewhere(all_hooks: dict[str, Hook], amazon: list[str]) -> None:
    """Even if Amazon had signed it."""
    with pytest.raises(HookError):
        all_hooks["ses"].read(call_of(subscription(NOW, SubscribeURL="https://evil.example/")), NOW)
    assert amazon == [CERTIFICATE_URL]


def test_sentence_of_a_new_topic_is_kept(all_hooks: dict[str, Hook]) -> None:
    """What is no JSON inside is an event that nobody knows."""
    signed = notification("Successfully validated SNS topic for Amazon SES event publishing.", NOW)
    assert all_hooks["ses"].read(call_of(signed), NOW).events[0].kind is Kind.UNKNOWN


SIGNED = (ResendHook, SesHook, SendGridHook)
PASSWORDS = (PostmarkHook, MailgunHook, BrevoHook, MailjetHook)


@pytest.mark.parametrize(
    ("make", "secret"),
    [
        *[(make, secret) for make in (*SIGNED, *PASSWORDS) for secret in ("2short9", "ä" * 20)],
        *[(make, "MFkwEwYHKoZIzj0CAQYI") for make in SIGNED],
    ],
)
def test_secret_that_is_none_is_refused_at_the_start(make: Callable[[str], Hook], secret: str) -> None:
    """With its setting, and without itself."""
    with pytest.raises(SettingsError) as refused:
        make(secret)
    assert "_WEBHOOK_" in str(refused.value)
    assert secret not in str(refused.value)


def test_deeply_nested_call_is_refused(all_hooks: dict[str, Hook]) -> None:
    """It would take the parser's stack."""
    signed = sign("brevo", {}, NOW)
    with pytest.raises(HookError):
        all_hooks["brevo"].read(call_of(replace(signed, body=b"[" * 200_000)), NOW)


def test_mailgun_event_has_the_same_name_whatever_signs_it(read: Read) -> None:
    """Each try has a token of its own, and the event's id is good for a day."""
    told = json.loads(json.dumps(content("mailgun")))
    first, second = read("mailgun", told, NOW, 1), read("mailgun", told, NOW, 2)
    assert first[0].key == second[0].key
