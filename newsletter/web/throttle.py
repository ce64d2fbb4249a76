"""Throttle: how often a form may be posted, by one network and by all together."""

import hashlib
import ipaddress
from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock

_MOST_NETWORKS = 10_000
_EVERYBODY = b""


class Throttle:
    """At most `most` times in `window` for one network, an IPv4 /24 or an IPv6 /48, kept as a keyed hash, in memory;
    and at most `in_all` times for all of them. What was refused to a network does not count for the others.

    What must outlast a restart, how many mails one address is sent, is counted in the store (newsletter.signup).
    """

    def __init__(self, most: int, in_all: int, window: timedelta, key: bytes) -> None:
        self._most = most
        self._in_all = in_all
        self._window = window
        self._key = hashlib.sha256(key).digest()
        self._seen: OrderedDict[bytes, tuple[datetime, int]] = OrderedDict()
        self._lock = Lock()

    def allows(self, address: str, now: datetime) -> bool:
        """Counts one more from that address, and says whether it is within the bounds."""
        network = hashlib.blake2b(_network(address).encode(), key=self._key, digest_size=16).digest()
        with self._lock:
            return self._count(network, now) < self._most and self._count(_EVERYBODY, now) < self._in_all

    def _count(self, who: bytes, now: datetime) -> int:
        """How often there was one before in the window that runs."""
        began, number = self._seen.pop(who, (now, 0))
        if not began <= now < began + self._window:
            began, number = now, 0
        self._seen[who] = began, number + 1
        if len(self._seen) > _MOST_NETWORKS:
            self._seen.popitem(last=False)
        return number


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))
