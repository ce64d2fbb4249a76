"""DNS: what a domain says about who may write in its name."""

from collections.abc import Callable
from dataclasses import dataclass

from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer, Resolver

_SECONDS = 5.0

Ask = Callable[[str, str], tuple[str, ...] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The records of a sender's domain, each as text; None: the DNS did not answer.

    `spf` are its TXT records that begin with v=spf1 (RFC 7208), `dmarc` those of _dmarc (RFC 7489), `mx` the servers
    that take its mail, `dkim` the key of the selector that was asked for (RFC 6376).
    """

    spf: tuple[str, ...] | None
    dmarc: tuple[str, ...] | None
    mx: tuple[str, ...] | None
    dkim: tuple[str, ...] | None = None


def ask(name: str, kind: str) -> tuple[str, ...] | None:
    """The records of a name; empty where it has none, None where the DNS did not answer."""
    resolver = Resolver()
    resolver.lifetime = _SECONDS
    try:
        return tuple(_text(record.to_text()) for record in resolver.resolve(name, kind))
    except (NXDOMAIN, NoAnswer):
        return ()
    except (DNSException, OSError):
        return None


def published(domain: str, selector: str = "", ask: Ask = ask) -> Published:
    """What is to be known of a domain before mail goes out in its name; `selector` names a DKIM key."""
    return Published(
        spf=_beginning("v=spf1", ask(domain, "TXT")),
        dmarc=_beginning("v=dmarc1", ask(f"_dmarc.{domain}", "TXT")),
        mx=ask(domain, "MX"),
        dkim=ask(f"{selector}._domainkey.{domain}", "TXT") if selector else None,
    )


def _beginning(start: str, records: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if records is None else tuple(each for each in records if each.lower().startswith(start))


def _text(written: str) -> str:
    """A TXT record comes as quoted pieces of 255 bytes."""
    return written.replace('" "', "").strip('"')
