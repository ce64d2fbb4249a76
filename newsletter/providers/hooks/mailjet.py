"""Mailjet's Event API (https://dev.mailjet.com/email/guides/webhooks/): one event a call, or an array, by a password.

Mailjet signs nothing and its events have no id of their own.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from newsletter.domain.event import Event, Kind
from newsletter.providers.hooks.base import HookCall, Reading, Secret, parsed_items
from newsletter.providers.hooks.fields import Fields, address, key, moment, odd, reason, text, written

SETTING = "AFTERGLOW_MAILJET_WEBHOOK_SECRET"
KINDS: Final[Mapping[str, Kind]] = {
    "sent": Kind.DELIVERED,  # "successfully delivered to the recipient"
    "bounce": Kind.BOUNCED,
    "blocked": Kind.REJECTED,
    "spam": Kind.COMPLAINED,
    "unsub": Kind.UNSUBSCRIBED,
    "open": Kind.OPENED,
    "click": Kind.CLICKED,
}


class MailjetHook:
    """`secret` is the password in the address that Mailjet calls: https://hook:SECRET@your-address/hooks/mailjet."""

    name = "mailjet"

    def __init__(self, secret: str) -> None:
        self._secret = Secret.of(secret, SETTING)

    def read(self, call: HookCall, now: datetime) -> Reading:  # noqa: ARG002 - nothing is dated
        self._secret.require(call)
        items = parsed_items(call.body)
        return Reading(events=tuple(event_of(each) if isinstance(each, dict) else odd(each) for each in items))


def event_of(content: Fields) -> Event:
    name, mid, at = text(content.get("event")), text(content.get("CustomID")), content.get("time")
    kind = KINDS.get(name, Kind.UNKNOWN)
    hard = content.get("hard_bounce") is True
    if kind is Kind.BOUNCED and content.get("error") == "greylisted" and not hard:
        kind = Kind.DEFERRED  # "delivery will be re-attempted"
    message_id = text(content.get("MessageID"))
    return Event(
        key=key(name, message_id, at, content.get("email"), content.get("url")),
        kind=kind,
        mid=mid,
        provider_message_id=message_id,
        address="" if mid else address(content.get("email")),
        at=moment(at),
        reason=reason(content.get("comment"), content.get("error")),
        hard=hard and kind is Kind.BOUNCED,
        raw=written(content),
    )
