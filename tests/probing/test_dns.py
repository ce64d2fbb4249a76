"""What a domain publishes is read as the DNS gives it, and judged in plain words."""

import pytest

from newsletter.domain.authentication import check_domain, check_key
from newsletter.domain.finding import Severity
from newsletter.probing.dns import published

ZONE = {
    ("juniper.example", "TXT"): ("v=spf1 include:mail.example -all", "some-site-verification=1"),
    ("_dmarc.juniper.example", "TXT"): ("v=DMARC1; p=none; rua=mailto:mara@juniper.example",),
    ("juniper.example", "MX"): ("10 mx.mail.example.",),
    ("s1._domainkey.juniper.example", "TXT"): ("v=DKIM1; p=MIIB",),
}


def ask(name: str, kind: str) -> tuple[str, ...] | None:
    return ZONE.get((name, kind), ())


def rules(domain: str, **changed: tuple[str, ...] | None) -> list[str]:
    records = published(domain, ask=ask)
    told = {"spf": records.spf, "dmarc": records.dmarc, "mx": records.mx} | changed
    return [each.rule for each in check_domain(domain, **told)]


def test_only_what_speaks_of_mail_is_read() -> None:
    records = published("juniper.example", "s1", ask=ask)
    assert records.spf == ("v=spf1 include:mail.example -all",)
    assert records.dkim == ("v=DKIM1; p=MIIB",)


def test_a_domain_that_has_everything_is_not_mentioned() -> None:
    assert rules("juniper.example") == []


def test_a_domain_without_anything_is_told_each_thing() -> None:
    assert rules("nothing.example") == ["dns.spf", "dns.dmarc", "dns.mx"]


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"spf": ("v=spf1 -all", "v=spf1 ~all")}, "dns.spf"),
        ({"dmarc": ("v=DMARC1; rua=mailto:x@juniper.example",)}, "dns.dmarc"),
        ({"mx": None}, "dns.silent"),
    ],
)
def test_what_counts_as_none_is_told(changed: dict[str, tuple[str, ...] | None], rule: str) -> None:
    """Two SPF records count as none (RFC 7208, 4.5); a DMARC record needs a policy; silence proves nothing."""
    assert rules("juniper.example", **changed) == [rule]


def test_a_key_that_is_not_there_is_an_error() -> None:
    """Every mailbox would see a broken signature."""
    (found,) = check_key("s2._domainkey.juniper.example", ask("s2._domainkey.juniper.example", "TXT"))
    assert found.severity is Severity.ERROR
    assert not list(check_key("s2._domainkey.juniper.example", None))
