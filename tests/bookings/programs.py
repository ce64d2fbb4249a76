"""Booking programs as they call: their messages, signed as each of them signs, with health data in all of them."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

SECRET = "a-long-and-random-secret"
TOKEN = "EAAAl-token"
ADDRESS = "https://juniper.example/bookings/square"
NOTE = "expecting twins, scar on the left"  # in every message; nowhere else may it ever be
PROGRAMS = ("calcom", "calendly", "square", "acuity")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A call as it comes in."""

    body: bytes
    headers: dict[str, str]


def settings() -> dict[str, object]:
    """All programs are set up."""
    return {
        "public_url": "https://juniper.example",
        "calcom_webhook_secret": SECRET,
        "calendly_webhook_signing_key": SECRET,
        "square_webhook_signature_key": SECRET,
        "square_access_token": TOKEN,
        "acuity_user_id": "7",
        "acuity_api_key": SECRET,
    }


def sign(program: str, body: bytes, now: datetime) -> Signed:
    """`body` under the signature of that program."""
    if program == "calcom":
        return Signed(body=body, headers={"X-Cal-Signature-256": _hmac(body).hex()})
    if program == "calendly":
        at = str(int(now.timestamp()))
        return Signed(
            body=body,
            headers={"Calendly-Webhook-Signature": f"t={at},v1={_hmac(at.encode() + b'.' + body).hex()}"},
        )
    signed, name = (
        (ADDRESS.encode() + body, "x-square-hmacsha256-signature")
        if program == "square"
        else (body, "X-Acuity-Signature")
    )
    return Signed(body=body, headers={name: base64.b64encode(_hmac(signed)).decode()})


def tampered(signed: Signed) -> Signed:
    """The same signature over other words."""
    return replace(signed, body=signed.body.replace(b"anna", b"dora") + b" ")


def _hmac(content: bytes) -> bytes:
    return hmac.digest(SECRET.encode(), content, hashlib.sha256)


def created(program: str, at: datetime, ends: datetime) -> bytes:
    """A new booking of Anna's, told at that moment."""
    return {
        "calcom": lambda: calcom("BOOKING_CREATED", at, ends),
        "calendly": lambda: calendly("invitee.created", at, ends),
        "square": lambda: square(1, ends),
        "acuity": lambda: acuity("scheduled"),
    }[program]()


def calcom(event: str, at: datetime, ends: datetime, uid: str = "bk-1", **more: object) -> bytes:
    payload = {
        "uid": uid,
        "bookingId": 91,
        "eventTypeId": 4,
        "type": "deep-tissue-60",
        "title": "Deep Tissue between Mara Lind and Anna Okafor",
        "startTime": _iso(ends - timedelta(hours=1)),
        "endTime": _iso(ends),
        "status": "ACCEPTED",
        "additionalNotes": NOTE,
        "responses": {"pregnant": {"label": "Are you pregnant?", "value": NOTE}},
        "organizer": {"name": "Mara", "email": "mara@juniper.example", "timeZone": "Europe/London"},
        "attendees": [{"email": "Anna@example.com", "name": "Anna Okafor", "timeZone": "Europe/London"}],
        "cancellationReason": NOTE,
    }
    return _json({"triggerEvent": event, "createdAt": _iso(at), "payload": payload | more})


def calcom_flat(at: datetime, ends: datetime, uid: str = "bk-1") -> bytes:
    """`MEETING_ENDED` has no payload of its own."""
    whole = json.loads(calcom("MEETING_ENDED", at, ends, uid))
    return _json({"triggerEvent": "MEETING_ENDED", "createdAt": whole["createdAt"], **whole["payload"]})


def calcom_absence(at: datetime, absent: bool = True, uid: str = "bk-1") -> bytes:
    attendees = [{"email": "anna@example.com", "noShow": absent}]
    payload = {"message": "marked", "bookingUid": uid, "attendees": attendees}
    return _json({"triggerEvent": "BOOKING_NO_SHOW_UPDATED", "createdAt": _iso(at), "payload": payload})


def calendly(
    event: str,
    at: datetime,
    ends: datetime,
    name: str = "one",
    *,
    old: str = "",
    new: str = "",
    rescheduled: bool = False,
) -> bytes:
    uri = "https://api.calendly.com/scheduled_events/{0}/invitees/{0}"
    payload = {
        "uri": uri.format(name),
        "email": "anna@example.com",
        "name": "Anna Okafor",
        "first_name": None,
        "timezone": "Europe/London",
        "status": "active",
        "rescheduled": rescheduled,
        "old_invitee": uri.format(old) if old else None,
        "new_invitee": uri.format(new) if new else None,
        "no_show": None,
        "cancellation": {"reason": NOTE} if event == "invitee.canceled" else None,
        "questions_and_answers": [{"question": "Anything we should know?", "answer": NOTE, "position": 0}],
        "scheduled_event": {
            "uri": f"https://api.calendly.com/scheduled_events/{name}",
            "name": "Deep Tissue 60",
            "start_time": _iso(ends - timedelta(hours=1)),
            "end_time": _iso(ends),
            "event_memberships": [{"user_name": "Mara", "user_email": "mara@juniper.example"}],
        },
    }
    return _json({"event": event, "created_at": _iso(at), "created_by": "users/1", "payload": payload})


def square_booking(version: int, ends: datetime, status: str = "ACCEPTED") -> dict[str, object]:
    segments = [
        {"duration_minutes": 60, "service_variation_id": "VAR", "team_member_id": "TM"},
        {"duration_minutes": 30, "service_variation_id": "VAR", "team_member_id": "TM"},
    ]
    return {
        "id": "sq-1",
        "version": version,
        "status": status,
        "start_at": _iso(ends - timedelta(minutes=90)),
        "location_id": "L",
        "customer_id": "CUST",
        "customer_note": NOTE,
        "appointment_segments": segments,
    }


def square(version: int, ends: datetime, status: str = "ACCEPTED") -> bytes:
    event = {
        "merchant_id": "M",
        "type": "booking.updated",
        "event_id": f"e-{version}",
        "created_at": "2026-03-01T00:00:00Z",
    }
    event["type"] = "booking.created" if version <= 1 else "booking.updated"
    held = {"type": "booking", "id": "sq-1", "object": {"booking": square_booking(version, ends, status)}}
    return _json({**event, "data": held})


def acuity(action: str, number: int = 77) -> bytes:
    return urlencode({"action": action, "id": number, "calendarID": 3, "appointmentTypeID": 5}).encode()


def acuity_appointment(ends: datetime, **more: object) -> dict[str, object]:
    begins = ends.astimezone(UTC) - timedelta(hours=1)
    return {
        "id": 77,
        "firstName": "Anna",
        "email": "anna@example.com",
        "datetime": begins.strftime("%Y-%m-%dT%H:%M:%S+0000"),
        "duration": "60",
        "type": "Deep Tissue",
        "calendar": "Mara",
        "canceled": False,
        "notes": NOTE,
        "forms": [{"name": "Intake", "values": [{"name": "Pregnant?", "value": NOTE}]}],
        "formsText": NOTE,
        **more,
    }


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _json(content: object) -> bytes:
    return json.dumps(content).encode()
