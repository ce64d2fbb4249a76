"""Tracking: what may be noted of a reader's opens and clicks, and how a machine's are told from a person's.

Machines open and follow more than people do, and none of them says so. Three signs are taken:

- **who asks**: programs that fetch for somebody else name themselves. Apple's Mail Privacy Protection loads every
  picture of every mail as a bare "Mozilla/5.0"; Gmail and Yahoo fetch through a proxy of their own; mail gateways
  (Barracuda, Proofpoint, Mimecast and others) try every link; browsers say that they look ahead (Sec-Purpose);
- **when**: nobody reads a mail within ten seconds of its being handed over; gateways do;
- **how many at once**: three different links within ten seconds, or both of two, is a scan and no reading.

Sources: https://help.socketlabs.com/docs/identifying-apple-mpp-opens-in-notification-api-events (Apple),
https://suped.com/learn/email-deliverability/how-to-identify-artificial-email-opens-and-clicks-generated-by-spam-filters
(gateways: seconds after delivery, every link at once), https://wicg.github.io/nav-speculation/prefetch.html.

What nobody noticed counts as a person, and a person behind such a proxy as a machine: it is an estimate, and nothing is
sent or kept back by itself because of it.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from newsletter.domain.event import Kind

CLICK: Final = "[[ click_url ]]"  # begins the address of a link in a tracked edition
OPEN: Final = "[[ open_url ]]"
SOON: Final = timedelta(seconds=10)
_SCAN: Final = 3
_BARE: Final = frozenset({"", "mozilla/5.0"})
_FETCHERS: Final = re.compile(
    r"imageproxy|mailproxy|ggpht|edge/12\.246 mozilla/5\.0"  # Gmail's proxy, Yahoo's, and Gmail looking ahead
    r"|barracuda|proofpoint|mimecast|ironport|ciscosecure|safelinks|fortinet|fortimail|sophos|trend ?micro|\btmes\b"
    r"|messagelabs|symantec|fireeye|checkpoint|scanner|(?<!cu)bot\b|crawler|spider|preview|headless|phantomjs"
    r"|^(?:curl|wget|python|go-http-client|java|okhttp|libwww|apache-httpclient|axios|node|ruby|perl|php)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracking:
    """What is put into newsletters: numbered links, and a picture."""

    clicks: bool = False
    opens: bool = False

    def __bool__(self) -> bool:
        return self.clicks or self.opens

    def notes(self, kind: Kind) -> bool:
        """Whether events of the kind are kept."""
        return self.clicks if kind is Kind.CLICKED else self.opens


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """How a page of ours was asked for. `purpose` is what the browser says it is for; nothing of it is kept."""

    method: str
    user_agent: str
    purpose: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An open, or a click on that one of the mail's `links`: all that is kept of a visit. `at` is aware."""

    kind: Kind
    delivery_id: int
    machine: bool
    at: datetime
    link: int | None = None
    links: int = 0

    @property
    def key(self) -> str:
        """Each is noted once, however often it happens."""
        return key_of(self.delivery_id, self.link, machine=self.machine)


def key_of(delivery_id: int, link: int | None, *, machine: bool) -> str:
    """The name of what was seen, among all that our own pages saw."""
    return f"{delivery_id}-{'open' if link is None else link}-{'machine' if machine else 'person'}"


def may_be_noted(wish: bool | None, *, asks: bool) -> bool:
    """Whether a reader may be noted: by her own word, and where she gave none, unless readers are asked first."""
    return not asks if wish is None else wish


def is_machine(visit: Visit, at: datetime, handed_over_at: datetime | None) -> bool:
    """Whether a visit at that moment shows a sign of a machine, its mail having been handed over when it says."""
    if visit.method != "GET" or re.search("prefetch|preview|prerender", visit.purpose.casefold()):
        return True
    agent = visit.user_agent.strip().casefold()
    if agent in _BARE or _FETCHERS.search(agent):
        return True
    return handed_over_at is None or at < handed_over_at + SOON


def scan_of(links: int) -> int:
    """How many different links followed at once are a scan, in a mail of so many."""
    return min(_SCAN, max(links, 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """How many readers did something themselves, and of how many others only a machine did."""

    people: int = 0
    machines: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """How many followed one link of a newsletter."""

    number: int
    url: str
    by: Readers


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What is known of how a campaign was read. `is_known` is False where nothing was to be noted, and nothing was."""

    opened: Readers = Readers()
    clicked: Readers = Readers()
    links: tuple[Followed, ...] = ()

    @property
    def is_known(self) -> bool:
        return bool(self.links) or self.was_noticed

    @property
    def was_noticed(self) -> bool:
        """Whether anybody opened it or followed a link of it, or any machine did."""
        return {self.opened, self.clicked} != {Readers()}
