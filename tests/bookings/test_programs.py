"""Booking programs: whoever cannot prove himself is refused, what is read is little, and notes are not among it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from newsletter.bookings.source import BookingSource
from newsletter.config import Settings
from newsletter.domain.booking import Notice, Standing
from newsletter.errors import HookError, SettingsError
from newsletter.providers.hooks.base import HookCall
from newsletter.sources import booking_sources
from tests.bookings import programs
from tests.bookings.programs import NOTE, PROGRAMS, Signed, sign, tampered

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ENDS = datetime(2026, 3, 2, 18, tzinfo=UTC)
HOME = Path("home")
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just("2026-03-02T18:00:00Z"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=6,
)


def source(program: str) -> BookingSource:
    return booking_sources(Settings.model_validate({"home": HOME} | programs.settings()))[program]


def call(signed: Signed) -> HookCall:
    return HookCall(headers={name.lower(): value for name, value in signed.headers.items()}, body=signed.body)


def read(program: str, body: bytes, now: datetime = NOW) -> tuple[Notice, ...]:
    return source(program).read(call(sign(program, body, now)), now).notices


def only(program: str, body: bytes) -> Notice:
    (notice,) = read(program, body)
    return notice


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_authentic_call_is_read_without_the_notes(program: str) -> None:
    """Notes and intake answers end here."""
    assert NOTE not in repr(read(program, programs.created(program, NOW, ENDS)))


@pytest.mark.parametrize(
    ("program", "practitioner", "address", "service"),
    [
        ("calcom", "Mara", ("anna@example.com",), "deep-tissue-60"),
        ("calendly", "Mara", ("anna@example.com",), "Deep Tissue 60"),
        ("square", "", (), ""),  # it says so only when it is asked
    ],
)
def test_a_new_booking_is_understood(program: str, practitioner: str, address: tuple[str, ...], service: str) -> None:
    """Who, what and when; the name of nobody but the practitioner."""
    notice = only(program, programs.created(program, NOW, ENDS))
    assert (notice.standing, notice.ended_at) == (Standing.BOOKED, ENDS)
    assert (notice.addresses, notice.service, notice.practitioner) == (address, service, practitioner)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_wrong_missing_or_foreign_signature_is_refused(program: str) -> None:
    """Each of them as 401, whatever stands in the body."""
    signed = sign(program, programs.created(program, NOW, ENDS), NOW)
    (name,) = signed.headers
    wrong = {name: signed.headers[name][:-4] + "AAA="}
    for each in (tampered(signed), replace(signed, headers={}), replace(signed, headers=wrong)):
        with pytest.raises(HookError) as refused:
            source(program).read(call(each), NOW)
        assert refused.value.status == 401


def test_a_webhook_of_calcom_without_a_secret_is_refused() -> None:
    """It sends words instead of a signature; and they are no signature of anything."""
    body = programs.created("calcom", NOW, ENDS)
    for given_ in ("no-secret-provided", "", "sha256="):
        with pytest.raises(HookError):
            source("calcom").read(HookCall(headers={"x-cal-signature-256": given_}, body=body), NOW)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_replay_of_calendly_is_refused(seconds: int) -> None:
    """Five minutes, before and after."""
    signed = sign("calendly", programs.created("calendly", NOW, ENDS), NOW)
    with pytest.raises(HookError, match="too old"):
        source("calendly").read(call(signed), NOW + timedelta(seconds=seconds))
    assert source("calendly").read(call(signed), NOW + timedelta(seconds=seconds * 299 // 301)).notices


def test_the_moment_of_calendly_is_signed_too() -> None:
    """A fresh moment before an old signature proves nothing."""
    signed = sign("calendly", programs.created("calendly", NOW, ENDS), NOW - timedelta(days=1))
    (value,) = signed.headers.values()
    fresh = f"t={int(NOW.timestamp())},{value.partition(',')[2]}"
    with pytest.raises(HookError):
        source("calendly").read(call(replace(signed, headers={"Calendly-Webhook-Signature": fresh})), NOW)


def test_square_signs_the_address_that_it_calls() -> None:
    """The same body, signed for another address, is another's."""
    signed = sign("square", programs.created("square", NOW, ENDS), NOW)
    elsewhere = {"home": HOME, **programs.settings(), "square_webhook_url": "https://other.example/bookings/square"}
    other = booking_sources(Settings.model_validate(elsewhere))["square"]
    with pytest.raises(HookError):
        other.read(call(signed), NOW)


@pytest.mark.parametrize("program", ["calcom", "calendly", "square"])
def test_a_body_that_breaks_off_is_400_with_a_sentence(program: str) -> None:
    """Signed or not: what cannot be read is not kept."""
    body = programs.created(program, NOW, ENDS)[:-9]
    with pytest.raises(HookError, match=r"The body is no JSON\.") as refused:
        read(program, body)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("program", "body"),
    [
        ("calcom", programs.calcom("OOO_CREATED", NOW, ENDS)),
        ("calcom", programs.calcom("BOOKING_REQUESTED", NOW, ENDS)),  # nobody has accepted it yet
        ("calendly", programs.calendly("routing_form_submission.created", NOW, ENDS)),
        ("square", b'{"type": "payment.created"}'),
        ("acuity", b"action=order.completed&id=77"),
    ],
)
def test_an_unknown_event_is_kept_and_says_nothing(program: str, body: bytes) -> None:
    """No standing, no address, no service."""
    notice = only(program, body)
    assert (notice.standing, notice.addresses, notice.service, notice.ended_at) == (None, (), "", None)


