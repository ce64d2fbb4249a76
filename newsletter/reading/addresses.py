"""Addresses in documents: made absolute, and kept only where a mail can use them."""

import re
from urllib.parse import urljoin, urlsplit

_LINKS = frozenset({"http", "https", "mailto", "tel"})
_TRACKING = re.compile(
    r"(?:utm_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|igshid|mc_[ce]id|_hs(?:enc|mi)|mkt_tok|oly_\w+_id|vero_id"
    r"|_openstat|ns_(?:campaign|mchannel|source|linkname|fee)|wt_?mc|s_cid|trk_\w+|ref_src|twclid|ttclid)(?:=|$)",
    re.I,
)
_BEACON = re.compile(
    r"//(?:pixel\.|pixel\.wp\.com|stats\.|b\.scorecardresearch\.|www\.google-analytics\.|analytics\.|beacon\.|track(?:ing)?\."
    r"|feeds\.feedburner\.com/~|www\.facebook\.com/tr|secure\.quantserve\.|[^/]*doubleclick\.net|feedads\.|imp\.|d\.adroll\.)"
    r"|/(?:pixel|spacer|blank|transparent|1x1|clear|beacon)\.(?:gif|png)(?:$|[?#])",
    re.I,
)
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f]+")


def link_address(href: str | None, base: str | None) -> str | None:
    """Where a link leads, without what only counts clicks; None for a place within the page and other schemes.

    Without a `base` a relative address stays as it is written: a mail resolves it against the studio's own website.
    """
    address = _absolute(href, base)
    if not address or (href or "").lstrip().startswith("#"):
        return None
    scheme = _scheme(address)
    if scheme in _LINKS or (scheme == "" and base is None):
        return untracked(address)
    return None


def untracked(address: str) -> str:
    """The address without the parameters by which newsletters, networks and advertisers follow a click."""
    before, mark, after = address.partition("?")
    query, fragment_mark, fragment = after.partition("#")
    kept = "&".join(pair for pair in query.split("&") if not _TRACKING.match(pair))
    if kept == query:
        return address
    return before + (mark + kept if kept else "") + fragment_mark + fragment


def picture_address(source: str | None, base: str | None) -> str | None:
    """Where a picture lies: absolute, or as written where there is no `base` to a relative path; None for data:."""
    address = _absolute(source, base)
    if not address or _scheme(address) not in ("", "http", "https", "embedded") or is_beacon(address):
        return None
    return address


def is_beacon(source: str) -> bool:
    """Whether a picture is known to show nothing, but to count who looks."""
    return _BEACON.search(source) is not None


def _absolute(address: str | None, base: str | None) -> str | None:
    """Browsers ignore blanks around an address and line breaks in it: https://url.spec.whatwg.org/#url-parsing"""
    written = _INVISIBLE.sub("", (address or "").strip())
    try:
        return urljoin(base, written) if base and written else written or None
    except ValueError:
        return None


def _scheme(address: str) -> str | None:
    """The scheme in lower case, empty for a relative address; None for what is no address."""
    try:
        parts = urlsplit(address)
        usable = parts.scheme not in ("http", "https") or parts.hostname
    except ValueError:
        return None
    return parts.scheme.lower() if usable else None
