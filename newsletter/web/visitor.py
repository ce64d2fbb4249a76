"""Visitor: the address that a request comes from, seen through the proxies that are trusted."""

import ipaddress
from collections.abc import Iterable

from flask import request

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def visitor(trusted: Iterable[str]) -> str:
    """The address behind the request at hand; `trusted` are networks, as the settings have them."""
    forwarded = ",".join(request.headers.getlist("X-Forwarded-For"))
    return address_behind(request.remote_addr or "", forwarded, [ipaddress.ip_network(each) for each in trusted])


def address_behind(peer: str, forwarded: str, trusted: Iterable[_Network]) -> str:
    """Who spoke to the outermost trusted proxy.

    Each proxy adds at the right whom it heard from (X-Forwarded-For), so the list is read from there, for as long as
    the speaker is trusted. What stands left of that, anybody could have written.
    """
    networks, believed = list(trusted), peer
    for named in reversed([*forwarded.split(","), peer]):
        address = _parsed(named)
        if address is None:
            break
        believed = str(address)
        if not any(address in network for network in networks):
            break
    return believed


def _parsed(text: str) -> _Address | None:
    """As proxies write it: bare, in brackets, with a port."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
