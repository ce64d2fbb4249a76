"""SendGrid's Event Webhook: arrays of events.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
A call is signed by ECDSA over its moment and its body, to the last byte. SendGrid says that events may come twice.
"""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from newsletter.domain.event import Event, Kind
from newsletter.errors import HookError, SettingsError
from newsletter.providers.hooks.base import UNAUTHENTIC, HookCall, Reading, header, parsed_items, require_recent
from newsletter.providers.hooks.fields import Fields, address, key, moment, odd, reason, text, written

SETTING = "AFTERGLOW_SENDGRID_WEBHOOK_PUBLIC_KEY"
KINDS: Final[Mapping[str, Kind]] = {
    "processed": Kind.ACCEPTED,
    "delivered": Kind.DELIVERED,
    "deferred": Kind.DEFERRED,
    "bounce": Kind.BOUNCED,
    "dropped": Kind.REJECTED,
    "spamreport": Kind.COMPLAINED,
    "unsubscribe": Kind.UNSUBSCRIBED,
    "group_unsubscribe": Kind.UNSUBSCRIBED,
    "open": Kind.OPENED,
    "click": Kind.CLICKED,
}
_SOFT = frozenset({"blocked", "expired"})
_GONE = frozenset({"bounced address", "invalid"})  # dropped, because the address had bounced before or cannot be
_TOLERANCE = timedelta(days=2)  # "for up to 24 hours", they try again
_SIGNATURE = "x-twilio-email-event-webhook-signature"
_MOMENT = "x-twilio-email-event-webhook-timestamp"


class SendGridHook:
    """`public_key` is the "verification key" of the webhook's settings. Raises SettingsError for one that is none."""

    name = "sendgrid"

    def __init__(self, public_key: str) -> None:
        # Imported here, for only who uses SendGrid needs it.
        from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
        from cryptography.hazmat.primitives.serialization import load_der_public_key

        try:
            key = load_der_public_key(b64decode(public_key, validate=True))
        except (ValueError, TypeError):  # binascii.Error is a ValueError
            key = None
        if not isinstance(key, EllipticCurvePublicKey):
            raise SettingsError(f"{SETTING} is no public key.", "Copy the verification key from SendGrid's settings.")
        self._key = key

    def read(self, call: HookCall, now: datetime) -> Reading:
        self._authenticate(call, now)
        items = parsed_items(call.body)
        return Reading(events=tuple(event_of(each) if isinstance(each, dict) else odd(each) for each in items))

    def _authenticate(self, call: HookCall, now: datetime) -> None:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
        from cryptography.hazmat.primitives.hashes import SHA256

        at, signature = header(call, _MOMENT), header(call, _SIGNATURE)
        try:
            self._key.verify(b64decode(signature, validate=True), at.encode() + call.body, ECDSA(SHA256()))
        except (InvalidSignature, binascii.Error, ValueError):
            raise HookError("The signature is wrong.", UNAUTHENTIC) from None
        require_recent(at, now, _TOLERANCE)


def event_of(content: Fields) -> Event:
    name, why = text(content.get("event")), content.get("reason")
    kind = KINDS.get(name, Kind.UNKNOWN)
    hard = kind is Kind.BOUNCED and text(content.get("type")) not in _SOFT
    if kind is Kind.REJECTED and text(why).lower() in _GONE:
        kind, hard = Kind.BOUNCED, True
    mid, at = text(content.get("mid")), content.get("timestamp")
    return Event(
        key=text(content.get("sg_event_id")) or key(name, content.get("sg_message_id"), content.get("email"), at),
        kind=kind,
        mid=mid,
        provider_message_id=text(content.get("sg_message_id")),
        address="" if mid else address(content.get("email")),
        at=moment(at),
        reason=reason(why, content.get("response")) if kind not in (Kind.ACCEPTED, Kind.DELIVERED) else "",
        hard=hard,
        machine=content.get("sg_machine_open") is True,
        raw=written(content),
    )
