"""Addresses in documents: made absolute, and kept only where a mail can use them."""

import re
from urllib.parse import urljoin, urlsplit

_LINKS = frozenset({"http", "https", "mailto", "tel"})
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f]+")


def link_address(href: str | None, base: str | None) -> str | None:
    """Where a link leads; None for a place within the page, a relative address without `base`, and other schemes."""
    address = _absolute(href, base)
    if not address or (href or "").lstrip().startswith("#"):
        return None
    return address if _scheme(address) in _LINKS else None


def picture_address(source: str | None, base: str | None) -> str | None:
    """Where a picture lies: absolute, or as written where there is no `base` to a relative path; None for data:."""
    address = _absolute(source, base)
    if not address or _scheme(address) not in ("", "http", "https"):
        return None
    return address


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
