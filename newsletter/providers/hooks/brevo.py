"""Brevo's transactional webhooks (https://developers.brevo.com/docs/transactional-webhooks), single or in batches.

Brevo signs nothing; it sends a bearer's token or a password. Its events have no id of their own, and an answer of 4xx
or 5xx loses them for good, but for 429.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from newsletter.domain.event import Event, Kind
from newsletter.providers.hooks.base import HookCall, Reading, Secret, parsed_items
from newsletter.providers.hooks.fields import Fields, address, key, moment, odd, reason, text, written

SETTING = "AFTERGLOW_BREVO_WEBHOOK_SECRET"
KINDS: Final[Mapping[str, Kind]] = {
    "request": Kind.ACCEPTED,
    "delivered": Kind.DELIVERED,
    "deferred": Kind.DEFERRED,
    "hard_bounce": Kind.BOUNCED,
    "soft_bounce": Kind.BOUNCED,
    "invalid_email": Kind.BOUNCED,
    "blocked": Kind.REJECTED,
    "error": Kind.REJECTED,
    "spam": Kind.COMPLAINED,
    "unsubscribed": Kind.UNSUBSCRIBED,
    "unsubscribe": Kind.UNSUBSCRIBED,
    "opened": Kind.OPENED,
    "unique_opened": Kind.OPENED,
    "proxy_open": Kind.OPENED,
    "unique_proxy_open": Kind.OPENED,
    "click": Kind.CLICKED,
}
# The same in the words of its statistics (https://developers.brevo.com/reference/getemaileventreport).
REPORTED: Final[Mapping[str, str]] = {
    "requests": "request",
    "hardBounces": "hard_bounce",
    "softBounces": "soft_bounce",
    "bounces": "soft_bounce",
    "invalid": "invalid_email",
    "clicks": "click",
    "loadedByProxy": "proxy_open",
}
_HARD = frozenset({"hard_bounce", "invalid_email"})
_MACHINE = frozenset({"proxy_open", "unique_proxy_open"})


class BrevoHook:
    """`secret` is the token that Brevo carries, as a bearer's or as a password."""

    name = "brevo"

    def __init__(self, secret: str) -> None:
        self._secret = Secret.of(secret, SETTING)

    def read(self, call: HookCall, now: datetime) -> Reading:  # noqa: ARG002 - nothing is dated
        self._secret.require(call)
        items = parsed_items(call.body)
        return Reading(events=tuple(event_of(each) if isinstance(each, dict) else odd(each) for each in items))


def event_of(content: Fields) -> Event:
    """Also of an entry of its statistics, which writes some names in another way."""
    given = text(content.get("event"))
    name = REPORTED.get(given, given)
    message_id = text(content.get("message-id") or content.get("messageId")).strip("<>")
    at = content.get("ts_epoch") or content.get("ts_event") or content.get("ts") or content.get("date")
    mid = text(content.get("X-Mailin-custom"))
    return Event(
        key=key(name, message_id, at, content.get("email"), content.get("link")),
        kind=KINDS.get(name, Kind.UNKNOWN),
        mid=mid,
        provider_message_id=message_id,
        address="" if mid else address(content.get("email")),
        at=moment(at),
        reason=reason(content.get("reason")),
        hard=name in _HARD,
        machine=name in _MACHINE,
        raw=written(content),
    )
