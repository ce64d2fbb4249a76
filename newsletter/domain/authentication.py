"""Authentication: whether mailboxes can see that a studio's mail is its own."""

import re
from collections.abc import Iterator, Sequence

from newsletter.domain.finding import Finding, Severity

_POLICY = re.compile(r";\s*p\s*=\s*(\w+)", re.IGNORECASE)
_WHO = "Ask whoever keeps your domain, with the words your mail service gives for it."


def check_domain(
    domain: str, *, spf: Sequence[str] | None, dmarc: Sequence[str] | None, mx: Sequence[str] | None
) -> Iterator[Finding]:
    """What Gmail and Yahoo have wanted of senders since 2024: SPF or DKIM, DMARC, and an address that takes replies.

    Records as text; None: the DNS did not answer.
    """
    if spf is None or dmarc is None or mx is None:
        yield _finding(
            Severity.ADVICE, "dns.silent", f"The DNS said nothing about {domain}.", domain, "Check again later."
        )
        return
    if len(spf) != 1:
        fault = "has no SPF record" if not spf else "has several SPF records, which count as none (RFC 7208, 4.5)"
        yield _finding(
            Severity.WARNING, "dns.spf", f"{domain} {fault}; some mailboxes will take the mail for forged.", domain
        )
    if not dmarc:
        yield _finding(
            Severity.WARNING, "dns.dmarc", f"{domain} has no DMARC record; Gmail and Yahoo want one.", domain
        )
    elif not _POLICY.search(dmarc[0]):
        yield _finding(Severity.WARNING, "dns.dmarc", f"The DMARC record of {domain} names no policy (p=...).", domain)
    if not mx:
        yield _finding(Severity.WARNING, "dns.mx", f"{domain} takes no mail, so replies to you are lost.", domain)


def check_key(name: str, records: Sequence[str] | None) -> Iterator[Finding]:
    """The DKIM key that mails are signed with; `records` as for `check_domain`."""
    if records is not None and not any("p=" in each for each in records):
        yield _finding(
            Severity.ERROR, "dns.dkim", f"There is no DKIM key at {name}, so every signature is wrong.", name
        )


def _finding(severity: Severity, rule: str, message: str, where: str, suggestion: str = _WHO) -> Finding:
    return Finding(severity=severity, rule=rule, message=message, where=where, suggestion=suggestion)
