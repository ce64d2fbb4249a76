"""What headings, services and states mean."""

import pytest

from newsletter.bookings.columns import Column, map_columns, parse_chosen
from newsletter.bookings.services import match, parse_told
from newsletter.bookings.standing import standing_of
from newsletter.domain.booking import Standing
from newsletter.errors import InputError

PLANS = [
    "relaxation",
    "deep-tissue",
    "trigger-point",
    "sports",
    "hot-stone",
    "cupping",
    "lymphatic",
    "prenatal",
    "reiki",
]


@pytest.mark.parametrize(
    ("service", "plans"),
    [
        ("Deep Tissue 60", ("deep-tissue",)),
        ("Deep-tissue massage & cupping", ("deep-tissue", "cupping")),
        ("Swedish Massage (90 min)", ("relaxation",)),
        ("Lymphdrainage", ("lymphatic",)),
        ("Hot Stones", ("hot-stone",)),
        ("Pregnancy massage", ("prenatal",)),
        ("Schröpfen", ("cupping",)),
        ("Massage", ()),
        ("Postnatal massage", ()),
        ("Transport", ()),
        ("", ()),
    ],
)
def test_a_service_is_known_by_its_words_or_not_at_all(service: str, plans: tuple[str, ...]) -> None:
    """What nobody can know is asked, not guessed."""
    assert match(service, PLANS, {}) == plans


def test_what_was_said_of_a_service_counts_before_its_words() -> None:
    """Capitals and signs aside; a plan that is gone does not count."""
    assert match("Sport-Reiki!", PLANS, {"sport reiki": "reiki"}) == ("reiki",)
    assert match("Special", PLANS, {"special": "gone"}) == ()
    assert parse_told(["A=B 60=reiki"]) == {"A=B 60": "reiki"}


@pytest.mark.parametrize("text", ["", "=", "a", "a=", "=b"])
def test_a_pair_that_is_none_is_refused(text: str) -> None:
    """For services as for columns."""
    with pytest.raises(InputError):
        parse_told([text])


@pytest.mark.parametrize(
    ("word", "standing"),
    [
        ("", Standing.BOOKED),
        ("CONFIRMED", Standing.BOOKED),
        ("Completed", Standing.DONE),
        ("Canceled", Standing.CANCELLED),
        ("CANCELLED_BY_CUSTOMER", Standing.CANCELLED),
        ("no-show", Standing.NO_SHOW),
        ("storniert", Standing.CANCELLED),
        ("purple", None),
    ],
)
def test_a_state_is_known_by_its_word(word: str, standing: Standing | None) -> None:
    """An unknown word is not taken for a good one."""
    assert standing_of(word) is standing


@pytest.mark.parametrize(
    "headings",
    [
        ["Start Time", "End Time", "First Name", "Email", "Type", "Calendar", "Appointment ID", "Notes"],
        ["client_email", "SERVICE", "date", "time", "duration (min)"],
        ["E-Mail-Adresse", "Behandlung", "Ende"],
    ],
)
def test_headings_of_several_programs_are_understood(headings: list[str]) -> None:
    """The address, the service and the time are always found."""
    found = map_columns(headings, {}, {})
    assert {Column.EMAIL, Column.SERVICE} <= found.keys()
    assert len(set(found.values())) == len(found)


def test_a_chosen_column_counts_before_a_guess() -> None:
    """Its heading may hold a comma, in quotes."""
    chosen = parse_chosen('email=Second mail,"service=What, and how"')
    found = map_columns(["Email", "Second mail", "What, and how", "End"], {}, chosen)
    assert found == {Column.EMAIL: 1, Column.SERVICE: 2, Column.END: 3}


@pytest.mark.parametrize("text", ["email", "colour=Email", "email="])
def test_a_column_nobody_knows_is_refused(text: str) -> None:
    """With the names there are."""
    with pytest.raises(InputError, match="practitioner"):
        parse_chosen(text)
