"""Mailgun's webhooks (https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks).

Only moment and token are signed, not the event: whoever has seen one call could put his own words under its signature.
"To avoid replay attacks, cache the token value and do not honor any subsequent request with the same token."
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from newsletter.domain.event import Event, Kind
from newsletter.errors import HookError, SettingsError
from newsletter.providers.hooks.base import (
    UNAUTHENTIC,
    HookCall,
    Reading,
    parsed_object,
    require_equal,
    require_recent,
)
from newsletter.providers.hooks.fields import Fields, address, key, mapping, moment, reason, text

SETTING = "AFTERGLOW_MAILGUN_WEBHOOK_SIGNING_KEY"
KINDS: Final[Mapping[str, Kind]] = {
    "accepted": Kind.ACCEPTED,
    "delivered": Kind.DELIVERED,
    "failed": Kind.BOUNCED,
    "rejected": Kind.REJECTED,
    "complained": Kind.COMPLAINED,
    "unsubscribed": Kind.UNSUBSCRIBED,
    "opened": Kind.OPENED,
    "clicked": Kind.CLICKED,
}
_HARD = frozenset({"bounce", "hardfail", "suppress-bounce"})
_LISTED = frozenset({"suppress-complaint", "suppress-unsubscribe"})  # on Mailgun's own lists: nothing was sent
_TOLERANCE = timedelta(days=1)  # "for 8 hours", they try again


class MailgunHook:
    """`signing_key` is the account's "HTTP webhook signing key". Raises SettingsError for one that is none."""

    name = "mailgun"

    def __init__(self, signing_key: str) -> None:
        if len(signing_key) < 16 or not signing_key.isascii():
            raise SettingsError(f"{SETTING} is no signing key.", "Copy it from the page API security at Mailgun.")
        self._key = signing_key.encode()

    def read(self, call: HookCall, now: datetime) -> Reading:
        content = parsed_object(call.body)
        signature = mapping(content.get("signature"))
        at, token = text(signature.get("timestamp")), text(signature.get("token"))
        if not at or not token:
            raise HookError("The call is not signed.", UNAUTHENTIC)
        expected = hmac.new(self._key, f"{at}{token}".encode(), hashlib.sha256).hexdigest()
        require_equal(text(signature.get("signature")).encode(), expected.encode())
        require_recent(at, now, _TOLERANCE)
        event = event_of(mapping(content.get("event-data")), call.body.decode("utf-8", "replace"))
        return Reading(events=(event,), token=token)


def event_of(data: Fields, raw: str) -> Event:
    """Also of an item of the events API. Its id is "guaranteed to be unique within a day"."""
    kind, hard = _told(data)
    status, mid = mapping(data.get("delivery-status")), text(mapping(data.get("user-variables")).get("mid"))
    at = moment(data.get("timestamp"))
    headers = mapping(mapping(data.get("message")).get("headers"))
    return Event(
        key=key(f"{at:%Y%m%d}" if at else "", data.get("id") or data.get("event")),
        kind=kind,
        mid=mid,
        provider_message_id=text(headers.get("message-id")).strip("<>"),
        address="" if mid else address(data.get("recipient")),
        at=at,
        reason=reason(
            status.get("message"),
            status.get("description"),
            mapping(data.get("reject")).get("reason"),
            data.get("reason"),
        ),
        hard=hard,
        machine=bool(text(mapping(data.get("client-info")).get("bot"))),
        raw=raw,
    )


def _told(data: Fields) -> tuple[Kind, bool]:
    kind = KINDS.get(text(data.get("event")), Kind.UNKNOWN)
    if kind is not Kind.BOUNCED:
        return kind, False
    if data.get("severity") == "temporary":
        return Kind.DEFERRED, False
    why = text(data.get("reason"))
    return (Kind.REJECTED, False) if why in _LISTED else (kind, why in _HARD)
