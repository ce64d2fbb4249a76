"""Links: which addresses of a mail do not answer, asked politely."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

from newsletter.errors import FetchError, InputError
from newsletter.reading.fetch import Limits, fetch

_AT_ONCE = 8  # sites; each of them is asked for one page after the other
_LIMITS = Limits(size=4 * 2**20, seconds=10.0)
_SHY = frozenset({401, 403, 405, 406, 429, 451, 503, 999})  # the page is there, but not for programs

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dead:
    """An address that a reader would open in vain, and what it says instead."""

    url: str
    why: str


def dead_links(
    urls: Iterable[str], *, allow_private: bool = False, progress: Progress = lambda _: None
) -> tuple[Dead, ...]:
    """Those of the http and https addresses that do not answer, in their order. `progress` hears of each one asked."""
    distinct = [url for url in dict.fromkeys(urls) if urlsplit(url).scheme in ("http", "https")]
    sites: dict[str, list[str]] = {}
    for url in distinct:
        sites.setdefault(urlsplit(url).netloc, []).append(url)
    found: dict[str, Dead] = {}

    def ask(site: Sequence[str]) -> None:
        for url in site:
            if why := _fault(url, allow_private):
                found[url] = Dead(url=url, why=why)
            progress(1)

    with ThreadPoolExecutor(_AT_ONCE, "links") as pool:
        list(pool.map(ask, sites.values()))
    return tuple(found[url] for url in distinct if url in found)


def _fault(url: str, allow_private: bool) -> str:
    """What is wrong with it; nothing where it answers, or only turns programs away."""
    try:
        fetch(url, limits=_LIMITS, allow_private=allow_private)
    except FetchError as error:
        return "" if error.status in _SHY else error.message
    except InputError as error:
        return "" if "is larger than" in error.message else error.message
    return ""
