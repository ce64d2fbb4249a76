"""Square's webhooks (https://developer.squareup.com/docs/webhooks/step3validate) and its Bookings API.

`x-square-hmacsha256-signature` signs the address that is called and the body. A booking has a `version` that grows,
neither an end (its segments are added up) nor an address or the name of a service: those are looked up.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from newsletter.bookings.source import Signature, address, name, reference
from newsletter.domain.booking import Notice, Standing, Telling
from newsletter.providers.accounts.questions import Questions
from newsletter.providers.hooks.base import HookCall, header, parsed_object
from newsletter.providers.hooks.fields import Fields, items, mapping, moment, text
from newsletter.providers.http import Bearer

SETTING = "AFTERGLOW_SQUARE_WEBHOOK_SIGNATURE_KEY"
TOKEN_SETTING = "AFTERGLOW_SQUARE_ACCESS_TOKEN"  # noqa: S105 -- the name of a setting
STANDINGS: Final[Mapping[str, Standing]] = {  # PENDING is missing: nobody has accepted it yet
    "ACCEPTED": Standing.BOOKED,
    "DECLINED": Standing.CANCELLED,
    "CANCELLED_BY_CUSTOMER": Standing.CANCELLED,
    "CANCELLED_BY_SELLER": Standing.CANCELLED,
    "NO_SHOW": Standing.NO_SHOW,
}
_EVENTS = frozenset({"booking.created", "booking.updated"})
_LONGEST_SESSION = 24 * 60  # minutes


class SquareSource:
    """`address` is the one that Square was told to call, to the letter: it is signed too."""

    name = "square"
    title = "Square"
    answers = True

    def __init__(self, signature_key: str, token: str, address: str, base_url: str) -> None:
        self._signature = Signature(signature_key, SETTING)
        self._address = address.encode()
        self._questions = Questions("Square", Bearer(token, TOKEN_SETTING), TOKEN_SETTING, base_url)

    def read(self, call: HookCall, now: datetime) -> Telling:  # noqa: ARG002 -- nothing signed tells of a moment
        self._signature.require_base64(header(call, "x-square-hmacsha256-signature"), self._address + call.body)
        content = parsed_object(call.body)
        booking = mapping(mapping(mapping(content.get("data")).get("object")).get("booking"))
        told = reference("square", booking.get("id"))
        if text(content.get("type")) not in _EVENTS or not told:
            return Telling(notices=(Notice(source="square", reference=told),))
        return Telling(notices=(_notice(booking),), ask=(told,))

    def look_up(self, reference: str, now: datetime) -> Notice | None:  # noqa: ARG002 -- Square counts versions
        number = reference.removeprefix("square:")
        answer = self._questions.knows(f"/v2/bookings/{quote(number, safe='')}")
        if answer is None:
            return None
        booking = mapping(answer.get("booking"))
        return _notice(
            booking,
            addresses=self._client(text(booking.get("customer_id"))),
            service=" + ".join(filter(None, map(self._service, _each(booking, "service_variation_id"))))[:120],
            practitioner=next(filter(None, map(self._practitioner, _each(booking, "team_member_id"))), ""),
        )

    def _client(self, customer_id: str) -> tuple[str, ...]:
        customer = mapping(self._known("/v2/customers/", customer_id).get("customer"))
        return address(customer.get("email_address"))

    def _service(self, variation_id: str) -> str:
        """“Deep tissue” with its variation “60 minutes”."""
        answer = self._known("/v2/catalog/object/", variation_id, include_related_objects="true")
        variation = mapping(mapping(answer.get("object")).get("item_variation_data"))
        related = items(answer.get("related_objects"))
        item = next((mapping(each.get("item_data")) for each in related if each.get("type") == "ITEM"), {})
        return " ".join(filter(None, (name(item.get("name")), name(variation.get("name")))))

    def _practitioner(self, member_id: str) -> str:
        member = mapping(self._known("/v2/team-members/", member_id).get("team_member"))
        return name(member.get("given_name"))

    def _known(self, path: str, named: str, **query: str) -> Mapping[str, object]:
        """What Square knows by that id; nothing where there is none."""
        found = self._questions.knows(f"{path}{quote(named, safe='')}", **query) if named else None
        return found or {}


def _notice(booking: Fields, *, addresses: tuple[str, ...] = (), service: str = "", practitioner: str = "") -> Notice:
    version = booking.get("version")
    return Notice(
        source="square",
        reference=reference("square", booking.get("id")),
        version=version if isinstance(version, int) and 0 <= version < 2**53 else 0,
        standing=STANDINGS.get(text(booking.get("status"))),
        addresses=addresses,
        service=service,
        practitioner=practitioner,
        ended_at=_end(booking),
    )


def _end(booking: Fields) -> datetime | None:
    begins = moment(booking.get("start_at"))
    lengths = [each.get("duration_minutes") for each in items(booking.get("appointment_segments"))]
    minutes = sum(each for each in lengths if isinstance(each, int) and 0 < each <= _LONGEST_SESSION)
    return begins + timedelta(minutes=min(minutes, _LONGEST_SESSION)) if begins and minutes else None


def _each(booking: Fields, field: str) -> list[str]:
    """That field of each segment, every value once; nobody books more than a few."""
    found = (text(each.get(field)) for each in items(booking.get("appointment_segments"))[:10])
    return list(dict.fromkeys(filter(None, found)))
