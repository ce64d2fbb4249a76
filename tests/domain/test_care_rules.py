"""Rules on the safety blocks of a care mail."""

import pytest

from newsletter.domain.care_rules import SERVICES, missing_blocks, required_blocks


@pytest.mark.parametrize("service", [*SERVICES, "tender", "a service of her own"])
def test_every_care_mail_needs_the_small_print_and_the_emergency_number(service: str) -> None:
    """Whatever was done, it is no diagnosis, and some signs cannot wait."""
    assert {"general", "emergency"} <= set(required_blocks((service,)))


@pytest.mark.parametrize(
    ("service", "block"),
    [
        ("deep-tissue", "deep_work"),
        ("deep-tissue", "clot"),
        ("trigger-point", "deep_work"),
        ("cupping", "skin"),
        ("hot-stone", "skin"),
        ("lymphatic", "lymphatic"),
        ("prenatal", "prenatal"),
        ("tender", "crisis"),
    ],
)
def test_a_service_needs_its_own_block(service: str, block: str) -> None:
    """Each is named when it is missing, and not when it is there."""
    assert block in missing_blocks(service, ("general", "emergency"))
    assert block not in missing_blocks(service, ("general", "emergency", block))


def test_nothing_is_missing_from_a_complete_mail() -> None:
    """What is required is enough."""
    assert all(missing_blocks(service, required_blocks((service,))) == () for service in SERVICES)


def test_several_services_need_what_each_of_them_needs() -> None:
    """The strictest precautions win, and what cannot wait comes first."""
    assert required_blocks(("reiki", "deep-tissue", "tender")) == (
        "crisis",
        "emergency",
        "clot",
        "deep_work",
        "general",
    )


def test_only_a_tender_session_needs_a_crisis_line() -> None:
    """Nobody is sent one for having had a massage."""
    assert not any("crisis" in required_blocks((service,)) for service in SERVICES)
