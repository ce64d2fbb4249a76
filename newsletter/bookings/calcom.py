"""Cal.com's webhooks (https://cal.com/docs/developing/guides/automation/webhooks).

`X-Cal-Signature-256` is the HMAC of the body in hexadecimal; a webhook without a secret sends the words
`no-secret-provided` instead. Rescheduling makes a new booking, whose `rescheduleUid` is the old one.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from newsletter.bookings.source import Signature, address, microseconds, name, reference
from newsletter.domain.booking import Notice, Standing, Telling
from newsletter.errors import HookError
from newsletter.providers.hooks.base import UNAUTHENTIC, HookCall, header, parsed_object
from newsletter.providers.hooks.fields import Fields, items, mapping, moment, text

SETTING = "AFTERGLOW_CALCOM_WEBHOOK_SECRET"
STANDINGS: Final[Mapping[str, Standing]] = {
    "BOOKING_CREATED": Standing.BOOKED,
    "BOOKING_RESCHEDULED": Standing.BOOKED,
    "BOOKING_CANCELLED": Standing.CANCELLED,
    "BOOKING_REJECTED": Standing.CANCELLED,
    "MEETING_ENDED": Standing.BOOKED,  # its time is over, whoever came
}
_NO_SHOW = "BOOKING_NO_SHOW_UPDATED"
_UNSIGNED = "no-secret-provided"


class CalComSource:
    name = "calcom"
    title = "Cal.com"
    answers = False

    def __init__(self, secret: str) -> None:
        self._signature = Signature(secret, SETTING)

    def read(self, call: HookCall, now: datetime) -> Telling:  # noqa: ARG002 -- nothing signed tells of a moment
        given = header(call, "x-cal-signature-256")
        if given == _UNSIGNED:
            raise HookError("The call is not signed: the webhook at Cal.com has no secret.", UNAUTHENTIC)
        self._signature.require_hex(given, call.body)
        content = parsed_object(call.body)
        return Telling(notices=(_notice(content, text(content.get("triggerEvent"))),))

    def look_up(self, reference: str, now: datetime) -> Notice | None:  # noqa: ARG002 -- see BookingSource
        return None


def _notice(content: Fields, event: str) -> Notice:
    """`MEETING_ENDED` is flat: what else stands in `payload` stands beside the event there."""
    payload = mapping(content.get("payload")) or content
    version = microseconds(content.get("createdAt"))
    if event == _NO_SHOW:
        return _absence(payload, version)
    told = reference("calcom", payload.get("uid"))
    if event not in STANDINGS:
        return Notice(source="calcom", reference=told, version=version)  # kept as unknown: it changes nothing
    old = reference("calcom", payload.get("rescheduleUid")) if event == "BOOKING_RESCHEDULED" else ""
    return Notice(
        source="calcom",
        reference=told,
        version=version,
        replaces=old,
        standing=STANDINGS[event],
        addresses=_client(payload),
        service=_service(payload),
        practitioner=name(mapping(payload.get("organizer")).get("name")),
        ended_at=moment(payload.get("endTime")),
    )


def _absence(payload: Fields, version: int) -> Notice:
    """Who came after all has `noShow: false`."""
    absent = [each.get("noShow") for each in items(payload.get("attendees"))]
    standing = None
    if absent and all(isinstance(each, bool) for each in absent):
        standing = Standing.NO_SHOW if all(absent) else Standing.BOOKED
    told = reference("calcom", payload.get("bookingUid"))
    return Notice(source="calcom", reference=told, version=version, standing=standing)


def _client(payload: Fields) -> tuple[str, ...]:
    """Everybody invited, but for who invites."""
    organizer = address(mapping(payload.get("organizer")).get("email"))
    found = [each for item in items(payload.get("attendees"))[:20] for each in address(item.get("email"))]
    return tuple(dict.fromkeys(each for each in found if each not in organizer))


def _service(payload: Fields) -> str:
    """The name of the event type. A `title` is “Deep tissue between Mara and Anna”: the names are left out."""
    told = name(payload.get("eventTitle")) or name(payload.get("type"))
    return told or name(payload.get("title")).partition(" between ")[0]
