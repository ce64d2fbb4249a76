"""Throttle: how often one network may post a form."""

import hashlib
import ipaddress
from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock

_MOST_NETWORKS = 10_000


class Throttle:
    """At most `most` times in `window` for one network: an IPv4 /24 or an IPv6 /48, kept as a keyed hash, in memory.

    What must outlast a restart, how many mails one address is sent, is counted in the store (newsletter.signup).
    """

    def __init__(self, most: int, window: timedelta, key: bytes) -> None:
        self._most = most
        self._window = window
        self._key = hashlib.sha256(key).digest()
        self._seen: OrderedDict[bytes, tuple[datetime, int]] = OrderedDict()
        self._lock = Lock()

    def allows(self, address: str, now: datetime) -> bool:
        """Counts one more from that address, and says whether it is within the bounds."""
        network = hashlib.blake2b(_network(address).encode(), key=self._key, digest_size=16).digest()
        with self._lock:
            began, number = self._seen.pop(network, (now, 0))
            if not began <= now < began + self._window:
                began, number = now, 0
            self._seen[network] = began, number + 1
            if len(self._seen) > _MOST_NETWORKS:
                self._seen.popitem(last=False)
            return number < self._most


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))
