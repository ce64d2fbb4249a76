"""Consent changes only in the ways the law and the person allow."""

from datetime import UTC, datetime, timedelta

import pytest

from subscribers import jurisdiction
from subscribers.consent import Basis, ConsentAction, ConsentRecord, Stream, grant, in_force, offer, withdraw
from subscribers.errors import AudienceError

AT = datetime(2024, 2, 29, 12, tzinfo=UTC)


def offered(basis: Basis = Basis.EXPRESS, country: str = "CA", at: datetime = AT) -> ConsentRecord:
    return offer(Stream.MARKETING, basis, country=country, source="form", at=at)


@pytest.mark.parametrize(
    ("basis", "end"),
    [
        (Basis.IMPLIED_PURCHASE, datetime(2026, 2, 28, 12, tzinfo=UTC)),
        (Basis.IMPLIED_INQUIRY, datetime(2024, 8, 29, 12, tzinfo=UTC)),
    ],
)
def test_implied_consent_in_canada_ends(basis: Basis, end: datetime) -> None:
    """CASL 10(10): two years after a purchase, six months after an inquiry; a day before it holds, a day after not."""
    record = offered(basis)
    assert in_force(record, end - timedelta(days=1))
    assert not in_force(record, end)
    assert not in_force(record, end + timedelta(days=1))


def test_express_consent_does_not_end() -> None:
    """It lasts until she withdraws it."""
    assert in_force(offered(), AT + timedelta(days=36500))


def test_the_end_counts_from_the_purchase() -> None:
    """A purchase entered late does not last longer."""
    bought = AT - timedelta(days=100)
    record = offer(Stream.MARKETING, Basis.IMPLIED_PURCHASE, country="CA", source="till", at=AT, since=bought)
    assert record.expires_at == jurisdiction.months_later(bought, 24)


@pytest.mark.parametrize("country", ["", "XX", "ZW"])
def test_an_unknown_country_has_the_strictest_rules(country: str) -> None:
    """Only express consent will do there."""
    with pytest.raises(AudienceError, match="express"):
        offered(Basis.SOFT_OPT_IN, country=country)


def test_a_soft_opt_in_is_enough_in_britain() -> None:
    """PECR regulation 22(3)."""
    assert offered(Basis.SOFT_OPT_IN, country="GB").expires_at is None


def test_a_withdrawn_consent_is_not_granted_by_anyone_else() -> None:
    """Only an act of her own brings her back."""
    gone = withdraw(offered(), stream=Stream.MARKETING, source="link", at=AT)
    with pytest.raises(AudienceError, match="29 February 2024"):
        grant(gone, offered())
    assert grant(gone, offered(), own_act=True) == offered()


def test_the_same_consent_is_not_noted_twice() -> None:
    """A repeated import leaves the ledger alone."""
    assert grant(offered(), offered(at=AT + timedelta(days=9))) is None


def test_an_express_consent_is_not_weakened() -> None:
    """Neither by an implied one nor by a sign-up that waits for its confirmation."""
    assert grant(offered(), offered(Basis.IMPLIED_PURCHASE)) is None
    pending = ConsentRecord(
        stream=Stream.MARKETING, action=ConsentAction.PENDING, basis=Basis.EXPRESS, source="form", at=AT
    )
    assert grant(offered(), pending) is None


def test_a_new_purchase_prolongs_an_implied_consent() -> None:
    """The later end counts."""
    later = offered(Basis.IMPLIED_PURCHASE, at=AT + timedelta(days=30))
    assert grant(offered(Basis.IMPLIED_PURCHASE), later) == later


def test_an_expired_consent_can_be_given_again() -> None:
    """What is over does not stand in the way, even of a weaker basis."""
    later = offered(Basis.IMPLIED_INQUIRY, at=AT + timedelta(days=3000))
    assert grant(offered(Basis.IMPLIED_PURCHASE), later) == later


def test_withdrawing_twice_is_noted_once() -> None:
    """The first day counts."""
    gone = withdraw(None, stream=Stream.CARE, source="link", at=AT)
    assert gone is not None
    assert withdraw(gone, stream=Stream.CARE, source="link", at=AT + timedelta(days=1)) is None


def test_every_jurisdiction_allows_express_consent_and_names_its_source() -> None:
    """A rule without a source is a rumour."""
    for rules in jurisdiction.all_jurisdictions().values():
        assert rules.source
        for stream in (Stream.MARKETING, Stream.CARE):
            assert rules.allows(stream, Basis.EXPRESS)
        assert {basis for bases in rules.bases.values() for basis in bases} | set(rules.months) <= set(Basis)


def test_a_country_has_one_set_of_rules() -> None:
    """Listed twice, the order of the file would decide."""
    countries = [code for rules in jurisdiction.all_jurisdictions().values() for code in rules.countries]
    assert len(countries) == len(set(countries))
