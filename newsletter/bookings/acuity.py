"""Acuity's webhooks (https://developers.acuityscheduling.com/docs/webhooks) and its appointments.

`X-Acuity-Signature` is the HMAC of the body under the API key, in base 64. A call names an appointment and nothing
else; how it stands is looked up, and what was looked up last counts. `forms`, `formsText` and `notes` hold health data.
"""

from datetime import datetime, timedelta
from urllib.parse import parse_qs, quote

from newsletter.bookings.source import Signature, address, name, reference, version_at
from newsletter.domain.booking import Notice, Standing, Telling
from newsletter.errors import HookError
from newsletter.providers.accounts.questions import Questions
from newsletter.providers.hooks.base import UNREADABLE, HookCall, header
from newsletter.providers.hooks.fields import Fields, moment, text
from newsletter.providers.http import Basic

SETTING = "AFTERGLOW_ACUITY_API_KEY"
_ACTIONS = frozenset({"scheduled", "rescheduled", "canceled", "changed"})
_MOST_FIELDS = 50
_LONGEST_SESSION = 24 * 60  # minutes


class AcuitySource:
    name = "acuity"
    title = "Acuity"
    answers = True

    def __init__(self, user_id: str, api_key: str, base_url: str) -> None:
        self._signature = Signature(api_key, SETTING)
        self._questions = Questions("Acuity", Basic(api_key, SETTING, user_id), SETTING, base_url)

    def read(self, call: HookCall, now: datetime) -> Telling:
        self._signature.require_base64(header(call, "x-acuity-signature"), call.body)
        fields = _form(call.body)
        action = fields.get("action", "").rpartition(".")[2]  # the newer webhooks say appointment.scheduled
        told = reference("acuity", fields.get("id", "")) if fields.get("id", "").isdecimal() else ""
        if action not in _ACTIONS or not told:
            return Telling(notices=(Notice(source="acuity", reference=told),))
        cancelled = action == "canceled"
        notice = Notice(
            source="acuity",
            reference=told,
            version=version_at(now) if cancelled else 0,
            standing=Standing.CANCELLED if cancelled else None,
        )
        return Telling(notices=(notice,), ask=(told,))

    def look_up(self, reference: str, now: datetime) -> Notice | None:
        number = quote(reference.removeprefix("acuity:"), safe="")
        found = self._questions.knows(f"/api/v1/appointments/{number}")
        if found is None:
            return None
        return Notice(
            source="acuity",
            reference=reference,
            version=version_at(now),
            standing=_standing(found),
            addresses=address(found.get("email")),
            service=name(found.get("type")),
            practitioner=name(found.get("calendar")),
            ended_at=_end(found),
        )


def _form(body: bytes) -> dict[str, str]:
    """The first value of each field. Raises HookError where there are more than any webhook has."""
    try:
        found = parse_qs(body.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise HookError("The body holds too many fields.", UNREADABLE) from None
    if not found:
        raise HookError("The body is no form.", UNREADABLE)
    return {field: values[0] for field, values in found.items()}


def _standing(found: Fields) -> Standing:
    """`noShow` stands only on what was cancelled."""
    if found.get("noShow") is True:
        return Standing.NO_SHOW
    return Standing.CANCELLED if found.get("canceled") is True else Standing.BOOKED


def _end(found: Fields) -> datetime | None:
    """`duration` is a string of minutes; `datetime` has an offset, 2026-03-02T17:00:00+0000."""
    begins, minutes = moment(found.get("datetime")), text(found.get("duration"))
    if begins is None or not (minutes.isascii() and minutes.isdecimal() and 0 < int(minutes[:5]) <= _LONGEST_SESSION):
        return None
    return begins + timedelta(minutes=int(minutes))
