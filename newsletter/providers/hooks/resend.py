"""Resend's webhook (https://resend.com/docs/webhooks/event-types): one event a call, signed the way of Svix.

https://docs.svix.com/receiving/verifying-payloads/how-manual: HMAC-SHA256 over id, moment and body; a call may carry
several signatures, while the secret is being changed.
"""

import binascii
import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from newsletter.domain.event import Event, Kind
from newsletter.errors import HookError, SettingsError
from newsletter.providers.hooks.base import UNAUTHENTIC, HookCall, Reading, header, parsed_object, require_recent
from newsletter.providers.hooks.fields import Fields, address, first, key, mapping, moment, reason, tagged, text

SETTING = "AFTERGLOW_RESEND_WEBHOOK_SECRET"
KINDS: Final[Mapping[str, Kind]] = {
    "email.sent": Kind.ACCEPTED,
    "email.scheduled": Kind.ACCEPTED,
    "email.delivered": Kind.DELIVERED,
    "email.delivery_delayed": Kind.DEFERRED,
    "email.bounced": Kind.BOUNCED,
    "email.complained": Kind.COMPLAINED,
    "email.opened": Kind.OPENED,
    "email.clicked": Kind.CLICKED,
    "email.failed": Kind.REJECTED,
    "email.suppressed": Kind.REJECTED,
}
_SOFT = frozenset({"transient", "undetermined"})  # a bounce without a type is one "permanently rejected"
_TOLERANCE = timedelta(minutes=5)


class ResendHook:
    """`secret` is what Resend shows for the webhook, `whsec_` and all. Raises SettingsError for one that is none."""

    name = "resend"

    def __init__(self, secret: str) -> None:
        try:
            self._key = b64decode(secret.removeprefix("whsec_"), validate=True)
        except (binascii.Error, ValueError):
            self._key = b""
        if len(self._key) < 16:
            raise SettingsError(f"{SETTING} is no signing secret.", "Copy it from the webhook's page at Resend.")

    def read(self, call: HookCall, now: datetime) -> Reading:
        call_id = self._authenticated(call, now)
        content = parsed_object(call.body)
        return Reading(events=(event_of(content, call_id, call.body.decode("utf-8", "replace")),))

    def _authenticated(self, call: HookCall, now: datetime) -> str:
        """The id of the call, which stays the same when it is repeated."""
        call_id, at = header(call, "svix-id"), header(call, "svix-timestamp")
        signed = f"{call_id}.{at}.".encode() + call.body
        expected = b64encode(hmac.new(self._key, signed, hashlib.sha256).digest())
        good = False
        for signature in header(call, "svix-signature").split()[:16]:
            version, _, value = signature.partition(",")
            good |= hmac.compare_digest(value.encode("utf-8", "replace"), expected) and version == "v1"
        if not good:
            raise HookError("The signature is wrong.", UNAUTHENTIC)
        require_recent(at, now, _TOLERANCE)
        return call_id


def event_of(content: Fields, call_id: str, raw: str) -> Event:
    data = mapping(content.get("data"))
    kind = KINDS.get(text(content.get("type")), Kind.UNKNOWN)
    bounce = mapping(data.get("bounce"))
    mid = tagged(data.get("tags"), "mid")
    return Event(
        key=key(call_id),
        kind=kind,
        mid=mid,
        provider_message_id=text(data.get("email_id")),
        address="" if mid else address(first(data.get("to"))),
        at=moment(content.get("created_at")),
        reason=reason(
            first(bounce.get("diagnosticCode")),
            bounce.get("message"),
            mapping(data.get("failed")).get("reason"),
            mapping(data.get("suppressed")).get("message"),
        ),
        hard=kind is Kind.BOUNCED and text(bounce.get("type")).lower() not in _SOFT,
        raw=raw,
    )
