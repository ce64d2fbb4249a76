"""Calendly's webhooks (https://developer.calendly.com/api-docs/webhook-signatures).

`Calendly-Webhook-Signature: t=SECONDS,v1=HEX` signs `t.body`; a call older than five minutes is a replay.
Rescheduling cancels the invitee with `rescheduled: true` and creates another; each names the other, in either order.
"""

from datetime import datetime, timedelta

from newsletter.bookings.source import Signature, address, microseconds, name, reference
from newsletter.domain.booking import Notice, Standing, Telling
from newsletter.providers.hooks.base import HookCall, header, parsed_object, require_recent
from newsletter.providers.hooks.fields import Fields, items, mapping, moment, text

SETTING = "AFTERGLOW_CALENDLY_WEBHOOK_SIGNING_KEY"
_TOLERANCE = timedelta(seconds=300)
_STANDINGS = {
    "invitee.created": Standing.BOOKED,
    "invitee.canceled": Standing.CANCELLED,
    "invitee_no_show.created": Standing.NO_SHOW,
    "invitee_no_show.deleted": Standing.BOOKED,
}


class CalendlySource:
    name = "calendly"
    title = "Calendly"
    answers = False

    def __init__(self, signing_key: str) -> None:
        self._signature = Signature(signing_key, SETTING)

    def read(self, call: HookCall, now: datetime) -> Telling:
        parts = (part.partition("=") for part in header(call, "calendly-webhook-signature").split(","))
        given = {name.strip(): value.strip() for name, _, value in parts}
        at = given.get("t", "")
        self._signature.require_hex(given.get("v1", ""), at.encode("utf-8", "replace") + b"." + call.body)
        require_recent(at, now, _TOLERANCE)
        content = parsed_object(call.body)
        return Telling(notices=_notices(content, text(content.get("event"))))

    def look_up(self, reference: str, now: datetime) -> Notice | None:  # noqa: ARG002 -- see BookingSource
        return None


def _notices(content: Fields, event: str) -> tuple[Notice, ...]:
    payload = mapping(content.get("payload"))
    told = reference("calendly", payload.get("uri"))
    version = microseconds(content.get("created_at"), payload.get("updated_at"), payload.get("created_at"))
    if event not in _STANDINGS:
        return (Notice(source="calendly", reference=told, version=version),)
    if event == "invitee.canceled" and payload.get("rescheduled") is True:
        following = reference("calendly", payload.get("new_invitee"))
        if following:  # the booking goes on under another name, and is not cancelled
            return (Notice(source="calendly", reference=following, version=version, replaces=told),)
    scheduled = mapping(payload.get("scheduled_event"))
    return (
        Notice(
            source="calendly",
            reference=told,
            version=version,
            replaces=reference("calendly", payload.get("old_invitee")),
            standing=_STANDINGS[event],
            addresses=address(payload.get("email")),
            service=name(scheduled.get("name")),
            practitioner=_host(scheduled),
            ended_at=moment(scheduled.get("end_time")),
        ),
    )


def _host(scheduled: Fields) -> str:
    return next((name(each.get("user_name")) for each in items(scheduled.get("event_memberships"))), "")
