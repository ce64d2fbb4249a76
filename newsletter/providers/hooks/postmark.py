"""Postmark's webhooks (https://postmarkapp.com/developer/webhooks/webhooks-overview): one event a call, by a password.

Postmark signs nothing and dates nothing. A call that comes again is known by what it tells: record type, message, and
the bounce's own number or the moment, for one message may bounce, be opened and be clicked more than once.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from newsletter.domain.event import Event, Kind
from newsletter.providers.hooks.base import HookCall, Reading, Secret, parsed_object
from newsletter.providers.hooks.fields import Fields, address, key, mapping, moment, reason, text

SETTING = "AFTERGLOW_POSTMARK_WEBHOOK_SECRET"
KINDS: Final[Mapping[str, Kind]] = {
    "Delivery": Kind.DELIVERED,
    "Bounce": Kind.BOUNCED,
    "SpamComplaint": Kind.COMPLAINED,
    "Open": Kind.OPENED,
    "Click": Kind.CLICKED,
    "SubscriptionChange": Kind.UNSUBSCRIBED,
}
HARD = "HardBounce"
# https://postmarkapp.com/developer/api/bounce-api#bounce-types
BOUNCES: Final[Mapping[str, Kind]] = {
    HARD: Kind.BOUNCED,
    "BadEmailAddress": Kind.BOUNCED,
    "SoftBounce": Kind.BOUNCED,
    "Blocked": Kind.BOUNCED,  # by the reader's provider, for content or reputation
    "DMARCPolicy": Kind.BOUNCED,
    "SpamNotification": Kind.BOUNCED,  # a filter's word, not the reader's
    "VirusNotification": Kind.BOUNCED,
    "Transient": Kind.DEFERRED,
    "DnsError": Kind.DEFERRED,
    "SpamComplaint": Kind.COMPLAINED,
    "Unsubscribe": Kind.UNSUBSCRIBED,
    "ManuallyDeactivated": Kind.REJECTED,
    "Unconfirmed": Kind.REJECTED,
    "SMTPApiError": Kind.REJECTED,
    "TemplateRenderingFailed": Kind.REJECTED,
    "Subscribe": Kind.UNKNOWN,
    "AutoResponder": Kind.UNKNOWN,
    "AddressChange": Kind.UNKNOWN,
    "ChallengeVerification": Kind.UNKNOWN,
    "OpenRelayTest": Kind.UNKNOWN,
    "InboundError": Kind.UNKNOWN,
    "Unknown": Kind.UNKNOWN,
}
_HARD = frozenset({HARD, "BadEmailAddress"})
_MOMENTS = ("DeliveredAt", "BouncedAt", "ReceivedAt", "ChangedAt")


class PostmarkHook:
    """`secret` is the password in the address that Postmark calls: https://hook:SECRET@your-address/hooks/postmark."""

    name = "postmark"

    def __init__(self, secret: str) -> None:
        self._secret = Secret.of(secret, SETTING)

    def read(self, call: HookCall, now: datetime) -> Reading:  # noqa: ARG002 - nothing is dated
        self._secret.require(call)
        return Reading(events=(event_of(parsed_object(call.body), call.body.decode("utf-8", "replace")),))


def event_of(content: Fields, raw: str) -> Event:
    """Also of an entry of the bounce API, which is a webhook's body without the metadata."""
    record, told = text(content.get("RecordType")), _told(content)
    kind, hard = told
    mid = text(mapping(content.get("Metadata")).get("mid"))
    at = next((content[name] for name in _MOMENTS if content.get(name)), None)
    number = content.get("ID") or at
    return Event(
        key=key(record, content.get("MessageID"), number),
        kind=kind,
        mid=mid,
        provider_message_id=text(content.get("MessageID")),
        address="" if mid else address(content.get("Email") or content.get("Recipient")),
        at=moment(at),
        reason=reason(content.get("Details"), content.get("Description")),
        hard=hard,
        raw=raw,
    )


def _told(content: Fields) -> tuple[Kind, bool]:
    kind = KINDS.get(text(content.get("RecordType")), Kind.UNKNOWN)
    if kind is Kind.BOUNCED:
        bounce = text(content.get("Type"))
        kind = BOUNCES.get(bounce, Kind.UNKNOWN)
        return kind, kind is Kind.BOUNCED and bounce in _HARD
    if kind is Kind.UNSUBSCRIBED:
        return _suppression(content)
    return kind, False


def _suppression(content: Fields) -> tuple[Kind, bool]:
    """A list entry made or taken back; what was entered by hand at Postmark is not her word."""
    match content:
        case {"SuppressSending": True, "SuppressionReason": "HardBounce"}:
            return Kind.BOUNCED, True
        case {"SuppressSending": True, "SuppressionReason": "SpamComplaint"}:
            return Kind.COMPLAINED, False
        case {"SuppressSending": True, "SuppressionReason": "ManualSuppression", "Origin": "Recipient"}:
            return Kind.UNSUBSCRIBED, False
    return Kind.UNKNOWN, False