@pytest.mark.parametrize(
    ("status", "standing"),
    [
        ("PENDING", None),
        ("ACCEPTED", Standing.BOOKED),
        ("DECLINED", Standing.CANCELLED),
        ("CANCELLED_BY_CUSTOMER", Standing.CANCELLED),
        ("CANCELLED_BY_SELLER", Standing.CANCELLED),
        ("NO_SHOW", Standing.NO_SHOW),
        ("SOMETHING_NEW", None),
    ],
)
def test_the_words_of_square_are_translated(status: str, standing: Standing | None) -> None:
    """Its own version orders them; the segments are added up."""
    notice = only("square", programs.square(3, ENDS, status))
    assert (notice.standing, notice.version, notice.ended_at) == (standing, 3, ENDS)


def test_rescheduling_at_calcom_names_the_old_booking() -> None:
    """Its id is a new one."""
    notice = only("calcom", programs.calcom("BOOKING_RESCHEDULED", NOW, ENDS, "bk-2", rescheduleUid="bk-1"))
    assert (notice.reference, notice.replaces) == ("calcom:bk-2", "calcom:bk-1")


def test_rescheduling_at_calendly_is_no_cancellation() -> None:
    """Both of its calls tell that one booking took the other's place."""
    gone = only("calendly", programs.calendly("invitee.canceled", NOW, ENDS, "one", new="two", rescheduled=True))
    come = only("calendly", programs.calendly("invitee.created", NOW, ENDS, "two", old="one"))
    assert (gone.standing, gone.reference, gone.replaces) == (None, come.reference, come.replaces)
    cancelled = only("calendly", programs.calendly("invitee.canceled", NOW, ENDS, "one"))
    assert (cancelled.standing, cancelled.replaces) == (Standing.CANCELLED, "")


@pytest.mark.parametrize(
    ("program", "body", "standing"),
    [
        ("calcom", programs.calcom_absence(NOW), Standing.NO_SHOW),
        ("calcom", programs.calcom_absence(NOW, absent=False), Standing.BOOKED),
        ("calcom", programs.calcom_flat(NOW, ENDS), Standing.BOOKED),
        ("calendly", programs.calendly("invitee_no_show.created", NOW, ENDS), Standing.NO_SHOW),
        ("calendly", programs.calendly("invitee_no_show.deleted", NOW, ENDS), Standing.BOOKED),
        ("acuity", programs.acuity("canceled"), Standing.CANCELLED),
    ],
)
def test_who_did_not_come_is_told(program: str, body: bytes, standing: Standing) -> None:
    """In each program's own shape; of the booking that it is about."""
    notice = only(program, body)
    assert (notice.standing, bool(notice.reference)) == (standing, True)


@pytest.mark.parametrize("program", ["acuity", "square"])
def test_what_a_call_does_not_tell_is_to_be_asked(program: str) -> None:
    """By its reference; what is no number of an appointment is not."""
    body = programs.created(program, NOW, ENDS)
    telling = source(program).read(call(sign(program, body, NOW)), NOW)
    assert telling.ask == (telling.notices[0].reference,)
    odd = sign("acuity", b"action=scheduled&id=..%2Fme", NOW)
    assert source("acuity").read(call(odd), NOW).ask == ()


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"&".join(b"a%d=1" % number for number in range(60)), b"no form at all"]
)
def test_what_is_no_form_is_refused(body: bytes) -> None:
    """As 400; more fields than any appointment has are not even counted."""
    with pytest.raises(HookError) as refused:
        read("acuity", body)
    assert refused.value.status == 400


@pytest.mark.parametrize("program", ["calcom", "calendly", "square"])
@examples(max_examples=40)
@given(st.data())
def test_whatever_is_signed_it_becomes_a_notice_or_a_refusal(program: str, data: st.DataObject) -> None:
    """Any value in any place."""
    whole = json.loads(programs.created(program, NOW, ENDS))
    inner = whole["data"]["object"]["booking"] if program == "square" else whole["payload"]
    place = data.draw(st.sampled_from([whole, inner, inner.get("scheduled_event", inner)]))
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(_VALUES)
    for notice in read(program, json.dumps(whole).encode()):
        assert len(notice.key) == 64
        assert len(notice.reference) < 500


@pytest.mark.parametrize(
    "change",
    [
        {"calcom_webhook_secret": "short"},
        {"square_access_token": None},
        {"acuity_user_id": ""},
        {"acuity_api_key": "ä" * 9},
    ],
)
def test_what_cannot_work_is_refused_at_the_start(change: dict[str, object]) -> None:
    """With the setting's name, and without its value."""
    with pytest.raises(SettingsError) as refused:
        booking_sources(Settings.model_validate({"home": HOME, **programs.settings(), **change}))
    assert next(iter(change)) in str(refused.value).lower()


def test_what_has_no_secret_is_not_listened_to() -> None:
    assert booking_sources(Settings.model_validate({"home": HOME})) == {}
